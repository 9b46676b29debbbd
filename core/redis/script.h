// A Lua script as the core knows it: constants of the program, made by the build.
#pragma once

namespace core {

/// A Lua script: its name, which fault rules and logs use, its text, and the hexadecimal SHA-1 of the text, by which a
/// server that has seen the text knows it (EVALSHA).
struct Script {
  const char* name;
  const char* text;
  const char* sha1;
};

}  // namespace core
