// The core's Redis seam on a world's fake: connections of one process. Rules are met when a command is sent; its effect
// takes place at once, its reply arrives after the rule's latency and in the order of the commands. While a partition
// lasts commands, replies, messages and the end of the connection are held back.
#pragma once

#include <list>
#include <memory>

#include "core/redis/redis.h"
#include "sim/kernel/clock.h"
#include "sim/kernel/wait.h"
#include "sim/world/services.h"

namespace sim {

using fakes::redis::MeetRules;

class SimRedisConnection final : public core::RedisConnection, private fakes::redis::Receiver {
 public:
  /// `links` are those of the process's machine.
  SimRedisConnection(Process& process, RedisHost& host, MeetRules rules, const Links& links);
  ~SimRedisConnection() override;

  boost::asio::awaitable<core::RedisResult> execute(const core::RedisCommand& command,
                                                    core::SteadyTime deadline) override;
  boost::asio::awaitable<core::RedisResult> next_push() override;

  const Process& process() const { return process_; }

  /// The server ends the connection: commands under way end as Lost as soon as the client hears of it.
  void end_by_server();
  /// A partition is over: what was held back arrives, in order.
  void let_through();

 private:
  /// A command whose reply has not come: the server is still at it.
  struct Blocked {
    std::unique_ptr<core::Timer> timer;
    std::optional<core::RedisValue> reply;
  };

  /// What became of a command that the server has met.
  struct Sent {
    core::RedisResult result;
    core::SteadyTime arrival;
  };
  /// A command on its way to the server while a partition lasts. Whoever waits for it may have given up.
  struct Held {
    core::RedisCommand command;
    std::unique_ptr<core::Timer> timer;
    std::optional<Sent> sent;  ///< Once it has arrived.
    bool is_blocked = false;   ///< It has arrived, and its reply comes later.
    std::list<Blocked>::iterator blocked;
  };
  struct UnderWay {
    Wait* wait = nullptr;  ///< Null: it has ended.
    core::SteadyTime arrival;
  };
  struct Arrival;

  bool is_cut() const;
  /// The connection is lost to the client, now.
  void lose();
  /// The server meets the command. Nothing: it is still at it, and blocked_ has a new last element.
  std::optional<Sent> meet(const core::RedisCommand& command);
  void perform(const core::RedisCommand& command);
  boost::asio::awaitable<core::RedisResult> execute_later(const core::RedisCommand& command, core::SteadyTime deadline);
  /// The reply's way back.
  boost::asio::awaitable<core::RedisResult> deliver(const core::RedisCommand& command, core::SteadyTime sent_at,
                                                    Sent sent, core::SteadyTime deadline);
  // Report what is asked and heard to whoever watches; nobody watches the harness' own client.
  void tell(const core::RedisCommand& command, core::SteadyTime sent, const core::RedisResult* result) const;
  void tell_pushed(const core::RedisValue& push) const;
  boost::asio::awaitable<core::RedisResult> wait_blocked(std::list<Blocked>::iterator self, core::SteadyTime deadline);
  void on_reply(core::RedisValue reply) override;
  void on_push(core::RedisValue push) override;

  Process& process_;
  RedisHost& host_;
  MeetRules meet_rules_;
  const Links& links_;
  const std::uint64_t number_;                      ///< Counted over all processes.
  std::unique_ptr<fakes::redis::Session> session_;  ///< Null: the server has ended it.
  bool lost_ = false;
  core::SteadyTime last_arrival_;
  std::optional<core::RedisValue> reply_;  ///< Of the command that is being sent.
  std::list<UnderWay> under_way_;
  std::list<Blocked> blocked_;
  std::list<std::shared_ptr<Held>> held_;
  std::list<core::RedisValue> pushes_, held_pushes_;  ///< Lists: an empty deque would hold memory.
  std::unique_ptr<core::Timer> push_timer_;
};

class SimRedis final : public core::Redis {
 public:
  SimRedis(Process& process, Services& services, MeetRules rules)
      : process_(process), host_(services.redis), links_(services.links_of(process.name())), rules_(rules) {}

  boost::asio::awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> connect(
      core::SteadyTime deadline) override;

 private:
  boost::asio::awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> connect_later(
      core::SteadyTime deadline);

  Process& process_;
  RedisHost& host_;
  const Links& links_;
  MeetRules rules_;
};

}  // namespace sim
