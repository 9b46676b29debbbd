// A command that does not exist. The library for command lines names it only where nothing else is wrong, and lets
// --help pass it over.
#pragma once

#include <string_view>

namespace CLI {
class App;
}

namespace cli {

/// Whether `command` is none of the program's; then says so, with those that there are and the nearest one.
bool refuses_command(const CLI::App& app, std::string_view program, std::string_view command);

}  // namespace cli
