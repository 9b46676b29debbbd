#include "core/limits/limits.h"

#include <algorithm>
#include <iterator>

#include "core/config/guard_settings.h"
#include "core/guards/all_guards.h"
#include "core/state.h"

namespace core {

namespace {

using namespace input;

/// A shorter wait for its turn is nothing to tell of.
constexpr Duration kShortTurn = std::chrono::seconds(1);
constexpr std::size_t kMostCredentials = 1024;
/// Refusals of one moment name nearly the same time.
constexpr Duration kSame = std::chrono::milliseconds(100);

/// As limited_installation() and limited_search() write them.
bool is_installation(std::string_view credential) {
  const std::string_view prefix = credential.starts_with(kCodeSearch) ? kCodeSearch : kInstallation;
  if (!credential.starts_with(prefix)) return false;
  credential.remove_prefix(prefix.size());
  constexpr std::size_t kLongestNumber = 20;
  return !credential.empty() && credential.size() <= kLongestNumber &&
         std::ranges::all_of(credential, [](char c) { return c >= '0' && c <= '9'; });
}

Failure limited_failure(Duration wait, DelaySource source) {
  return {.kind = FailureKind::RateLimited,
          .hint = RetryHint{std::max(wait, Duration(1)), source},
          .code = "ERR_LIMITED",
          .message = "a limit of the service holds the call back for longer than a run waits"};
}

auto limits_type() {
  return object<LimitsConfig>([](auto& io, LimitsConfig& limits) {
    io.optional("adaptive", limits.adaptive, Boolean{},
                "Whether calls wait for limits and learn what they allow; being limited is then no failure.");
    io.optional("shared", limits.shared, Boolean{},
                "Whether runners of one Redis tell one another of refusals by the same credential.");
    io.optional("max_wait", limits.max_wait, kPositiveDuration,
                "For how long a call may wait for a limit; a job whose call would have to wait longer is put off.");
  });
}

}  // namespace

std::optional<LongWait> Limits::wait_of_one_more(std::string_view credential, const Needs& needs) const {
  const auto known = credentials_.find(credential);
  if (known == credentials_.end() || credential == kLimitedModel) return std::nullopt;
  const SteadyTime now = clock_.now();
  SteadyTime turn = std::max(known->second.held_until, now);
  for (const auto& [api, operation] : known->second.operations) {
    if (needs(api)) turn = std::max(turn, operation.limiter.turn(turn, operation.waiting.size()));
  }
  if (turn - now < max_wait_) return std::nullopt;
  return LongWait{turn - now, AgentOutcome::RateLimited};
}

Limits::Credential& Limits::credential(std::string_view name) {
  const auto known = credentials_.find(name);
  if (known != credentials_.end()) return known->second;
  if (credentials_.size() >= kMostCredentials) make_room();
  return credentials_.try_emplace(std::string(name)).first->second;
}

Limits::Operation& Limits::operation_of(Credential& credential, std::string_view api) {
  const auto known = credential.operations.find(api);
  if (known != credential.operations.end()) return known->second;
  return credential.operations.try_emplace(std::string(api)).first->second;
}

void Limits::tell_others(std::string_view name, Credential& credential) {
  if (!on_hold_ || credential.held_until <= saturating_add(credential.known_until, kSame)) return;
  credential.known_until = credential.held_until;
  on_hold_({std::string(name), credential.held_until - clock_.now(), credential.source});
}

void Limits::hear(const Hold& hold) {
  const bool is_ours =
      hold.credential == kLimitedModel || hold.credential == kLimitedApp || is_installation(hold.credential);
  if (!is_ours || hold.wait > ceiling_) return;
  // Those that are held make no room for others.
  if (credentials_.size() > kMostCredentials && !credentials_.contains(hold.credential)) return;
  Credential& known = credential(hold.credential);
  const SteadyTime until = saturating_add(clock_.now(), hold.wait);
  known.known_until = std::max(known.known_until, until);
  if (until <= saturating_add(known.held_until, kSame)) return;
  known.held_until = until;
  known.source = hold.source;
}

/// Those without a limit go first; of the rest those that nobody waits for.
void Limits::make_room() {
  const SteadyTime now = clock_.now();
  const auto erase_idle = [&](bool also_limited) {
    std::erase_if(credentials_, [&](const auto& entry) {
      const auto is_idle = [also_limited](const auto& each) {
        const Operation& operation = each.second;
        return operation.waiting.empty() && operation.under_way.empty() &&
               (also_limited || !operation.limiter.is_limited());
      };
      return entry.second.held_until <= now && is_installation(entry.first) &&
             std::ranges::all_of(entry.second.operations, is_idle);
    });
  };
  erase_idle(false);
  if (credentials_.size() >= kMostCredentials) erase_idle(true);
}

Admission Limits::admit(const Attempt& attempt, Waiter& waiter) {
  Credential& known = credential(attempt.credential);
  Operation& operation = operation_of(known, attempt.api);
  const SteadyTime now = clock_.now();
  if (waiter.ticket == 0) {
    waiter.ticket = ++tickets_;
    operation.waiting.emplace(place_of(attempt, waiter), &waiter);
  }
  auto place = operation.waiting.find(place_of(attempt, waiter));
  if (place == operation.waiting.end()) {
    // It was admitted, and had to wait for another guard.
    if (known.held_until <= now) return Admit{};
    const auto begun = operation.under_way.extract(waiter.ticket);
    if (begun) operation.limiter.withdrawn(begun.mapped());
    place = operation.waiting.emplace(place_of(attempt, waiter), &waiter).first;
  }
  const auto before = static_cast<std::uint64_t>(std::distance(operation.waiting.begin(), place));
  if (before > 0 || std::max(known.held_until, operation.limiter.next(now)) > now) {
    return wait(known, operation, attempt.call_since, before);
  }
  operation.waiting.erase(place);
  operation.limiter.begin(now);
  operation.under_way.emplace(waiter.ticket, now);
  if (!operation.waiting.empty()) operation.waiting.begin()->second->wake();
  return Admit{};
}

Admission Limits::wait(Credential& credential, Operation& operation, SteadyTime since, std::uint64_t before) const {
  const SteadyTime now = clock_.now();
  const SteadyTime next = std::max({now, credential.held_until, operation.limiter.next(now)});
  const SteadyTime turn = std::max(next, operation.limiter.turn(next, before));
  const DelaySource source = credential.held_until >= turn ? credential.source : DelaySource::Limit;
  // Whose turn has come nearly by the end of its patience is not sent away, to ask the model anew.
  const Duration grace = max_wait_ / 4;
  const SteadyTime patience_ends = saturating_add(since, max_wait_);
  if (turn >= saturating_add(patience_ends, grace) || now >= saturating_add(patience_ends, 2 * grace)) {
    return Refuse{GiveUpReason::Limited, limited_failure(std::max(turn - now, grace), source)};
  }
  // Who is not first is woken by the one before.
  const SteadyTime asks_again = before == 0 ? next : std::max(patience_ends, saturating_add(now, grace));
  Delay delay{.delay = asks_again - now, .may_be_woken = true};
  const bool is_limited = operation.limiter.is_limited() || credential.held_until > now;
  if (is_limited && turn - now >= kShortTurn) delay.held_back = HeldBack{FailureKind::RateLimited, source, turn - now};
  return delay;
}

void Limits::ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) {
  Credential& known = credential(attempt.credential);
  Operation& operation = operation_of(known, attempt.api);
  const SteadyTime now = clock_.now();
  operation.waiting.erase(place_of(attempt, waiter));
  const auto begun = operation.under_way.find(waiter.ticket);
  if (begun != operation.under_way.end()) {
    const SteadyTime since = begun->second;
    operation.under_way.erase(begun);
    const bool is_limited = failure != nullptr && failure->kind == FailureKind::RateLimited;
    const bool is_believed = is_limited && (!failure->hint || failure->hint->delay <= ceiling_);
    if (is_believed) {
      const std::optional<Duration> asked = failure->hint ? std::optional(failure->hint->delay) : std::nullopt;
      operation.limiter.refused(since, now, asked);
      const SteadyTime until = asked ? saturating_add(now, *asked) : operation.limiter.held_until();
      if (until > known.held_until) {
        known.held_until = until;
        known.source = failure->hint ? failure->hint->source : DelaySource::Limit;
        // What nobody was told is this worker's own guess.
        if (asked) tell_others(attempt.credential, known);
      }
    } else if (end == AttemptEnd::NotBegun) {
      operation.limiter.withdrawn(since);
    } else if (end == AttemptEnd::Succeeded || (failure != nullptr && failure->status && !is_limited)) {
      operation.limiter.passed(since);
    } else {
      operation.limiter.abandoned(since);
    }
  }
  if (!operation.waiting.empty()) operation.waiting.begin()->second->wake();
}

void Limits::tell(KnownToGuards& known) const {
  const SteadyTime now = clock_.now();
  for (const auto& [name, credential] : credentials_) {
    const Duration held = std::max(credential.held_until, now) - now;
    // Another runner has told of it, and nothing was called yet.
    if (credential.operations.empty()) known.limits.push_back({.credential = name, .api = {}, .held = held});
    for (const auto& [api, operation] : credential.operations) {
      known.limits.push_back({.credential = name,
                              .api = api,
                              .held = held,
                              .calls = operation.limiter.calls(),
                              .window = operation.limiter.length(),
                              .waiting = operation.waiting.size()});
    }
  }
}

void Limits::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, credentials_.size());
  for (const auto& [name, credential] : credentials_) {
    append_state(out, name);
    append_state(out, std::max(credential.held_until, now), now);
    append_state(out, name_of(credential.source));
    append_state(out, on_hold_ ? std::max(credential.known_until, now) - now : Duration::zero());
    append_state(out, credential.operations.size());
    for (const auto& [api, operation] : credential.operations) {
      append_state(out, api);
      operation.limiter.describe_state(out, now);
      append_state(out, operation.waiting.size());
      for (const auto& [place, waiter] : operation.waiting) {
        append_state(out, std::get<0>(place));
        append_state(out, now - std::get<1>(place));
      }
      append_state(out, operation.under_way.size());
      for (const auto& [ticket, begun] : operation.under_way) append_state(out, now - begun);
    }
  }
}

const SettingsType<LimitsConfig>& limits_settings() {
  static const SettingsTypeOf kType(limits_type());
  return kType;
}

std::unique_ptr<SharedGuard> guards::make_limits(const RetryEnvironment& environment, const Config& config) {
  if (!config.limits.adaptive) return nullptr;
  return std::make_unique<Limits>(environment.clock, config.limits.max_wait, config.retry_after_ceiling);
}

}  // namespace core
