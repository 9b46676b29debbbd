#include "sim/world/redis_connection.h"

#include <algorithm>

namespace sim {

using boost::asio::awaitable;
using fakes::redis::Treatment;

SimRedisConnection::SimRedisConnection(Process& process, RedisHost& host, MeetRules rules)
    : process_(process), host_(host), meet_rules_(rules), session_(host.server().connect(*this)) {
  host_.connections_.push_back(this);
  if (meet_rules_ == MeetRules::Yes) host_.tell_connected(process_);
}

SimRedisConnection::~SimRedisConnection() {
  std::erase(host_.connections_, this);
}

void SimRedisConnection::lose() {
  if (lost_) return;
  lost_ = true;
  session_.reset();
  std::erase(host_.connections_, this);
  for (Wait* wait : under_way_) {
    if (wait != nullptr) wait->end_early(WaitEnd::Woken);
  }
  for (Blocked& blocked : blocked_) blocked.timer->wake();
  if (push_timer_) push_timer_->wake();
}

void SimRedisConnection::on_reply(core::RedisValue reply) {
  for (Blocked& blocked : blocked_) {
    if (blocked.reply) continue;
    blocked.reply = std::move(reply);
    blocked.timer->wake();
    return;
  }
  reply_ = std::move(reply);
}

void SimRedisConnection::on_push(core::RedisValue push) {
  if (meet_rules_ == MeetRules::Yes) host_.tell_pushed(process_.name());
  pushes_.push_back(std::move(push));
  if (push_timer_) push_timer_->wake();
}

awaitable<core::RedisResult> SimRedisConnection::execute(const core::RedisCommand& command, core::SteadyTime deadline) {
  const core::SteadyTime now = process_.kernel().now();
  tell(command, now, nullptr);
  if (lost_) return deliver(command, core::RedisError::Lost, now, deadline);
  fakes::redis::Fate fate;
  if (meet_rules_ == MeetRules::Yes) {
    fate = host_.faults().meet(host_.server(), process_.name(), command, now);
    if (fate.flushes_scripts) host_.server().flush_scripts();
    host_.count_command(process_.name());
  }
  const core::SteadyTime arrival = std::max(last_arrival_, core::saturating_add(now, fate.latency));
  last_arrival_ = arrival;
  switch (fate.treatment) {
    case Treatment::Perform:
      break;
    case Treatment::ReplyError:
      return deliver(command, core::RedisValue::error(fate.error), arrival, deadline);
    case Treatment::NeverReply:
      last_arrival_ = core::SteadyTime::max();
      return deliver(command, core::RedisError::Timeout, core::SteadyTime::max(), deadline);
    case Treatment::ResetAfter:
      host_.execute(*session_, command);
      reply_.reset();
      [[fallthrough]];
    case Treatment::ResetBefore:
      return deliver(command, core::RedisError::Lost, arrival, deadline);
  }
  host_.execute(*session_, command);
  if (!reply_) return wait_blocked(deadline);
  core::RedisResult result = std::move(*reply_);
  reply_.reset();
  return deliver(command, std::move(result), arrival, deadline);
}

void SimRedisConnection::tell(const core::RedisCommand& command, core::SteadyTime sent,
                              const core::RedisResult* result) const {
  if (meet_rules_ == MeetRules::Yes) host_.tell(process_.name(), command, sent, result);
}

awaitable<core::RedisResult> SimRedisConnection::deliver(const core::RedisCommand& command, core::RedisResult result,
                                                         core::SteadyTime arrival, core::SteadyTime deadline) {
  if (arrival >= deadline) {
    arrival = deadline;
    result = core::RedisError::Timeout;
  }
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                     void(boost::system::error_code, core::RedisResult)>(
      [this, &command, arrival, result = std::move(result)](auto handler) mutable {
        std::erase(under_way_, nullptr);
        Wait** const watcher = &under_way_.emplace_back(nullptr);
        start_wait(
            process_, arrival, std::move(handler),
            [this, &command, sent = process_.kernel().now(), result = std::move(result)](auto awaiting,
                                                                                         WaitEnd end) mutable {
              if (end == WaitEnd::Woken) result = core::RedisError::Lost;
              // Of a call that was cancelled the command may be no more.
              if (end != WaitEnd::Cancelled) tell(command, sent, &result);
              // A reply that did not come in time, or was lost, takes the connection with it.
              if (end != WaitEnd::Cancelled && !result) lose();
              std::move(awaiting)(error_of(end), std::move(result));
            },
            watcher);
      },
      boost::asio::use_awaitable);
}

awaitable<core::RedisResult> SimRedisConnection::wait_blocked(core::SteadyTime deadline) {
  const auto self = blocked_.insert(blocked_.end(), Blocked{SimClock(process_).make_timer(), std::nullopt});
  while (!self->reply && !lost_) {
    if (co_await self->timer->wait_until(deadline)) break;
  }
  core::RedisResult result = self->reply ? core::RedisResult(std::move(*self->reply))
                             : lost_     ? core::RedisResult(core::RedisError::Lost)
                                         : core::RedisResult(core::RedisError::Timeout);
  blocked_.erase(self);
  if (!result) lose();
  co_return result;
}

awaitable<core::RedisResult> SimRedisConnection::next_push() {
  if (!push_timer_) push_timer_ = SimClock(process_).make_timer();
  while (pushes_.empty() && !lost_) co_await push_timer_->wait_until(core::SteadyTime::max());
  if (pushes_.empty()) co_return core::RedisError::Lost;
  core::RedisValue push = std::move(pushes_.front());
  pushes_.pop_front();
  co_return push;
}

awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> SimRedis::connect(
    core::SteadyTime) {
  using Connected = boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>;
  const core::SteadyTime now = process_.kernel().now();
  if (!host_.up()) return complete_at(process_, now, Connected(core::RedisError::Refused));
  return complete_at(
      process_, now,
      Connected(std::unique_ptr<core::RedisConnection>(std::make_unique<SimRedisConnection>(process_, host_, rules_))));
}

}  // namespace sim
