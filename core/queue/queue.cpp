#include "core/queue/queue.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "core/api/api.h"
#include "core/check.h"
#include "core/queue/script_text.h"
#include "core/state.h"

namespace core {

namespace {

/// For how long the answer of a recovery is kept for a caller whose connection broke.
constexpr std::chrono::minutes kRecoveryKept(10);

/// What a caller of requeue() and release() has to see to.
void check_delay(Duration delay) {
  check(delay >= Duration::zero() && delay % std::chrono::microseconds(1) == Duration::zero(),
        "a job is delayed by a whole number of microseconds");
}

template <class Unit>
std::string count_of(Duration duration) {
  return std::to_string(std::chrono::ceil<Unit>(duration).count());
}
std::string microseconds(Duration duration) {
  return count_of<std::chrono::microseconds>(duration);
}
std::string milliseconds(Duration duration) {
  return count_of<std::chrono::milliseconds>(duration);
}

std::uint32_t number_or_zero(std::string_view text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// How long ago the job was put in. Another program may have written any number there, so it is clamped.
Duration age_of(std::string_view microseconds) {
  std::int64_t count = 0;
  std::from_chars(microseconds.data(), microseconds.data() + microseconds.size(), count);
  const std::int64_t longest = std::chrono::floor<std::chrono::microseconds>(kLongestCeiling).count();
  return std::chrono::microseconds(std::clamp<std::int64_t>(count, 0, longest));
}

void add_error(std::vector<std::string>& arguments, JobError error) {
  arguments.push_back(std::move(error.text));
  arguments.push_back(std::move(error.api));
  arguments.push_back(error.status ? std::to_string(*error.status) : std::string());
}

ClaimedJob read_job(std::vector<RedisValue>& fields, SteadyTime asked_at) {
  ClaimedJob job{.id = std::move(fields[0].text),
                 .payload = std::move(fields[1].text),
                 .found_instead = fields[1].elements.empty() ? std::string() : std::move(fields[1].elements[0].text),
                 .retry_count = number_or_zero(fields[2].text),
                 .run = number_or_zero(fields[3].text),
                 .is_too_large = fields[1].type == RedisType::Null,
                 .secret = std::move(fields[4].text),
                 .journal = {},
                 .claimed_at = asked_at,
                 .put_in_at = asked_at - age_of(fields[5].text)};
  if (fields[6].integer >= 0) job.waited = std::chrono::microseconds(fields[6].integer);
  for (std::size_t i = 7; i + 1 < fields.size(); i += 2) {
    job.journal.emplace(std::move(fields[i].text), std::move(fields[i + 1].text));
  }
  return job;
}

Claim read_claim(RedisValue reply, SteadyTime asked_at) {
  Claim claim{.asked_at = asked_at};
  std::vector<RedisValue>& parts = reply.elements;
  for (std::size_t i = 2; i < parts.size(); ++i) {
    std::vector<RedisValue>& fields = parts[i].elements;
    if (fields.size() >= 7) claim.jobs.push_back(read_job(fields, asked_at));
  }
  if (parts.size() < 2) return claim;
  // A wait that began within a microsecond must not end within the one before its end.
  const auto asked = std::chrono::ceil<std::chrono::microseconds>(asked_at);
  claim.may_be_more = parts[0].integer == 0;
  if (parts[0].integer > 0) claim.next = asked + std::chrono::microseconds(parts[0].integer);
  claim.lease_ran_out = parts[1].integer != 0;
  return claim;
}

}  // namespace

Queue::Queue(const Environment& environment, const RedisConfig& config, Duration lease)
    : environment_(environment),
      config_(config),
      root_(config.key_prefix + "job:"),
      mending_{Mending::Way::GiveNewName, lease},
      random_(environment.random.fork("redis")),
      session_(environment, config),
      completions_(environment, session_, kScript_complete, root_, milliseconds(kEndedJobsKept), mending_) {}

std::vector<std::string> Queue::wake_channels(const std::string& worker) const {
  return {root_ + "wake", root_ + "wake:" + worker};
}

SteadyTime Queue::end_of_rest() const {
  return saturating_add(environment_.clock.now(), config_.retry.backoff.max_delay);
}

boost::asio::awaitable<std::optional<Queue::Answer>> Queue::ask(const Request& request) {
  struct Operation {
    Queue& queue;
    const Request& request;
    boost::asio::awaitable<RedisAttempt> operator()(const Attempt&) const {
      if (&request.script == &kScript_complete) return queue.completions_.run(request.arguments);
      return run_mended(queue.session_, request.script, queue.root_, request.arguments, queue.mending_);
    }
  };
  Call call{request.api, request.job, config_.retry, random_.fork(calls_++)};
  call.guards = request.guards;
  call.run = request.run;
  call.reporting = Reporting::OnlyTrouble;
  CallResult<RedisReply> reply = co_await retry<RedisReply>(environment_, call, Operation{*this, request});
  if (!reply) co_return std::nullopt;
  co_return Answer{std::move(reply->value), reply->sent_at};
}

boost::asio::awaitable<Queue::Answer> Queue::ask_until_answered(Request request) {
  for (;;) {
    std::optional<Answer> answer = co_await ask(request);
    if (answer) co_return std::move(*answer);
    co_await environment_.clock.sleep_until(end_of_rest());
  }
}

boost::asio::awaitable<Ownership> Queue::ask_as_owner(Request request) {
  const Answer answer = co_await ask_until_answered(std::move(request));
  co_return answer.value.integer != 0 ? Ownership::Held : Ownership::Lost;
}

boost::asio::awaitable<Enqueued> Queue::enqueue(std::string token, std::string id, std::string payload) {
  Request request{.api = api::kEnqueue, .script = kScript_enqueue, .job = id};
  std::string secret = environment_.secrets.draw(token);
  request.arguments = {id, std::move(payload), std::move(token), std::move(secret)};
  const std::optional<Answer> answer = co_await ask(request);
  if (!answer) co_return Enqueued::Unanswered;
  if (answer->value.integer == 0) co_return Enqueued::AlreadyThere;
  Event event;
  event.kind = EventKind::JobEnqueued;
  event.job = id;
  event.attempt = 1;
  environment_.emit(event);
  co_return Enqueued::Added;
}

boost::asio::awaitable<std::optional<Claim>> Queue::claim(ClaimToken token, ClaimSize size, Duration lease,
                                                          const Guards& guards) {
  check(size.most > 0 && lease > Duration::zero(), "a claim asks for at least one job, for some time");
  Request request{.api = api::kClaim, .script = kScript_claim, .guards = guards};
  std::string secret = environment_.secrets.draw(token.text());
  request.arguments = {std::move(token.worker),       std::to_string(token.number),      microseconds(lease),
                       std::to_string(size.most),     std::to_string(kMostClaimedBytes), std::move(secret),
                       size.has_more_room ? "1" : "0"};
  std::optional<Answer> answer = co_await ask(request);
  if (!answer) co_return std::nullopt;
  Claim claim = read_claim(std::move(answer->value), answer->asked_at);
  refine_next(claim, answer->asked_at);
  co_return claim;
}

boost::asio::awaitable<bool> Queue::leave(std::string worker) {
  std::vector<std::string> arguments(1, std::move(worker));
  const RedisAttempt answer = co_await session_.run(kScript_leave, root_, std::move(arguments));
  co_return answer.has_value();
}

boost::asio::awaitable<std::vector<SharedHold>> Queue::hold(SharedHold told) {
  if (told.wait <= Duration::zero()) told.name.clear();
  std::vector<std::string> arguments(3);
  arguments[0] = std::move(told.name);
  arguments[1] = microseconds(told.wait);
  arguments[2] = name_of(told.source);
  const RedisAttempt answer = co_await session_.run(kScript_hold, root_, std::move(arguments));
  std::vector<SharedHold> known;
  if (!answer) co_return known;
  const std::vector<RedisValue>& parts = answer->value.value.elements;
  for (std::size_t i = 0; i + 2 < parts.size(); i += 3) {
    if (auto hold = parse_hold(parts[i].text + " " + parts[i + 1].text + " " + parts[i + 2].text)) {
      known.push_back(*std::move(hold));
    }
  }
  co_return known;
}

void Queue::describe_state(std::string& out, SteadyTime now) const {
  const auto first = own_due_times_.lower_bound(now);
  append_state(out, std::distance(first, own_due_times_.end()));
  for (auto due = first; due != own_due_times_.end(); ++due) append_state(out, *due, now);
}

void Queue::refine_next(Claim& claim, SteadyTime now) {
  own_due_times_.erase(own_due_times_.begin(), own_due_times_.lower_bound(now));
  if (!claim.next) return;
  const auto exact = own_due_times_.upper_bound(*claim.next - std::chrono::microseconds(1));
  if (exact != own_due_times_.end() && *exact < *claim.next) claim.next = *exact;
}

boost::asio::awaitable<std::optional<SteadyTime>> Queue::renew(std::string token, std::string id, Duration lease,
                                                               std::uint32_t run) {
  Request request{.api = api::kRenew, .script = kScript_renew, .job = id, .run = run};
  request.arguments = {std::move(token), std::move(id), microseconds(lease)};
  const Answer answer = co_await ask_until_answered(std::move(request));
  if (answer.value.integer == 0) co_return std::nullopt;
  co_return saturating_add(answer.asked_at, lease);
}

boost::asio::awaitable<Ownership> Queue::complete(std::string token, std::string id, std::uint32_t run) {
  Request request{.api = api::kComplete, .script = kScript_complete, .job = id, .run = run};
  request.arguments = {std::move(token), std::move(id)};
  return ask_as_owner(std::move(request));
}

boost::asio::awaitable<std::optional<std::uint32_t>> Queue::requeue(std::string token, std::string id, Duration delay,
                                                                    JobError error, Duration hold, std::uint32_t run) {
  check_delay(delay);
  Request request{.api = api::kRequeue, .script = kScript_requeue, .job = id, .run = run};
  request.arguments = {std::move(token), std::move(id), microseconds(delay)};
  add_error(request.arguments, std::move(error));
  request.arguments.push_back(microseconds(hold));
  const Answer answer = co_await ask_until_answered(std::move(request));
  if (answer.value.integer == 0) co_return std::nullopt;
  own_due_times_.insert(saturating_add(answer.asked_at, delay));
  co_return static_cast<std::uint32_t>(answer.value.integer);
}

boost::asio::awaitable<Ownership> Queue::fail(std::string token, std::string id, JobFailReason reason, JobError error,
                                              std::uint32_t run) {
  Request request{.api = api::kFail, .script = kScript_fail, .job = id, .run = run};
  request.arguments = {std::move(token), std::move(id), std::string(name_of(reason))};
  add_error(request.arguments, std::move(error));
  return ask_as_owner(std::move(request));
}

boost::asio::awaitable<Journalled> Queue::journal(std::string token, std::string id, std::string entry,
                                                  std::string text, std::optional<std::size_t> most_bytes,
                                                  std::uint32_t run) {
  Request request{.api = api::kJournal, .script = kScript_journal, .job = id, .run = run};
  request.arguments = {std::move(token), std::move(id), std::move(entry), std::move(text)};
  if (most_bytes) request.arguments.push_back(std::to_string(*most_bytes));
  const Answer answer = co_await ask_until_answered(std::move(request));
  if (answer.value.integer == 0) co_return Journalled::Lost;
  co_return answer.value.integer > 0 ? Journalled::Written : Journalled::NoRoom;
}

boost::asio::awaitable<Ownership> Queue::release(std::string token, std::string id, Duration delay, std::uint32_t run) {
  check_delay(delay);
  Request request{.api = api::kRelease, .script = kScript_release, .job = id, .run = run};
  request.arguments = {std::move(token), std::move(id), microseconds(delay)};
  return ask_as_owner(std::move(request));
}

boost::asio::awaitable<std::optional<std::vector<RecoveredJob>>> Queue::recover(std::string token, std::uint32_t most,
                                                                                const Guards& guards) {
  Request request{.api = api::kRecover, .script = kScript_recover, .guards = guards};
  request.arguments = {std::move(token), milliseconds(kRecoveryKept), std::to_string(most),
                       std::string(name_of(JobFailReason::RecoveredTooOften))};
  const std::optional<Answer> answer = co_await ask(request);
  if (!answer) co_return std::nullopt;
  std::vector<RecoveredJob> jobs;
  for (const RedisValue& entry : answer->value.elements) {
    // "ready:abc-123" or "failed:abc-123".
    const std::size_t colon = entry.text.find(':');
    if (colon == std::string::npos) continue;
    jobs.push_back({entry.text.substr(colon + 1), std::string_view(entry.text).substr(0, colon) == "failed"});
  }
  co_return jobs;
}

}  // namespace core
