#include "sim/invariants/invariants.h"

#include <algorithm>
#include <utility>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "sim/invariants/conversation.h"

namespace sim {

using core::Event;
using core::EventKind;
using Phase = CallState::Phase;

const std::vector<InvariantInfo>& invariant_list() {
  static const std::vector<InvariantInfo> list = {
      {"backoff", "Every wait lies within its policy's bounds, and what a server asked for is never undercut."},
      {"hints", "A failure tells the wait that its answer asked for."},
      {"attempts", "No layer makes more attempts than allowed, retries what must not be, or gives a false reason."},
      {"pacing",
       "LLM requests of a worker are at least the minimum interval apart, no attempt outlasts its timeout, and no more "
       "jobs have calls under way than may run at once."},
      {"limits",
       "Where calls wait for limits: a refusal holds back all calls of its credential, and costs a job no re-queue."},
      {"circuit",
       "A circuit opens and closes only for a reason, and while it is open nothing is called, and no re-queue spent."},
      {"budget", "A worker repeats no more calls than its retry budget covers."},
      {"deadline",
       "Nothing is done or waited for beyond a job's deadline, and nothing is given up for it before its time."},
      {"jobs", "Each job is in exactly one place, belongs to one owner, and ends once."},
      {"effects", "A comment is posted once for each time that it was asked for."},
      {"time", "Time never goes back, and nothing rests while work is due."},
      {"rest", "No job rests for more than a second beside a runner that has room, whatever happens to other runners."},
      {"answers",
       "What the model asked for, what was called and what it was told correspond one to one; no whole answer is "
       "thrown "
       "away, and no job is completed on one that was cut, filtered or empty."},
      {"leases", "A live worker whose renewals are answered keeps its leases, and begins every job that it is given."},
      {"redis", "Redis is asked no more often, and by no more connections, than there is cause for."},
      {"queue", "The queue's scripts answer what they did, and give jobs out in the order in which they became ready."},
      {"reasons", "A job fails only for a reason that its run bears out."},
      {"remains", "What is left in Redis when all jobs have ended belongs to them and will be forgotten."},
      {"credentials",
       "A refused token is tried again while it is new, thrown away for good after, and none is minted without need."},
      {"refusals",
       "A refused credential of the runner itself costs one job; the others wait until it is accepted again."},
      {"requests", "No service refuses a request of its own accord: what is sent is right."},
      {"secrets", "No token, key or JWT is in any event, goes into Redis or to another service than its own."},
      {"liveness", "While a job is open something happens, and once faults stop every job ends."},
      {"livelock", "No instant goes on for ever."},
  };
  return list;
}

core::Duration longest_redis_wait(const core::Config& config) {
  return config.redis.timeout + config.redis.retry.backoff.max_delay * 2;
}

namespace {

/// What a job's run may have sent is answered, or given up, after that long.
core::Duration longest_traffic(const core::Config& config) {
  const auto longest =
      std::max({config.jobs.lease, config.llm.timeout, config.longest_timeout_of_tools(), config.github.token.timeout});
  return 2 * std::min<core::Duration>(longest, std::chrono::hours(24)) + 2 * longest_redis_wait(config);
}

}  // namespace

const core::RetryPolicy* policy_of(const core::Config& config, std::string_view api) {
  const core::Api* known = core::find_api(api);
  return known != nullptr ? &config.retry_of(*known) : nullptr;
}

Invariants::Invariants(const core::Config& config, const Setting& setting,
                       const std::set<std::string, std::less<>>& off, std::span<const OwnInvariant> own) {
  if (setting.ended_jobs_stay_ended) settling_ = longest_traffic(config);
  InvariantPointer families[] = {make_backoff_invariant(config, findings_),
                                 make_hints_invariant(findings_),
                                 make_attempts_invariant(config, findings_),
                                 make_limits_invariant(config, findings_),
                                 make_circuit_invariant(config, setting, findings_),
                                 make_budget_invariant(config, findings_),
                                 make_deadline_invariant(config, setting, findings_),
                                 make_pacing_invariant(config, setting, findings_),
                                 make_jobs_invariant(config, setting, findings_),
                                 make_effects_invariant(config, setting, findings_),
                                 make_time_invariant(config, setting, findings_),
                                 make_rest_invariant(config, setting, findings_),
                                 make_answers_invariant(findings_),
                                 make_leases_invariant(config, setting, findings_),
                                 make_redis_invariant(config, findings_),
                                 make_queue_invariant(findings_),
                                 make_reasons_invariant(config, findings_),
                                 make_credentials_invariant(config, setting, findings_),
                                 make_refusals_invariant(setting, findings_),
                                 make_requests_invariant(findings_),
                                 make_secrets_invariant(config, findings_),
                                 make_liveness_invariant(config, setting, findings_)};
  for (InvariantPointer& family : families) {
    if (!off.contains(family->name())) all_.push_back(std::move(family));
  }
  for (const OwnInvariant& each : own) own_.push_back(make_own_invariant(each, findings_));
}

Invariants::~Invariants() = default;

void Invariants::on_event(const Event& event) {
  for (const InvariantPointer& each : own_) each->on_event(event);
  switch (event.kind) {
    case EventKind::CallStarted:
    case EventKind::CallSucceeded:
    case EventKind::CallFailed:
    case EventKind::CallRetry:
    case EventKind::CallGaveUp: {
      CallState& call = call_of(event);
      for (const InvariantPointer& each : all_) each->on_call(event, call);
      advance(call, event);
      // A call that has ended needs no state: a later event of the same call begins with a fresh one.
      if (event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallGaveUp) {
        calls_.erase(std::exchange(last_call_, calls_.end()));
      }
      return;
    }
    case EventKind::WorkerStarted:
    case EventKind::WorkerCrashed:
      forget_calls(event.runner);
      break;
    default:
      break;
  }
  for (const InvariantPointer& each : all_) each->on_event(event);
  if (settling_) note_end(event);
}

void Invariants::note_end(const Event& event) {
  if (event.kind == EventKind::JobEnqueued) acknowledged_.emplace(event.job);
  if (event.kind == EventKind::JobFailed) {
    if (const auto job = acknowledged_.find(event.job); job != acknowledged_.end()) acknowledged_.erase(job);
  }
  if (event.kind != EventKind::JobCompleted) return;
  for (; !over_.empty() && over_.front().forgotten_at < event.at; over_.pop_front()) {
    for (const InvariantPointer& each : all_) each->on_job_over(over_.front().runner, over_.front().job);
  }
  const auto job = acknowledged_.find(event.job);
  if (job == acknowledged_.end()) return;
  acknowledged_.erase(job);
  // A job of several runs may have a runner that does not know yet that it is another's.
  if (event.run != 1U) return;
  over_.push_back({core::saturating_add(event.at, *settling_), std::string(event.runner), std::string(event.job)});
}

CallState& Invariants::call_of(const Event& event) {
  const CallKeyView key(event.runner, event.call.value_or(0), event.job, event.api);
  if (last_call_ == calls_.end() || CallKeyView(last_call_->first) != key) {
    last_call_ = calls_.find(key);
    if (last_call_ == calls_.end()) last_call_ = calls_.emplace(CallKey(key), CallState{}).first;
  }
  return last_call_->second;
}

void Invariants::advance(CallState& call, const Event& event) {
  call.since = event.at;
  switch (event.kind) {
    case EventKind::CallStarted:
      if (call.phase == Phase::Waiting) {
        if (!call.is_held) call.previous_delay = call.delay;
      } else if (call.phase != Phase::Failed || call.attempt != event.attempt) {
        call = CallState{.since = event.at};
      }
      call.phase = Phase::Started;
      call.attempt = event.attempt.value_or(1);
      return;
    case EventKind::CallFailed:
      // A call that reports trouble only is first heard of here.
      if (call.phase == Phase::Waiting && !call.is_held) call.previous_delay = call.delay;
      call.phase = Phase::Failed;
      call.attempt = event.attempt.value_or(1);
      call.failure = event.failure.value_or(core::FailureKind::Connection);
      call.status = event.status;
      call.hint = event.hint;
      return;
    case EventKind::CallRetry:
      if (call.phase == Phase::Waiting && !call.is_held) call.previous_delay = call.delay;
      call.is_held = call.phase != Phase::Failed || event.attempt == call.attempt;
      call.phase = Phase::Waiting;
      call.attempt = event.attempt.value_or(1);
      call.delay = event.delay.value_or(core::Duration::zero());
      return;
    default:
      call = CallState{};
      return;
  }
}

void Invariants::forget_calls(std::string_view runner) {
  for (auto entry = calls_.lower_bound(CallKeyView(runner, 0, "", "")); entry != calls_.end();) {
    if (std::get<0>(entry->first) != runner) break;
    entry = calls_.erase(entry);
  }
  last_call_ = calls_.end();
}

void Invariants::on_disturbance(const Disturbance& disturbance) {
  for (const InvariantPointer& each : all_) each->on_disturbance(disturbance);
}

void Invariants::on_exchange(const Exchange& exchange) {
  Exchange told = exchange;
  if (exchange.operation == core::api::kChat.operation) told.messages = messages_of(exchange.body);
  for (const InvariantPointer& each : all_) each->on_exchange(told);
}

void Invariants::on_answer_held_back(std::string_view runner, std::string_view operation, std::string_view job) {
  for (const InvariantPointer& each : all_) each->on_answer_held_back(runner, operation, job);
}

void Invariants::on_queue_step(const QueueStep& step) {
  for (const InvariantPointer& each : all_) each->on_queue_step(step);
}

void Invariants::on_redis_sent(const RedisCall& call) {
  for (const InvariantPointer& each : all_) each->on_redis_sent(call);
}

void Invariants::on_redis_answered(const RedisCall& call) {
  for (const InvariantPointer& each : all_) each->on_redis_answered(call);
}

void Invariants::on_redis_connected(std::string_view runner, core::SteadyTime at, std::size_t open) {
  for (const InvariantPointer& each : all_) each->on_redis_connected(runner, at, open);
}

void Invariants::on_redis_pushed(std::string_view runner, std::string_view message, core::SteadyTime at) {
  for (const InvariantPointer& each : all_) each->on_redis_pushed(runner, message, at);
}

void Invariants::on_clock_shift(std::string_view runner, core::Duration by) {
  for (const InvariantPointer& each : all_) each->on_clock_shift(runner, by);
}

void Invariants::on_effect(const fakes::MadeEffect& made) {
  for (const InvariantPointer& each : all_) each->on_effect(made);
}

void Invariants::at_end(core::SteadyTime now, RunEnd end) {
  for (const InvariantPointer& each : all_) each->at_end(now, end);
  for (const InvariantPointer& each : own_) each->at_end(now, end);
}

void Invariants::describe_state(std::string& out, core::SteadyTime now) const {
  for (const InvariantPointer& each : own_) each->describe_state(out, now);
}

}  // namespace sim
