#include "core/breaker/breakers.h"

#include <algorithm>

#include "core/config/guard_settings.h"
#include "core/guards/all_guards.h"
#include "core/retry/classify.h"

namespace core {

namespace {

using namespace input;

/// The ticket of an attempt that waits for a probe: no call's mark.
constexpr std::uint64_t kWaits = UINT64_MAX;

Refuse refused_until(SteadyTime next, SteadyTime now) {
  return {GiveUpReason::CircuitOpen,
          Failure{.kind = FailureKind::Unavailable,
                  .hint = RetryHint{std::max(next - now, Duration(1)), DelaySource::Circuit},
                  .code = "ERR_CIRCUIT_OPEN",
                  .message = "the service has failed too often of late, and is left alone for a while"}};
}

/// Whether a failure speaks of a service in trouble. One that limits is well.
bool is_trouble(FailureKind kind) {
  return kind != FailureKind::RateLimited && retryability_of(kind) == Retryability::Retryable;
}

auto breaker_type() {
  return object<BreakerConfig>([](auto& io, BreakerConfig& breaker) {
    io.optional("enabled", breaker.enabled, Boolean{},
                "Whether an operation that fails too often is left alone for a while.");
    io.optional("failure_ratio", breaker.failure_ratio, Decimal{.low_millionths = 1},
                "The share of calls that has to have failed.");
    io.optional("window", breaker.window, kPositiveDuration, "Of the calls of the last so much time.");
    io.optional("minimum_calls", breaker.minimum_calls, Integer{1, 1'000'000}, "Of at least so many calls.");
    io.optional("open_for", breaker.open_for, kPositiveDuration,
                "For how long no call is made; twice as long each time that the probes fail.");
    io.optional("longest_open", breaker.longest_open, kPositiveDuration, "But no longer than this.");
    io.optional("probes", breaker.probes, Integer{1, 100}, "How many calls have to go well before all are made again.");
    io.optional("probe_timeout", breaker.probe_timeout, kPositiveDuration,
                "A probe that has not ended after this time is not waited for.");
    io.warn_unless(breaker.open_for <= breaker.longest_open, "open_for",
                   "open_for is above longest_open, which counts");
  });
}

}  // namespace

void Breakers::Operation::describe_state(std::string& out, SteadyTime now) const {
  circuit.describe_state(out, now);
  append_state(out, waiting.size());
}

Breakers::Operation& Breakers::operation(const Attempt& attempt) {
  return operations_.of(attempt.credential, attempt.api, environment_.clock.now(), config_);
}

std::optional<LongWait> Breakers::wait_of_one_more(std::string_view credential, const Needs& needs) const {
  const SteadyTime now = environment_.clock.now();
  Duration longest{};
  operations_.for_each_of(credential, [&](std::string_view api, const Operation& operation) {
    const bool is_open = needs(api) && operation.circuit.state(now) == Circuit::State::Open;
    if (is_open) longest = std::max(longest, operation.circuit.next(now) - now);
  });
  if (longest == Duration::zero()) return std::nullopt;
  return LongWait{longest, AgentOutcome::ServiceError};
}

void Breakers::tell(KnownToGuards& known) const {
  const SteadyTime now = environment_.clock.now();
  operations_.for_each([&](std::string_view credential, std::string_view api, const Operation& operation) {
    known.circuits.push_back({.credential = credential, .api = api, .state = operation.circuit.state(now)});
  });
}

void Breakers::report(EventKind kind, const Attempt& attempt, std::optional<Duration> delay) const {
  Event event;
  event.kind = kind;
  event.api = attempt.api;
  event.credential = attempt.credential;
  event.delay = delay;
  environment_.emit(event);
}

Admission Breakers::admit(const Attempt& attempt, Waiter& waiter) {
  const SteadyTime now = environment_.clock.now();
  auto& [circuit, waiting] = operation(attempt);
  const bool has_mark = waiter.ticket != 0 && waiter.ticket != kWaits;
  if (has_mark) {
    if (circuit.still_passes(waiter.ticket, now)) return Admit{};
    circuit.ended(waiter.ticket, now, std::nullopt);
  }
  const auto mark = circuit.pass(now);
  const SteadyTime next = circuit.next(now);
  const bool is_open = circuit.state(now) == Circuit::State::Open;
  const bool waits = !mark && !is_open;
  if (waiter.ticket == kWaits && !waits) std::erase(waiting, &waiter);
  if (waiter.ticket != kWaits && waits) waiting.push_back(&waiter);
  waiter.ticket = mark ? *mark : waits ? kWaits : 0;
  if (mark) return Admit{};
  if (is_open) return refused_until(next, now);
  return Delay{.delay = next - now, .may_be_woken = true};
}

std::optional<Refuse> Breakers::would_refuse(const Attempt& attempt, SteadyTime then) const {
  const Operation* known = operations_.find(attempt.credential, attempt.api);
  if (known == nullptr || known->circuit.state(then) != Circuit::State::Open) return std::nullopt;
  return refused_until(known->circuit.next(then), environment_.clock.now());
}

void Breakers::ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) {
  if (waiter.ticket == 0) return;
  const SteadyTime now = environment_.clock.now();
  auto& [circuit, waiting] = operation(attempt);
  if (waiter.ticket == kWaits) {
    std::erase(waiting, &waiter);
    return;
  }
  const bool is_hint_believed = failure != nullptr && failure->hint && failure->hint->delay <= ceiling_;
  const auto before = circuit.state(now);
  circuit.ended(waiter.ticket, now, is_well(attempt, end, failure),
                is_hint_believed ? failure->hint->delay : Duration::zero());
  const auto after = circuit.state(now);
  if (before != after && after == Circuit::State::Open) {
    report(EventKind::CircuitOpened, attempt, circuit.next(now) - now);
  } else if (before != after && after == Circuit::State::Closed) {
    report(EventKind::CircuitClosed, attempt, std::nullopt);
  }
  for (const Waiter* each : waiting) each->wake();
}

std::optional<bool> Breakers::is_well(const Attempt& attempt, AttemptEnd end, const Failure* failure) const {
  if (end == AttemptEnd::Succeeded) return true;
  if (end != AttemptEnd::Failed || failure == nullptr) return std::nullopt;
  // The job had no time left: how long the service would have taken nobody knows.
  const bool is_cut_off = failure->kind == FailureKind::Timeout && environment_.clock.now() >= attempt.deadline;
  if (is_cut_off) return std::nullopt;
  if (is_trouble(failure->kind)) return false;
  // Without an answer, as of a request that cannot be signed, the service has not been asked.
  return failure->status ? std::optional(true) : std::nullopt;
}

const SettingsType<BreakerConfig>& breaker_settings() {
  static const SettingsTypeOf kType(breaker_type());
  return kType;
}

std::unique_ptr<SharedGuard> guards::make_breakers(const RetryEnvironment& environment, const Config& config) {
  if (!config.breaker.enabled) return nullptr;
  return std::make_unique<Breakers>(environment, config.breaker, config.retry_after_ceiling);
}

}  // namespace core
