// What a command is to the engine: a row of a family's table and a handler that is given the call. Handlers check
// everything before they change anything; one that cannot go on throws an ErrorReply, which never leaves the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/redis/redis_value.h"
#include "core/time/time.h"
#include "fakes/redis/keyspace.h"

namespace fakes::redis {

class Engine;
struct Connection;

struct ErrorReply {
  std::string text;
};

inline constexpr std::string_view kSyntaxError = "ERR syntax error";
inline constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";
inline constexpr std::string_view kNotAFloat = "ERR value is not a valid float";
inline constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr const char* kOutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";
inline constexpr const char* kReadOnly = "READONLY You can't write against a read only replica.";
inline constexpr std::string_view kNoSuchKey = "ERR no such key";

[[noreturn]] void fail(std::string_view text);

/// Who runs a command. Only a client's own command may wait.
enum class Caller : std::uint8_t { Client, Transaction, Script };

/// One command being run.
struct Call {
  Engine& engine;
  Connection& connection;
  const core::RedisCommand& arguments;
  int& database;
  int& protocol;  ///< 2 or 3: the shape of the reply.
  Caller caller = Caller::Client;
  bool is_waiting = false;                    ///< The reply comes later: see wait_for().
  std::optional<std::string_view> ready_key;  ///< Called again after waiting: for this one.

  std::size_t size() const { return arguments.size(); }
  const std::string& operator[](std::size_t index) const { return arguments[index]; }

  /// The argument in another form, or Redis' usual error.
  std::int64_t integer(std::size_t index, std::string_view error = kNotAnInteger) const;
  double number(std::size_t index, std::string_view error = kNotAFloat) const;
  /// Is the argument that word? In any case.
  bool is(std::size_t index, std::string_view word) const;

  Object* find(std::string_view key) const;
  /// The value of a key: null without one, WRONGTYPE for another type.
  template <class T>
  T* find(std::string_view key) const {
    Object* object = find(key);
    if (object == nullptr) return nullptr;
    T* value = object->get_if<T>();
    if (value == nullptr) fail(kWrongType);
    return value;
  }
  /// The same, made if need be.
  template <class T>
  T& find_or_make(std::string_view key) const {
    if (T* value = find<T>(key)) return *value;
    return *insert(key, Object{T()}).get_if<T>();
  }
  /// A key that was not there. Whoever waits for it is served after the command.
  Object& insert(std::string_view key, Object object) const;
  /// Replaces whatever was there.
  void put(std::string_view key, Object object) const;
  bool erase(std::string_view key) const;
  /// Says that the key was changed (for WATCH).
  void changed(std::string_view key) const;
  /// The same, and removes the key when its list, set or hash is empty.
  template <class T>
  void changed_or_emptied(std::string_view key, const T& value) const {
    if (value.empty()) {
      erase(key);
    } else {
      changed(key);
    }
  }

  std::int64_t now_ms() const;

  // Replies whose shape depends on the protocol. `elements` of a map are key, value, key, value.
  core::RedisValue map(std::vector<core::RedisValue> elements) const;
  core::RedisValue set(std::vector<core::RedisValue> elements) const;
  core::RedisValue number_reply(double value) const;
  core::RedisValue null_array() const;

  /// For a blocking command that found nothing: waits until one of the keys exists (the handler is then called again)
  /// or the timeout is over, which gives `nothing`. Where waiting is not possible that is the reply at once.
  core::RedisValue wait_for(std::vector<std::string> keys, std::optional<core::Duration> timeout,
                            core::RedisValue nothing);
};

using Handler = core::RedisValue (*)(Call&);

/// Properties of a command; a set of bits.
enum CommandFlags : std::uint16_t {
  kRead = 0,
  kWrite = 1,
  kNoScript = 2,         ///< Not allowed from a script.
  kWhileSubscribed = 4,  ///< Allowed to a RESP2 connection that has subscribed.
  kNotQueued = 8,        ///< Run at once inside MULTI.
  kContainer = 16,       ///< Its first argument names a command of its own, registered as "name|argument".
  kBlocking = 32,
  kDenyOom = 64,        ///< May need memory: refused by a full server.
  kMayReplicate = 128,  ///< To a script that promises not to write it is a write.
};

struct CommandSpec {
  std::string_view name;  ///< Lower case.
  int arity;              ///< As Redis counts: the name included; -n means n or more.
  std::uint16_t flags;
  Handler handler;

  bool accepts(std::size_t size) const {
    return arity >= 0 ? size == static_cast<std::size_t>(arity) : size >= static_cast<std::size_t>(-arity);
  }
};

using CommandFamily = std::span<const CommandSpec>;

CommandFamily string_commands();
CommandFamily hash_commands();
CommandFamily list_commands();
CommandFamily blocking_commands();
CommandFamily set_commands();
CommandFamily sorted_set_commands();
CommandFamily sorted_set_range_commands();
CommandFamily stream_commands();
CommandFamily key_commands();
CommandFamily transaction_commands();
CommandFamily pubsub_commands();
CommandFamily scripting_commands();
CommandFamily connection_commands();
CommandFamily server_commands();

/// In any case; "client|id" for a subcommand. Null when there is none.
const CommandSpec* find_command(std::string_view name);
/// The subcommand of a container; null when there is none.
const CommandSpec* find_subcommand(const CommandSpec& container, std::string_view name);
/// All of them by name.
CommandFamily all_commands();

}  // namespace fakes::redis
