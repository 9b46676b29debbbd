#include "core/queue/queue_admin.h"

#include <utility>

#include "core/queue/script_text.h"

namespace core {

namespace {

constexpr std::size_t kFieldsOfAJob = 6;

/// The name of the key that holds it.
std::string_view key_of(QueuePart part) {
  return part == QueuePart::Running ? "leases" : name_of(part);
}

Failure unexpected_reply() {
  return {.kind = FailureKind::Malformed, .message = "the reply is not what the script answers"};
}

boost::system::result<QueueListing, Failure> read_listing(const RedisValue& reply) {
  const std::vector<RedisValue>& rows = reply.elements;
  if (rows.size() < 2 || rows[0].type != RedisType::Integer) return unexpected_reply();
  QueueListing listing{.total = static_cast<std::uint64_t>(rows[0].integer)};
  const std::int64_t now = rows[1].integer;
  for (std::size_t i = 2; i < rows.size(); ++i) {
    const std::vector<RedisValue>& fields = rows[i].elements;
    if (fields.size() != kFieldsOfAJob) return unexpected_reply();
    QueuedJob job{.id = fields[0].text,
                  .retry_count = static_cast<std::uint32_t>(fields[2].integer),
                  .recoveries = static_cast<std::uint32_t>(fields[3].integer),
                  .reason = fields[4].text,
                  .last_error = fields[5].text};
    if (fields[1].integer >= 0) job.left = std::chrono::microseconds(fields[1].integer - now);
    listing.jobs.push_back(std::move(job));
  }
  return listing;
}

}  // namespace

std::string_view name_of(QueuePart part) {
  switch (part) {
    case QueuePart::Ready:
      return "ready";
    case QueuePart::Delayed:
      return "delayed";
    case QueuePart::Running:
      return "running";
    case QueuePart::Dead:
      return "dead";
  }
  return {};
}

QueueAdmin::QueueAdmin(const Environment& environment, const RedisConfig& config)
    : environment_(environment), session_(environment, config), root_(config.key_prefix + "job:") {}

boost::asio::awaitable<boost::system::result<QueueListing, Failure>> QueueAdmin::list(QueuePart part,
                                                                                      std::uint64_t first,
                                                                                      std::uint64_t count) {
  // Redis takes a last of -1 for the end of the list, so an empty range is asked for by a last before the first.
  if (count == 0) first = 1;
  std::vector<std::string> arguments{std::string(key_of(part)), std::to_string(first),
                                     std::to_string(first + count - 1)};
  const RedisAttempt answer = co_await session_.run(kScript_list, root_, std::move(arguments));
  if (!answer) co_return answer.error().failure;
  co_return read_listing(answer->value.value);
}

boost::asio::awaitable<boost::system::result<bool, Failure>> QueueAdmin::revive(std::string id) {
  std::vector<std::string> arguments;
  arguments.push_back(id);
  const RedisAttempt answer = co_await session_.run(kScript_revive, root_, std::move(arguments));
  if (!answer) co_return answer.error().failure;
  if (answer->value.value.integer == 0) co_return false;
  Event retried;
  retried.kind = EventKind::OperatorRetry;
  retried.job = id;
  environment_.emit(retried);
  co_return true;
}

}  // namespace core
