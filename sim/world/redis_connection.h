// The core's Redis seam on a world's fake: connections of one process. Rules are met when a command is sent; its effect
// takes place at once, its reply arrives after the rule's latency and in the order of the commands.
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
  SimRedisConnection(Process& process, RedisHost& host, MeetRules rules);
  ~SimRedisConnection() override;

  boost::asio::awaitable<core::RedisResult> execute(const core::RedisCommand& command,
                                                    core::SteadyTime deadline) override;
  boost::asio::awaitable<core::RedisResult> next_push() override;

  const Process& process() const { return process_; }

  /// The connection is cut, now: commands under way end as Lost.
  void lose();

 private:
  /// A command whose reply has not come: the server is still at it.
  struct Blocked {
    std::unique_ptr<core::Timer> timer;
    std::optional<core::RedisValue> reply;
  };

  /// The reply's way back; SteadyTime::max() for one that never comes.
  boost::asio::awaitable<core::RedisResult> deliver(const core::RedisCommand& command, core::RedisResult result,
                                                    core::SteadyTime arrival, core::SteadyTime deadline);
  /// Tells whoever watches; the harness' own client is watched by nobody.
  void tell(const core::RedisCommand& command, core::SteadyTime sent, const core::RedisResult* result) const;
  boost::asio::awaitable<core::RedisResult> wait_blocked(core::SteadyTime deadline);
  void on_reply(core::RedisValue reply) override;
  void on_push(core::RedisValue push) override;

  Process& process_;
  RedisHost& host_;
  MeetRules meet_rules_;
  std::unique_ptr<fakes::redis::Session> session_;
  bool lost_ = false;
  core::SteadyTime last_arrival_;
  std::optional<core::RedisValue> reply_;  ///< Of the command that is being sent.
  std::list<Wait*> under_way_;             ///< Ended ones are null.
  std::list<Blocked> blocked_;
  std::list<core::RedisValue> pushes_;  ///< A list: an empty deque would hold memory.
  std::unique_ptr<core::Timer> push_timer_;
};

class SimRedis final : public core::Redis {
 public:
  SimRedis(Process& process, RedisHost& host, MeetRules rules) : process_(process), host_(host), rules_(rules) {}

  boost::asio::awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> connect(
      core::SteadyTime deadline) override;

 private:
  Process& process_;
  RedisHost& host_;
  MeetRules rules_;
};

}  // namespace sim
