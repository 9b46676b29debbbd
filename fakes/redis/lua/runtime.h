// Runs Redis' Lua scripts. Each thread has one Lua 5.1 state, whatever the number of servers, and keeps what it has
// compiled. A script gets fresh KEYS and ARGV and the same random numbers every time, finds the libraries locked, and
// cannot make globals, so that nothing is left behind for the next one.
//
// Instructions and memory are limited, the same wherever it runs. A C function whose work grows with what it is given -
// a pattern, a long text, a table within tables - counts as the instructions that it takes the time of. What goes by
// neither (an instruction on texts of many MiB, a command over all keys) ends where the host has a limit of real time.
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
  /// Asked now and then: whether the script is to be ended, for the time that it has taken.
  virtual bool is_out_of_time() = 0;

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
