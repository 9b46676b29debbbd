#include "core/breaker/breakers.h"

#include <algorithm>

#include "core/retry/classify.h"

namespace core {

namespace {

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

}  // namespace

void Breakers::Operation::describe_state(std::string& out, SteadyTime now) const {
  circuit.describe_state(out, now);
  append_state(out, waiting.size());
}

Breakers::Operation& Breakers::operation(std::string_view credential, std::string_view api) {
  return operations_.of(credential, api, environment_.clock.now(), config_);
}

Duration Breakers::open_for(std::string_view credential, const std::function<bool(std::string_view api)>& needs) const {
  const SteadyTime now = environment_.clock.now();
  Duration longest{};
  operations_.for_each_of(credential, [&](std::string_view api, const Operation& operation) {
    const bool is_open = needs(api) && operation.circuit.state(now) == Circuit::State::Open;
    if (is_open) longest = std::max(longest, operation.circuit.next(now) - now);
  });
  return longest;
}

std::vector<KnownCircuit> Breakers::known() const {
  std::vector<KnownCircuit> known;
  const SteadyTime now = environment_.clock.now();
  operations_.for_each([&](std::string_view credential, std::string_view api, const Operation& operation) {
    known.push_back({.credential = credential, .api = api, .state = operation.circuit.state(now)});
  });
  return known;
}

void Breakers::report(EventKind kind, std::string_view credential, const Attempt& attempt,
                      std::optional<Duration> delay) const {
  Event event;
  event.kind = kind;
  event.api = attempt.api;
  event.credential = credential;
  event.delay = delay;
  environment_.emit(event);
}

Admission BreakerGuard::admit(const Attempt& attempt, Waiter& waiter) {
  if (breakers_ == nullptr) return Admit{};
  const SteadyTime now = breakers_->environment_.clock.now();
  auto& [circuit, waiting] = breakers_->operation(credential_, attempt.api);
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

std::optional<Refuse> BreakerGuard::would_refuse(const Attempt& attempt, SteadyTime then) const {
  if (breakers_ == nullptr) return std::nullopt;
  const Circuit& circuit = breakers_->operation(credential_, attempt.api).circuit;
  if (circuit.state(then) != Circuit::State::Open) return std::nullopt;
  return refused_until(circuit.next(then), breakers_->environment_.clock.now());
}

void BreakerGuard::ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) {
  if (breakers_ == nullptr || waiter.ticket == 0) return;
  const SteadyTime now = breakers_->environment_.clock.now();
  auto& [circuit, waiting] = breakers_->operation(credential_, attempt.api);
  if (waiter.ticket == kWaits) {
    std::erase(waiting, &waiter);
    return;
  }
  const bool is_hint_believed = failure != nullptr && failure->hint && failure->hint->delay <= breakers_->ceiling_;
  const auto before = circuit.state(now);
  circuit.ended(waiter.ticket, now, is_well(attempt, end, failure),
                is_hint_believed ? failure->hint->delay : Duration::zero());
  const auto after = circuit.state(now);
  if (before != after && after == Circuit::State::Open) {
    breakers_->report(EventKind::CircuitOpened, credential_, attempt, circuit.next(now) - now);
  } else if (before != after && after == Circuit::State::Closed) {
    breakers_->report(EventKind::CircuitClosed, credential_, attempt, std::nullopt);
  }
  for (const Waiter* each : waiting) each->wake();
}

std::optional<bool> BreakerGuard::is_well(const Attempt& attempt, AttemptEnd end, const Failure* failure) const {
  if (end == AttemptEnd::Succeeded) return true;
  if (end != AttemptEnd::Failed || failure == nullptr) return std::nullopt;
  // The job had no time left: how long the service would have taken nobody knows.
  const bool is_cut_off =
      failure->kind == FailureKind::Timeout && breakers_->environment_.clock.now() >= attempt.deadline;
  if (is_cut_off) return std::nullopt;
  if (is_trouble(failure->kind)) return false;
  // Without an answer, as of a request that cannot be signed, the service has not been asked.
  return failure->status ? std::optional(true) : std::nullopt;
}

}  // namespace core
