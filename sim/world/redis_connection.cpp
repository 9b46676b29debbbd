#include "sim/world/redis_connection.h"

#include <algorithm>
#include <iterator>

namespace sim {

using boost::asio::awaitable;
using core::RedisResult;
using core::SteadyTime;
using fakes::redis::Treatment;

SimRedisConnection::SimRedisConnection(Process& process, RedisHost& host, MeetRules rules, const Links& links)
    : process_(process),
      host_(host),
      meet_rules_(rules),
      links_(links),
      number_(++host.connections_made_),
      session_(host.server().connect(*this)) {
  host_.connections_.push_back(this);
  if (meet_rules_ == MeetRules::Yes) host_.tell_connected(process_);
}

SimRedisConnection::~SimRedisConnection() {
  std::erase(host_.connections_, this);
}

bool SimRedisConnection::is_cut() const {
  return links_.is_cut(Peer::Redis, process_.kernel().now());
}

void SimRedisConnection::end_by_server() {
  session_.reset();
  if (!is_cut()) lose();
}

void SimRedisConnection::lose() {
  if (lost_) return;
  lost_ = true;
  session_.reset();
  std::erase(host_.connections_, this);
  const SteadyTime now = process_.kernel().now();
  for (const UnderWay& each : under_way_) {
    // A process that is paused has what came earlier lying there.
    if (each.wait != nullptr && each.arrival >= now) each.wait->end_early(WaitEnd::Woken);
  }
  for (Blocked& blocked : blocked_) blocked.timer->wake();
  for (const auto& held : std::exchange(held_, {})) held->timer->wake();
  if (push_timer_) push_timer_->wake();
}

void SimRedisConnection::let_through() {
  if (!session_) return lose();
  for (const auto& held : std::exchange(held_, {})) {
    held->sent = meet(held->command);
    if (!held->sent) held->blocked = std::prev(blocked_.end());
    held->is_blocked = !held->sent;
    held->timer->wake();
  }
  for (const core::RedisValue& push : held_pushes_) tell_pushed(push);
  pushes_.splice(pushes_.end(), held_pushes_);
  for (Blocked& blocked : blocked_) {
    if (blocked.reply) blocked.timer->wake();
  }
  if (push_timer_ && !pushes_.empty()) push_timer_->wake();
}

void SimRedisConnection::on_reply(core::RedisValue reply) {
  for (Blocked& blocked : blocked_) {
    if (blocked.reply) continue;
    blocked.reply = std::move(reply);
    if (!is_cut()) blocked.timer->wake();
    return;
  }
  reply_ = std::move(reply);
}

void SimRedisConnection::on_push(core::RedisValue push) {
  if (is_cut()) return held_pushes_.push_back(std::move(push));
  tell_pushed(push);
  pushes_.push_back(std::move(push));
  if (push_timer_) push_timer_->wake();
}

void SimRedisConnection::tell(const core::RedisCommand& command, SteadyTime sent, const RedisResult* result) const {
  if (meet_rules_ == MeetRules::Yes) host_.tell(process_.name(), number_, command, sent, result);
}

void SimRedisConnection::tell_pushed(const core::RedisValue& push) const {
  if (meet_rules_ == MeetRules::Yes) host_.tell_pushed(process_.name(), push);
}

awaitable<RedisResult> SimRedisConnection::execute(const core::RedisCommand& command, SteadyTime deadline) {
  const SteadyTime now = process_.kernel().now();
  tell(command, now, nullptr);
  if (lost_) return deliver(command, now, {core::RedisError::Lost, now}, deadline);
  if (is_cut()) return execute_later(command, deadline);
  std::optional<Sent> sent = meet(command);
  if (!sent) return wait_blocked(std::prev(blocked_.end()), deadline);
  return deliver(command, now, std::move(*sent), deadline);
}

awaitable<RedisResult> SimRedisConnection::execute_later(const core::RedisCommand& command, SteadyTime deadline) {
  const SteadyTime sent_at = process_.kernel().now();
  const auto held = std::make_shared<Held>();
  held->command = command;
  held->timer = SimClock(process_).make_timer();
  held_.push_back(held);
  while (!held->sent && !held->is_blocked && !lost_) {
    if (!co_await held->timer->wait_until(deadline)) continue;
    const RedisResult late = core::RedisError::Timeout;
    tell(command, sent_at, &late);
    lose();
    co_return late;
  }
  if (held->is_blocked) co_return co_await wait_blocked(held->blocked, deadline);
  if (!held->sent) {
    const RedisResult lost = core::RedisError::Lost;
    tell(command, sent_at, &lost);
    co_return lost;
  }
  co_return co_await deliver(command, sent_at, std::move(*held->sent), deadline);
}

std::optional<SimRedisConnection::Sent> SimRedisConnection::meet(const core::RedisCommand& command) {
  const SteadyTime now = process_.kernel().now();
  fakes::redis::Fate fate;
  if (meet_rules_ == MeetRules::Yes) {
    fate = host_.faults().meet(host_.server(), process_.name(), command, now);
    if (fate.flushes_scripts) host_.server().flush_scripts();
    host_.count_command(process_.name());
    if (!fate.is_plain()) host_.tell_of_fault(core::saturating_add(now, fate.latency), process_.name());
  }
  const SteadyTime arrival = std::max(last_arrival_, core::saturating_add(now, fate.latency));
  last_arrival_ = arrival;
  switch (fate.treatment) {
    case Treatment::Perform:
      break;
    case Treatment::ReplyError:
      return Sent{core::RedisValue::error(fate.error), arrival};
    case Treatment::NeverReply:
      last_arrival_ = SteadyTime::max();
      return Sent{core::RedisError::Timeout, SteadyTime::max()};
    case Treatment::ResetAfter:
      perform(command);
      reply_.reset();
      [[fallthrough]];
    case Treatment::ResetBefore:
      return Sent{core::RedisError::Lost, arrival};
  }
  perform(command);
  if (!reply_) {
    blocked_.push_back({SimClock(process_).make_timer(), std::nullopt});
    return std::nullopt;
  }
  Sent sent{std::move(*reply_), arrival};
  reply_.reset();
  return sent;
}

void SimRedisConnection::perform(const core::RedisCommand& command) {
  host_.execute(*session_, command);
  if (!reply_ || !reply_->is_error()) host_.tell_of_script(command);
}

/// A reply on its way, which a partition may hold back once it is there.
struct SimRedisConnection::Arrival {
  SimRedisConnection& connection;
  const core::RedisCommand& command;  ///< Its caller waits.
  SteadyTime sent_at;
  RedisResult result;
  SteadyTime at, deadline;

  bool is_held_back() {
    if (at >= deadline) return false;
    const SteadyTime opens = connection.links_.arrival(Peer::Redis, at);
    if (opens == at) return false;
    at = std::min(opens, deadline);
    if (at == deadline) result = core::RedisError::Timeout;
    return true;
  }

  template <class Handler>
  static void wait(Arrival arrival, Handler handler) {
    SimRedisConnection& connection = arrival.connection;
    const SteadyTime at = arrival.at;
    std::erase_if(connection.under_way_, [](const UnderWay& each) { return each.wait == nullptr; });
    UnderWay& watched = connection.under_way_.emplace_back(UnderWay{nullptr, at});
    start_wait(
        connection.process_, at, std::move(handler),
        [arrival = std::move(arrival)](auto awaiting, WaitEnd end) mutable {
          if (end == WaitEnd::Due && arrival.is_held_back()) return wait(std::move(arrival), std::move(awaiting));
          RedisResult& result = arrival.result;
          if (end == WaitEnd::Woken) result = core::RedisError::Lost;
          // Of a call that was cancelled the command may be no more.
          if (end != WaitEnd::Cancelled) arrival.connection.tell(arrival.command, arrival.sent_at, &result);
          // A reply that did not come in time, or was lost, takes the connection with it.
          if (end != WaitEnd::Cancelled && !result) arrival.connection.lose();
          std::move(awaiting)(error_of(end), std::move(result));
        },
        &watched.wait);
  }
};

awaitable<RedisResult> SimRedisConnection::deliver(const core::RedisCommand& command, SteadyTime sent_at, Sent sent,
                                                   SteadyTime deadline) {
  if (sent.arrival >= deadline) sent = {core::RedisError::Timeout, deadline};
  Arrival arrival{*this, command, sent_at, std::move(sent.result), sent.arrival, deadline};
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                     void(boost::system::error_code, RedisResult)>(
      [arrival = std::move(arrival)](auto handler) mutable { Arrival::wait(std::move(arrival), std::move(handler)); },
      boost::asio::use_awaitable);
}

awaitable<RedisResult> SimRedisConnection::wait_blocked(std::list<Blocked>::iterator self, SteadyTime deadline) {
  while ((!self->reply || is_cut()) && !lost_) {
    if (co_await self->timer->wait_until(deadline)) break;
  }
  const bool is_held_back = self->reply && is_cut();
  RedisResult result = self->reply && !is_held_back ? RedisResult(std::move(*self->reply))
                       : lost_                      ? RedisResult(core::RedisError::Lost)
                                                    : RedisResult(core::RedisError::Timeout);
  blocked_.erase(self);
  if (!result) lose();
  co_return result;
}

awaitable<RedisResult> SimRedisConnection::next_push() {
  if (!push_timer_) push_timer_ = SimClock(process_).make_timer();
  while (pushes_.empty() && !lost_) co_await push_timer_->wait_until(SteadyTime::max());
  if (pushes_.empty()) co_return core::RedisError::Lost;
  core::RedisValue push = std::move(pushes_.front());
  pushes_.pop_front();
  co_return push;
}

awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> SimRedis::connect(
    SteadyTime deadline) {
  using Connected = boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>;
  const SteadyTime now = process_.kernel().now();
  if (links_.is_cut(Peer::Redis, now)) return connect_later(deadline);
  if (!host_.up()) return complete_at(process_, now, Connected(core::RedisError::Refused));
  return complete_at(process_, now,
                     Connected(std::unique_ptr<core::RedisConnection>(
                         std::make_unique<SimRedisConnection>(process_, host_, rules_, links_))));
}

awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> SimRedis::connect_later(
    SteadyTime deadline) {
  SimClock clock(process_);
  while (links_.is_cut(Peer::Redis, clock.now())) {
    co_await clock.sleep_until(std::min(links_.arrival(Peer::Redis, clock.now()), deadline));
    if (clock.now() >= deadline) co_return core::RedisError::Timeout;
  }
  co_return co_await connect(deadline);
}

}  // namespace sim
