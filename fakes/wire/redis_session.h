// One client's connection to the served Redis: RESP in, replies and pushes out, in the order and at the time that the
// scenario's rules want. Memory is bounded: a client that sends without reading is read from no more once
// kPauseOutputBytes wait for it, and is cut off when what it has sent meanwhile, or what others have published to it,
// passes a limit. One that Redis keeps waiting is read from no more beyond kPauseBacklogBytes. All together have a
// bound (RedisHost::unfinished_commands): beyond it the client that has sent most is cut off without a word, as Redis
// does it with `maxmemory-clients`.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/redis/faults.h"
#include "fakes/redis/protocol/request_parser.h"
#include "fakes/redis/server.h"
#include "fakes/wire/listener.h"
#include "fakes/wire/real_clock.h"
#include "fakes/wire/redis_output.h"
#include "fakes/wire/unfinished_requests.h"

namespace fakes::wire {

inline constexpr std::size_t kPauseOutputBytes = 1024 * 1024;
inline constexpr std::size_t kMaxPushedBytes = 32 * 1024 * 1024;  ///< As Redis' limit for subscribers.
inline constexpr std::size_t kPauseBacklogBytes = 32 * 1024 * 1024;
inline constexpr std::size_t kMaxBacklogBytes = 64 * 1024 * 1024;  ///< Redis: 1 GB.

class RedisSession;

/// A command and what was answered, for a log.
struct RedisExchange {
  std::string operation;  ///< "SET" or "script:claim"; as sent, so possibly anything.
  std::vector<std::string> jobs;
  core::SteadyTime arrived;
  core::Duration latency{};
  std::string
      answer;  ///< "reply", "error WRONGTYPE", "never", "reset before", "reset after", "closed" before there was one.
};

class RedisHost {
 public:
  virtual ~RedisHost() = default;

  virtual const RealClock& clock() const = 0;
  virtual std::unique_ptr<redis::Session> connect(RedisSession& session, redis::Receiver& receiver) = 0;
  virtual void disconnected(RedisSession& session) = 0;
  /// `client` is the name that the client has given itself, percent-encoded; empty: none.
  virtual redis::Fate meet(redis::Session& session, std::string_view client, const core::RedisCommand& command,
                           core::SteadyTime now) = 0;
  virtual void execute(redis::Session& session, const core::RedisCommand& command, core::SteadyTime now) = 0;
  /// There is room for replies again, should the session have had to wait with them.
  virtual void take_replies(redis::Session& session) = 0;
  /// What is known of a command beforehand; null where no log is kept.
  virtual std::unique_ptr<RedisExchange> describe(const core::RedisCommand& command, core::SteadyTime now) const = 0;
  virtual void log(const RedisExchange& exchange) = 0;
  virtual UnfinishedRequests& unfinished_commands() = 0;
};

class RedisSession final : public std::enable_shared_from_this<RedisSession>, private redis::Receiver {
 public:
  /// It lives until either side closes it, and keeps the host alive.
  RedisSession(boost::asio::ip::tcp::socket socket, ConnectionSlot slot, std::shared_ptr<RedisHost> host,
               redis::MeetRules meets_rules);
  virtual ~RedisSession();

  void start();
  /// The server goes down: the connection is closed, and nothing more is sent.
  void close();
  /// Goes on with what came while the connection had to wait.
  void resume();
  /// False: the client does not read those that it has.
  bool has_room_for_replies() const { return output_.size() <= kPauseOutputBytes; }

 private:
  void on_reply(core::RedisValue reply) override;
  void on_push(core::RedisValue push) override;

  /// What is still to come for a command, in the order of the commands.
  struct Pending {
    enum class Kind : std::uint8_t { Reply, DroppedReply, Error, End };

    Kind kind = Kind::Reply;
    RedisOutput::End end = RedisOutput::End::None;
    core::SteadyTime due;
    std::string error;
    std::unique_ptr<RedisExchange> logged;  ///< Null: not logged.
  };

  template <class F>
  auto keep(F f);
  void read();
  void watch();
  /// Reads on, unless that is to wait.
  void on_bytes(std::string_view bytes);
  /// Runs commands off the front of `input` for as long as the connection is not to wait.
  void run_commands(std::string_view& input);
  void run(const core::RedisCommand& command);
  /// What the client has sent and has not been done.
  void count_input();
  void perform(const core::RedisCommand& command, Pending&& pending);
  bool has_to_wait() const;
  void answer(const core::RedisValue& value, core::SteadyTime due);
  void end_of(Pending& pending, const core::RedisValue& reply);
  /// Behind all replies that are still to come.
  void reply_error(std::string_view error);
  void end(RedisOutput::End end);
  /// What waited for nothing but an earlier reply.
  void settle();
  void log(Pending& pending, std::string answer);
  void flush_soon();
  void flush();
  void write_rest(std::size_t written);
  void wait_for(core::SteadyTime due);
  void finish(RedisOutput::End end);

  std::shared_ptr<RedisHost> host_;
  const redis::MeetRules meets_rules_;
  ConnectionSlot slot_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<redis::Session> session_;  ///< Null once closed.
  std::string client_name_;
  redis::RequestParser parser_;
  std::array<char, 32 * 1024> bytes_;
  std::string backlog_;  ///< Bytes that no command has been made of yet.
  UnfinishedRequests::Place place_;
  RedisOutput output_;
  std::string writing_;
  bool is_reading_ = false;
  bool is_watched_ = false;
  bool is_writing_ = false;
  bool flush_is_coming_ = false;
  bool takes_commands_ = true;
  bool is_running_ = false;  ///< Commands, after which there is a flush.
  bool does_not_read_ = false;
  core::SteadyTime now_;       ///< Of the bytes that are being worked on.
  core::SteadyTime last_due_;  ///< No reply overtakes an earlier one.
  std::deque<Pending> pending_;
  Pending* under_way_ = nullptr;  ///< Whose command is being done, until there is a reply.
  std::optional<core::SteadyTime> waits_for_;
};

}  // namespace fakes::wire
