// A Lua script: its text, its SHA-1 and what its first lines say. Scripts are shared and never change; a thread keeps
// those it has met, so that the SHA-1 of a text is computed once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fakes/redis/script_info.h"

namespace fakes::redis {

struct Script {
  std::string text;
  std::string sha;  ///< 40 lower-case hexadecimal digits.
  std::string name;
  std::optional<JobArguments> job_arguments;
  bool has_flags = false;     ///< It begins with "#!": then it says of itself what it does.
  bool is_read_only = false;  ///< "#!lua flags=no-writes"
  bool allows_oom = false;    ///< "#!lua flags=allow-oom"
};

using ScriptPointer = std::shared_ptr<const Script>;

/// The script of that text, from this thread's memory or made.
ScriptPointer script_of_text(std::string_view text);

std::string sha1_hex(std::string_view text);

}  // namespace fakes::redis
