#include "core/queue/queue_counts.h"

#include <utility>
#include <vector>

#include "core/queue/script_text.h"

namespace core {

namespace {

boost::system::result<QueueCounts, Failure> read_counts(const RedisValue& reply) {
  constexpr std::size_t kFields = 6;
  const std::vector<RedisValue>& fields = reply.elements;
  if (fields.size() != kFields) {
    return Failure{.kind = FailureKind::Malformed, .message = "the reply is not what the script answers"};
  }
  const auto number = [&](std::size_t field) { return static_cast<std::uint64_t>(fields[field].integer); };
  QueueCounts counts{.ready = number(0), .delayed = number(1), .running = number(2), .dead = number(3)};
  constexpr std::int64_t kNone = -1, kNotKnown = -2;
  const std::int64_t age = fields[4].integer;
  if (age != kNotKnown) counts.oldest_ready = age == kNone ? Duration::zero() : std::chrono::microseconds(age);
  counts.is_paused = fields[5].integer != 0;
  return counts;
}

RedisConfig with_timeout(RedisConfig config, Duration timeout) {
  config.timeout = timeout;
  return config;
}

}  // namespace

QueueCounter::QueueCounter(const Environment& environment, const RedisConfig& config, Duration timeout)
    : config_(with_timeout(config, timeout)), session_(environment, config_), root_(config.key_prefix + "job:") {}

boost::asio::awaitable<boost::system::result<QueueCounts, Failure>> QueueCounter::count() {
  RedisAttempt answer = co_await session_.run(kScript_count, root_, {});
  const bool is_stale = !answer && answer.error().failure.code == "ECONNRESET";
  if (is_stale) answer = co_await session_.run(kScript_count, root_, {});
  if (!answer) co_return answer.error().failure;
  co_return read_counts(answer->value.value);
}

}  // namespace core
