// An in-process Redis 7: pure state without sockets, threads or a clock; every call is told what time it is. Replies
// are those of the real server, to the wording of its errors, and where Redis leaves an order open it is fixed here, so
// that the same commands at the same times always give the same replies. Sessions belong to their callers; the server
// belongs to whoever made it and must be used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/redis/redis_value.h"
#include "core/time/time.h"
#include "fakes/redis/condition.h"

namespace fakes::redis {

class Engine;
class Keyspace;

/// Where a connection's replies go. Neither function may call the server or end a session before it has returned.
///
/// Every command gets exactly one on_reply, in the order of the commands. A SUBSCRIBE (UNSUBSCRIBE, PSUBSCRIBE,
/// PUNSUBSCRIBE) of several channels gives its first confirmation there and the others, like all messages, to on_push.
/// Confirmations and messages are of type Array in RESP2 and Push in RESP3. Written to a socket in the order of the
/// calls, both kinds together are what Redis would send.
class Receiver {
 public:
  virtual void on_reply(core::RedisValue reply) = 0;
  virtual void on_push(core::RedisValue push) = 0;

 protected:
  ~Receiver() = default;
};

/// One connection: its database, transaction, watched keys, subscriptions, protocol version, name, and the command that
/// it is blocked in. Destroying it is the disconnect. It may outlive the server, and then does nothing.
class Session {
 public:
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  virtual std::int64_t id() const = 0;
  /// 2 or 3: the RESP that the client has chosen (HELLO). A command's reply is written in what is chosen by then.
  virtual int protocol_version() const = 0;
  /// QUIT has been answered: whoever holds the socket closes it.
  virtual bool wants_close() const = 0;
  /// A blocking command is under way; commands sent meanwhile are kept and done afterwards.
  virtual bool is_blocked() const = 0;

 protected:
  Session() = default;
};

/// The data of one moment. Copying it is cheap and it never changes.
class Snapshot {
 public:
  ~Snapshot();
  Snapshot(const Snapshot&);
  Snapshot& operator=(const Snapshot&);

 private:
  friend class Server;
  explicit Snapshot(std::shared_ptr<const Keyspace> data);
  std::shared_ptr<const Keyspace> data_;
};

/// The time that a script takes, where time is real: it goes on until it has taken too long.
class ScriptTimer {
 public:
  virtual void start() = 0;
  virtual bool is_over() = 0;

 protected:
  ~ScriptTimer() = default;
};

struct ScriptCall {
  std::string_view script;             ///< The name in the script's first line, `-- script: <name>`.
  std::vector<std::string_view> jobs;  ///< The arguments that its second line points at: see script_info.h.
};

class Server {
 public:
  /// `start` is the server's wall clock at SteadyTime zero. TIME is start + now in whole microseconds, rounded up: a
  /// script never sees a time that has not come, and a due time that has come is seen as come.
  explicit Server(core::WallTime start);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `receiver` must outlive the session.
  std::unique_ptr<Session> connect(Receiver& receiver);

  /// `command` is not empty; `now` never goes back. The reply is given before this returns, unless the command blocks.
  /// What the command causes for other sessions (messages, the end of their blocking) has happened by then too. On a
  /// session from before a restore() nothing happens and no reply comes.
  void execute(Session& session, const core::RedisCommand& command, core::SteadyTime now);

  /// The earliest moment at which a blocking command times out.
  std::optional<core::SteadyTime> next_deadline() const;
  /// Ends the blocking commands whose time has come.
  void advance(core::SteadyTime now);

  /// From now on, restarts included, the server refuses what a Redis in that state refuses, or no more does.
  void set_condition(Condition condition, bool holds);

  /// From now on a command that may need memory is refused when the data would become larger than about that. Scripts
  /// are not spared where they have begun to write.
  void limit_memory(std::size_t bytes);
  /// The timer must outlive the server.
  void time_scripts(ScriptTimer& timer);

  Snapshot snapshot() const;
  /// The server after a restart with that data: scripts are forgotten and all sessions are cut off.
  void restore(const Snapshot& snapshot);
  /// As SCRIPT FLUSH.
  void flush_scripts();

  /// What EVAL, EVALSHA or one of their read-only forms would run. Empty for any other command and for a sha that is
  /// not loaded here. Views are good until the next call, and no longer than the command.
  ScriptCall script_call_of(const core::RedisCommand& command) const;

  // The data as it stands, for whoever watches the server: database 0, without a command and without an effect.
  // Nothing where the key is not there, or of another type. Views are good until the next call.

  std::optional<std::string_view> text_of(std::string_view key) const;
  std::optional<std::string_view> field_of(std::string_view hash, std::string_view field) const;
  std::optional<double> score_of(std::string_view sorted_set, std::string_view member) const;
  /// Redis' clock, as TIME gives it.
  std::int64_t now_us() const;

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace fakes::redis
