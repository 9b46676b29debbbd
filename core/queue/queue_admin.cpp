#include "core/queue/queue_admin.h"

#include <charconv>
#include <utility>

#include "core/queue/mended.h"
#include "core/queue/script_text.h"

namespace core {

namespace {

constexpr std::size_t kFieldsOfAJob = 10;
/// Of ids and texts that one call of the script `list` brings.
constexpr std::size_t kMostListedBytes = 4UL * 1024 * 1024;

/// The name of the key that holds it.
std::string_view key_of(QueuePart part) {
  return part == QueuePart::Running ? "leases" : name_of(part);
}

const Script& script_of(OperatorCommand command) {
  switch (command) {
    case OperatorCommand::Retry:
      return kScript_revive;
    case OperatorCommand::Cancel:
      return kScript_cancel;
    case OperatorCommand::Drop:
      return kScript_drop;
    case OperatorCommand::Pause:
      return kScript_pause;
    case OperatorCommand::Resume:
      break;
  }
  return kScript_resume;
}

Failure unexpected_reply() {
  return {.kind = FailureKind::Malformed, .message = "the reply is not what the script answers"};
}

JobError read_error(const RedisValue& text, const RedisValue& api, const RedisValue& status) {
  JobError error{.text = text.text, .api = api.text};
  int number = 0;
  const char* const end = status.text.data() + status.text.size();
  if (std::from_chars(status.text.data(), end, number).ptr == end && !status.text.empty()) error.status = number;
  return error;
}

boost::system::result<std::optional<ShownJob>, Failure> read_shown(const RedisValue& reply) {
  constexpr std::size_t kFields = 14;
  const std::vector<RedisValue>& fields = reply.elements;
  if (fields.size() < kFields || fields.size() % 2 != 0) return unexpected_reply();
  if (fields[0].text.empty()) return std::optional<ShownJob>();
  ShownJob job{.state = fields[0].text,
               .left = std::chrono::microseconds(fields[2].integer),
               .owner = runner_of(fields[3].text),
               .retry_count = static_cast<std::uint32_t>(fields[4].integer),
               .recoveries = static_cast<std::uint32_t>(fields[5].integer),
               .runs = static_cast<std::uint32_t>(fields[6].integer),
               .payload_bytes = static_cast<std::uint64_t>(fields[7].integer),
               .payload = fields[8].text,
               .reason = fields[9].text,
               .last_error = read_error(fields[10], fields[11], fields[12])};
  if (fields[1].integer >= 0) job.place = static_cast<std::uint64_t>(fields[1].integer);
  // Somebody may have written another time there.
  constexpr std::int64_t kMostMicroseconds = 9'000'000'000'000'000;
  if (fields[13].integer >= 0 && fields[13].integer < kMostMicroseconds)
    job.error_ago = std::chrono::microseconds(fields[13].integer);
  for (std::size_t i = kFields; i + 1 < fields.size(); i += 2)
    job.journal.emplace_back(fields[i].text, fields[i + 1].text);
  return std::optional<ShownJob>(std::move(job));
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
                  .last_error = read_error(fields[5], fields[6], fields[7]),
                  .owner = fields[9].text};
    if (fields[8].integer >= 0 && fields[8].integer <= now)
      job.error_ago = std::chrono::microseconds(now - fields[8].integer);
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

QueueAdmin::QueueAdmin(const Environment& environment, const RedisConfig& config, Duration lease)
    : environment_(environment), session_(environment, config), root_(config.key_prefix + "job:"), lease_(lease) {}

boost::asio::awaitable<boost::system::result<QueueListing, Failure>> QueueAdmin::list(QueuePart part,
                                                                                      std::uint64_t first,
                                                                                      std::uint64_t count) {
  // Redis takes a last of -1 for the end of the list, so an empty range is asked for by a last before the first.
  if (count == 0) first = 1;
  std::vector<std::string> arguments{std::string(key_of(part)), std::to_string(first),
                                     std::to_string(first + count - 1), std::to_string(kMostListedBytes)};
  const RedisAttempt answer = co_await run_mended(session_, kScript_list, root_, std::move(arguments), Mending{});
  if (!answer) co_return answer.error().failure;
  co_return read_listing(answer->value.value);
}

boost::asio::awaitable<boost::system::result<KnownWorkers, Failure>> QueueAdmin::workers() {
  const RedisAttempt answer =
      co_await run_mended(session_, kScript_runners, root_, std::vector<std::string>(), Mending{});
  if (!answer) co_return answer.error().failure;
  const std::vector<RedisValue>& fields = answer->value.value.elements;
  if (fields.size() % 3 != 1) co_return unexpected_reply();
  KnownWorkers known{.is_paused = fields[0].integer != 0};
  for (std::size_t i = 1; i < fields.size(); i += 3) {
    known.workers.push_back({fields[i].text, fields[i + 1].integer != 0, fields[i + 2].integer != 0});
  }
  co_return known;
}

boost::asio::awaitable<boost::system::result<std::optional<ShownJob>, Failure>> QueueAdmin::show(
    std::string id, std::uint64_t most_bytes) {
  std::vector<std::string> arguments{std::move(id), std::to_string(most_bytes)};
  const RedisAttempt answer = co_await run_mended(session_, kScript_show, root_, std::move(arguments), Mending{});
  if (!answer) co_return answer.error().failure;
  co_return read_shown(answer->value.value);
}

void QueueAdmin::report(OperatorCommand command, const std::string& id) const {
  Event event;
  event.kind = event_of(command);
  event.job = id;
  environment_.emit(event);
  if (command != OperatorCommand::Cancel) return;
  Event failed;
  failed.kind = EventKind::JobFailed;
  failed.job = id;
  failed.reason = JobFailReason::Cancelled;
  environment_.emit(failed);
}

boost::asio::awaitable<boost::system::result<OperatorAnswer, Failure>> QueueAdmin::act(OperatorCommand command,
                                                                                       std::string id,
                                                                                       std::string token) {
  std::vector<std::string> arguments;
  if (!id.empty()) arguments.push_back(id);
  if (command == OperatorCommand::Cancel) {
    arguments.push_back(std::move(token));
    arguments.emplace_back(name_of(JobFailReason::Cancelled));
    arguments.push_back(std::to_string(std::chrono::milliseconds(kEndedJobsKept).count()));
  }
  const Mending mending{Mending::Way::GiveNewName, lease_};
  const RedisAttempt answer = co_await run_mended(session_, script_of(command), root_, std::move(arguments), mending);
  if (!answer) co_return answer.error().failure;
  const std::int64_t done = answer->value.value.integer;
  if (done < 0) co_return OperatorAnswer::NoSuchJob;
  if (done == 0) co_return OperatorAnswer::NotInThatState;
  report(command, id);
  co_return OperatorAnswer::Done;
}

}  // namespace core
