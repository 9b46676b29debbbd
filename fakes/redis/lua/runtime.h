// Runs Redis' Lua scripts. Each thread has one Lua 5.1 state, whatever the number of servers, and keeps what it has
// compiled. A script gets fresh KEYS and ARGV and the same random numbers every time, finds the libraries locked, and
// cannot make globals, so that nothing is left behind for the next one. Instructions and memory are limited.
//
// Unlike Redis, the libraries and _G are opaque: type(string) is "userdata" and pairs(string) an error. Left out are
// load, loadstring, collectgarbage, gcinfo, newproxy and string.dump; tostring() does not show addresses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/redis/redis_value.h"
#include "fakes/redis/lua/script.h"

namespace fakes::redis {

/// What redis.call reaches.
class ScriptHost {
 public:
  /// An error comes back as a value.
  virtual core::RedisValue call(const core::RedisCommand& command) = 0;
  /// 2 or 3: the shape of the replies from now on.
  virtual void set_protocol(int protocol) = 0;

 protected:
  ~ScriptHost() = default;
};

inline constexpr std::uint64_t kScriptInstructionLimit = 20'000'000;
inline constexpr std::size_t kScriptMemoryLimit = 256U * 1024 * 1024;

/// Redis' error for a script that does not compile.
std::optional<std::string> compile_error(const Script& script);

/// The script's reply; what it raised is an error reply with the script's SHA and line, as in Redis 7.
core::RedisValue run_script(const Script& script, std::span<const std::string> keys,
                            std::span<const std::string> arguments, ScriptHost& host);

}  // namespace fakes::redis
