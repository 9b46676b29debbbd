// The server behind the Server facade: connections, the way a command takes from arrival to reply, waiting, watching,
// publishing, and the scripts that are loaded. Commands' own work is in the handlers.
#pragma once

#include <array>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/random/random.h"
#include "core/time/time.h"
#include "fakes/redis/command.h"
#include "fakes/redis/condition.h"
#include "fakes/redis/keyspace.h"
#include "fakes/redis/lua/script.h"
#include "fakes/redis/memory_limit.h"
#include "fakes/redis/server.h"

namespace fakes::redis {

struct Blocked {
  core::RedisCommand command;
  int database = 0;
  std::vector<std::string> keys;
  core::SteadyTime deadline;  ///< max(): none.
  std::uint64_t ordinal = 0;
  core::RedisValue nothing;  ///< The reply when the time is over.
};

using DatabaseKey = std::pair<int, std::string>;

struct Connection final : Session {
  Connection(Engine& its_engine, Receiver& its_receiver, std::int64_t its_number)
      : engine(&its_engine), receiver(its_receiver), number(its_number) {}
  ~Connection() override;

  std::int64_t id() const override { return number; }
  int protocol_version() const override { return protocol; }
  bool wants_close() const override { return closing; }
  bool is_blocked() const override { return blocked.has_value(); }

  bool in_subscribed_mode() const { return protocol == 2 && !(channels.empty() && patterns.empty()); }

  Engine* engine;  ///< Null once the server is gone or was restarted.
  Receiver& receiver;
  std::int64_t number;
  int database = 0;
  int protocol = 2;
  bool closing = false;
  std::string name, library_name, library_version;

  bool in_transaction = false;
  bool transaction_is_broken = false;  ///< A command could not be queued: EXEC gives EXECABORT.
  bool watched_key_changed = false;
  std::vector<core::RedisCommand> queued;
  std::size_t queued_bytes = 0;
  std::vector<DatabaseKey> watched;

  std::vector<std::string> channels, patterns;

  std::optional<Blocked> blocked;
  std::list<core::RedisCommand> postponed;  ///< Sent while blocked. A list: an empty deque would hold memory.
};

class Engine {
 public:
  explicit Engine(core::WallTime start) : start_(start) {}
  ~Engine();

  std::unique_ptr<Session> connect(Receiver& receiver);
  void disconnect(Connection& connection);
  void execute(Connection& connection, const core::RedisCommand& command, core::SteadyTime now);
  std::optional<core::SteadyTime> next_deadline() const;
  void advance(core::SteadyTime now);
  void restart(Keyspace keyspace);

  // For handlers.
  Keyspace& keyspace() { return keyspace_; }
  const Keyspace& keyspace() const { return keyspace_; }
  core::SteadyTime now() const { return now_; }
  std::int64_t now_us() const { return now_us_; }
  std::int64_t now_ms() const { return now_us_ / 1000; }
  /// Uniform over [0, bound): fixed for a server by how often it was asked.
  std::uint64_t draw(std::uint64_t bound) { return random_.between(0, bound - 1, draws_++); }
  const std::map<std::int64_t, Connection*>& connections() const { return connections_; }

  /// Runs a command that was looked up and whose arity is right. An error comes back as a value.
  core::RedisValue run(const CommandSpec& spec, Call& call);
  /// The command, or the error that Redis has for it.
  const CommandSpec* look_up(const core::RedisCommand& command, std::string& error) const;

  void key_added(int database, std::string_view key);
  void key_changed(int database, std::string_view key);
  /// As key_added and key_changed for all keys of the database.
  void database_changed(int database);
  void clear_database(int database);

  /// Whether so many more are within the bounds of what clients may have the server remember of them.
  bool may_watch(const Connection& connection, std::size_t count, std::size_t bytes) const;
  bool may_subscribe(const Connection& connection, std::size_t count, std::size_t bytes) const;

  void watch(Connection& connection, int database, const std::string& key);
  void unwatch(Connection& connection);
  /// What the connection has queued since MULTI.
  void forget_queued(Connection& connection);

  void block(Connection& connection, const core::RedisCommand& command, int database, std::vector<std::string> keys,
             std::optional<core::Duration> timeout, core::RedisValue nothing);
  void unblock(Connection& connection, core::RedisValue reply);

  /// True when the connection had not subscribed before.
  bool subscribe(Connection& connection, const std::string& name, bool is_pattern);
  bool unsubscribe(Connection& connection, const std::string& name, bool is_pattern);
  std::int64_t publish(const std::string& channel, const std::string& message);
  const std::map<std::string, std::vector<Connection*>, std::less<>>& channels() const { return channels_; }
  const std::vector<std::pair<std::string, std::vector<Connection*>>>& patterns() const { return patterns_; }

  void limit_memory(std::size_t bytes) { memory_limit_.set(bytes); }
  void time_scripts(ScriptTimer& timer) { script_timer_ = &timer; }
  void script_starts() {
    if (script_timer_ != nullptr) script_timer_->start();
  }
  bool script_is_out_of_time() const { return script_timer_ != nullptr && script_timer_->is_over(); }

  void set_condition(Condition condition, bool holds) { conditions_[static_cast<std::size_t>(condition)] = holds; }
  /// Whether commands that may need memory are refused. A replica leaves that to its master.
  bool refuses_memory() const { return is(Condition::Full) && !refuses_writes(); }
  bool refuses_writes() const { return is(Condition::ReadOnly); }

  const std::map<std::string, ScriptPointer, std::less<>>& scripts() const { return scripts_; }
  /// False: the texts of all scripts together would be too long.
  bool keep_script(const ScriptPointer& script);
  void clear_scripts();
  /// The loaded script of that SHA-1, in any case; null when there is none.
  ScriptPointer find_script(std::string_view sha) const;
  /// The script that a command of the EVAL family would run; null when it is none or not loaded.
  const Script* script_of(const core::RedisCommand& command) const;

 private:
  bool has_subscribed(Connection& connection, const std::string& name, bool is_pattern) const;
  bool queue(Connection& connection, const core::RedisCommand& command);
  bool is(Condition condition) const { return conditions_[static_cast<std::size_t>(condition)]; }
  /// The error with which the server, as it is now, refuses the command; null where it does not.
  const char* refusal_of(const Connection& connection, const CommandSpec& spec,
                         const core::RedisCommand& command) const;
  /// kWrite and kDenyOom, as they stand for this one: a script may have said of itself what it does.
  std::uint16_t flags_of(const CommandSpec& spec, const core::RedisCommand& command) const;
  void set_time(core::SteadyTime now);
  void dispatch(Connection& connection, const core::RedisCommand& command);
  std::optional<core::RedisValue> reply_to(Connection& connection, const core::RedisCommand& command);
  void serve_waiting();
  void serve_key(const DatabaseKey& key);
  void run_postponed();
  void forget_block(Connection& connection);

  core::WallTime start_;
  std::array<bool, kConditions> conditions_{};
  core::SteadyTime now_{};
  std::int64_t now_us_ = 0;
  Keyspace keyspace_;
  core::Random random_{0};
  std::uint64_t draws_ = 0;

  std::int64_t next_connection_ = 1;
  std::map<std::int64_t, Connection*> connections_;
  std::map<DatabaseKey, std::vector<Connection*>> watchers_;
  std::map<DatabaseKey, std::vector<Connection*>> waiting_;  ///< In order of waiting.
  std::map<std::pair<core::SteadyTime, std::uint64_t>, Connection*> deadlines_;
  std::uint64_t next_block_ = 0;
  std::vector<DatabaseKey> ready_;
  std::set<DatabaseKey> is_ready_;      ///< The same, to look one up.
  std::vector<Connection*> unblocked_;  ///< Their postponed commands are to be run.
  std::map<std::string, std::vector<Connection*>, std::less<>> channels_;
  std::vector<std::pair<std::string, std::vector<Connection*>>> patterns_;
  std::map<std::string, ScriptPointer, std::less<>> scripts_;

  MemoryLimit memory_limit_;
  ScriptTimer* script_timer_ = nullptr;
  std::size_t script_bytes_ = 0;
  std::size_t queued_bytes_ = 0;   ///< By all connections, since their MULTI.
  std::size_t watched_bytes_ = 0;  ///< The names of the keys, for each that watches them.
  std::size_t subscriptions_ = 0, subscribed_bytes_ = 0;
};

}  // namespace fakes::redis
