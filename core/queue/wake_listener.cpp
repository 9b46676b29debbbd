#include "core/queue/wake_listener.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "core/api/api.h"
#include "core/retry/retry.h"

namespace core {

using boost::asio::awaitable;

WakeListener::WakeListener(const Environment& environment, const RedisConfig& config, const Queue& queue,
                           std::string worker, std::function<void(const WakeUp&)> hear,
                           std::function<void(std::string_view)> hear_hold)
    : environment_(environment),
      config_(config),
      queue_(queue),
      worker_(std::move(worker)),
      hear_(std::move(hear)),
      hear_hold_(std::move(hear_hold)) {}

struct WakeListener::Subscribe {
  WakeListener& listener;

  awaitable<AttemptResult<std::unique_ptr<RedisConnection>>> operator()(const Attempt& attempt) const {
    // Who cannot listen has to look.
    if (attempt.number > 1) listener.look();
    const Environment& environment = listener.environment_;
    const SteadyTime deadline = attempt.request_deadline(environment.clock.now());
    auto connected = co_await environment.redis.connect(deadline);
    if (!connected) co_return AttemptFailure{classify(connected.error())};
    RedisCommand command = listener.queue_.wake_channels(listener.worker_);
    if (listener.hear_hold_) command.push_back(listener.queue_.hold_channel());
    command.insert(command.begin(), "SUBSCRIBE");
    const RedisResult reply = co_await (*connected)->execute(command, deadline);
    if (!reply) co_return AttemptFailure{classify(reply.error())};
    if (reply->is_error()) co_return AttemptFailure{classify_error_reply(reply->text)};
    co_return Success<std::unique_ptr<RedisConnection>>{std::move(*connected), std::nullopt};
  }
};

awaitable<void> WakeListener::run() {
  const Random random = environment_.random.fork(api::kSubscribe);
  for (std::uint64_t connections = 0;; ++connections) {
    Call call{api::kSubscribe, {}, config_.retry, random.fork(connections)};
    call.reporting = Reporting::OnlyTrouble;
    call.timeout = config_.timeout;
    auto connection = co_await retry<std::unique_ptr<RedisConnection>>(environment_, call, Subscribe{*this});
    if (!connection) {
      look();
      co_await environment_.clock.sleep_until(queue_.end_of_rest());
      continue;
    }
    // Whatever was published while nobody listened is found by looking.
    look();
    if (hear_hold_) hear_hold_({});
    co_await listen(**connection);
  }
}

awaitable<void> WakeListener::listen(RedisConnection& connection) {
  const std::string hold_channel = queue_.hold_channel();
  for (;;) {
    const RedisResult push = co_await connection.next_push();
    if (!push) co_return;
    // {"message", channel, text}; the other kinds are confirmations.
    const std::vector<RedisValue>& parts = push->elements;
    if (parts.size() != 3 || parts[0].text != "message") continue;
    if (hear_hold_ && parts[1].text == hold_channel) {
      hear_hold_(parts[2].text);
    } else {
      hear_(parse_wake_up(parts[2].text));
    }
  }
}

}  // namespace core
