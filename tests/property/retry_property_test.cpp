#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/retry/classify.h"
#include "core/retry/decide.h"
#include "core/retry/strategy.h"
#include "core/time/text.h"
#include "sim/invariants/bounds.h"

namespace core {
namespace {
using namespace std::chrono_literals;
__extension__ using Wide = unsigned __int128;

/// Any positive duration: of everyday size, tiny, or next to the largest there is.
rc::Gen<Duration> any_delay() {
  return rc::gen::map(
      rc::gen::oneOf(rc::gen::inRange<std::int64_t>(1, 100), rc::gen::inRange<std::int64_t>(1'000'000, 120'000'000'000),
                     rc::gen::inRange<std::int64_t>(1, INT64_MAX),
                     rc::gen::inRange<std::int64_t>(INT64_MAX - 100, INT64_MAX)),
      [](std::int64_t nanoseconds) { return Duration(nanoseconds); });
}

rc::Gen<std::uint32_t> any_ordinal() {
  return rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(1, 8), rc::gen::inRange<std::uint32_t>(1, 2000),
                        rc::gen::just(UINT32_MAX));
}

/// Plans what no other strategy does: up to half of the first delay more than it, drawn anew for each retry.
constexpr auto draw_up_to_half = [](const RetryStep& step, const Random& random) {
  return step.initial_delay + random.between(Duration::zero(), (Duration::max() - step.initial_delay) / 2);
};
const CustomStrategy kDrawn{.name = "drawn", .delay = draw_up_to_half, .range = [](const RetryStep& step) {
                              return DelayRange{step.initial_delay, Duration::max()};
                            }};

/// Gives a policy any strategy; decorrelated jitter, which goes with the exponential one alone, makes room for another.
BackoffPolicy with_strategy(BackoffPolicy policy, StrategyKind kind, std::optional<Duration> increment,
                            std::vector<Duration> delays, bool is_drawn) {
  policy.strategy.kind = kind;
  policy.increment = increment;
  if (kind == StrategyKind::Delays) policy.strategy.delays = std::move(delays);
  if (kind == StrategyKind::Custom) policy.strategy.custom = is_drawn ? &kDrawn : &kFibonacci;
  if (kind != StrategyKind::Exponential && policy.jitter.kind == JitterKind::Decorrelated)
    policy.jitter.kind = JitterKind::Full;
  return policy;
}

rc::Gen<BackoffPolicy> any_exponential() {
  return rc::gen::apply(
      [](Duration initial, Duration most, std::uint32_t multiplier, JitterKind kind, std::uint32_t ratio) {
        return BackoffPolicy{
            .initial_delay = initial, .max_delay = most, .multiplier = {multiplier}, .jitter = {kind, {ratio}}};
      },
      any_delay(), any_delay(),
      rc::gen::oneOf(rc::gen::just(2'000'000U), rc::gen::inRange(1'000'000U, 5'000'000U),
                     rc::gen::inRange(1'000'000U, UINT32_MAX)),
      rc::gen::element(JitterKind::None, JitterKind::Spread, JitterKind::Full, JitterKind::Equal,
                       JitterKind::Decorrelated),
      rc::gen::oneOf(rc::gen::just(250'000U), rc::gen::inRange(0U, UINT32_MAX)));
}

rc::Gen<BackoffPolicy> any_policy() {
  const auto any_increment =
      rc::gen::oneOf(rc::gen::just(std::optional<Duration>()),
                     rc::gen::map(any_delay(), [](Duration delay) { return std::optional(delay); }));
  const auto any_delays = rc::gen::map(
      rc::gen::pair(any_delay(), rc::gen::container<std::vector<Duration>>(any_delay())), [](const auto& delays) {
        std::vector<Duration> all = delays.second;
        all.push_back(delays.first);
        return all;
      });
  return rc::gen::apply(with_strategy, any_exponential(),
                        rc::gen::element(StrategyKind::Exponential, StrategyKind::Exponential, StrategyKind::Constant,
                                         StrategyKind::Linear, StrategyKind::Delays, StrategyKind::Custom),
                        any_increment, any_delays, rc::gen::arbitrary<bool>());
}

rc::Gen<Random> any_random() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t seed) { return Random(seed); });
}

/// The delay without jitter, by the plain policy.
Duration without_jitter(std::uint32_t ordinal, BackoffPolicy policy) {
  policy.jitter.kind = JitterKind::None;
  return backoff_delay(ordinal, Duration::zero(), policy, Random(0));
}

Duration times(Duration delay, std::uint64_t millionths) {
  const Wide product = static_cast<Wide>(delay.count()) * millionths / 1'000'000;
  return Duration(static_cast<std::int64_t>(std::min<Wide>(product, static_cast<Wide>(Duration::max().count()))));
}

RC_GTEST_PROP(Backoff, grows_by_its_multiplier_up_to_the_cap, ()) {
  const BackoffPolicy policy = *any_exponential();
  const auto ordinal = *any_ordinal();
  const Duration delay = without_jitter(ordinal, policy);
  RC_ASSERT(delay >= std::min(policy.initial_delay, policy.max_delay));
  RC_ASSERT(delay <= policy.max_delay);
  if (ordinal == 1) RC_ASSERT(delay == std::min(policy.initial_delay, policy.max_delay));
  if (ordinal < UINT32_MAX) {
    RC_ASSERT(without_jitter(ordinal + 1, policy) ==
              std::min(policy.max_delay, times(delay, policy.multiplier.millionths)));
  }
}

RC_GTEST_PROP(Backoff, is_what_each_other_strategy_says, ()) {
  BackoffPolicy policy = *any_policy();
  policy.jitter.kind = JitterKind::None;
  const auto ordinal = *any_ordinal();
  const Wide n = ordinal;
  const Wide initial = static_cast<Wide>(policy.initial_delay.count());
  Wide expected = 0;
  switch (policy.strategy.kind) {
    case StrategyKind::Exponential:
      return;
    case StrategyKind::Constant:
      expected = initial;
      break;
    case StrategyKind::Linear:
      expected = initial + static_cast<Wide>(policy.increment.value_or(policy.initial_delay).count()) * (n - 1);
      break;
    case StrategyKind::Delays: {
      const std::vector<Duration>& delays = policy.strategy.delays;
      expected = static_cast<Wide>((n > delays.size() ? delays.back() : delays[ordinal - 1]).count());
      break;
    }
    case StrategyKind::Custom: {
      if (policy.strategy.custom != &kFibonacci) return;
      Wide sum = 1;
      Wide before = 0;
      for (std::uint32_t i = 1; i < std::min(ordinal, 95U); ++i) before = std::exchange(sum, sum + before);
      expected = initial * sum;
      break;
    }
  }
  const Duration cut(static_cast<std::int64_t>(std::min(expected, static_cast<Wide>(policy.max_delay.count()))));
  RC_ASSERT(backoff_delay(ordinal, Duration::zero(), policy, Random(0)) == cut);
}

/// The invariant's own arithmetic, in 128 bits and without the core's functions, holds whatever the core plans.
RC_GTEST_PROP(Backoff, is_within_the_bounds_that_the_invariant_computes, ()) {
  const BackoffPolicy policy = *any_policy();
  const auto ordinal = *rc::gen::inRange<std::uint32_t>(1, 200);
  const Duration previous = *rc::gen::oneOf(rc::gen::just(Duration::zero()), any_delay());
  const sim::Bounds bounds = sim::backoff_bounds(policy, ordinal, previous);
  RC_ASSERT(bounds.contain(backoff_delay(ordinal, previous, policy, *any_random())));
  RC_ASSERT(bounds.high <= policy.max_delay);
}

/// Against the formula itself, where it can be computed exactly: the summary's policies double whole seconds.
RC_GTEST_PROP(Backoff, doubles_exactly_as_the_formula_says, ()) {
  const Duration initial = std::chrono::milliseconds(*rc::gen::inRange(1, 10'000));
  const Duration most = std::chrono::milliseconds(*rc::gen::inRange(1, 100'000));
  const auto ordinal = *rc::gen::inRange<std::uint32_t>(1, 40);
  const Wide value = static_cast<Wide>(initial.count()) << (ordinal - 1);
  const auto expected = static_cast<std::int64_t>(std::min<Wide>(value, static_cast<Wide>(most.count())));
  const BackoffPolicy policy{.initial_delay = initial, .max_delay = most, .jitter = {.kind = JitterKind::None}};
  RC_ASSERT(backoff_delay(ordinal, {}, policy, Random(0)) == Duration(expected));
}

/// No spread wait is shorter than the shortest that its strategy knows.
Duration shortest_of(const BackoffPolicy& policy) {
  const std::vector<Duration>& delays = policy.strategy.delays;
  const Duration least = policy.strategy.kind == StrategyKind::Delays ? *std::min_element(delays.begin(), delays.end())
                                                                      : policy.initial_delay;
  return std::min(least, policy.max_delay);
}

RC_GTEST_PROP(Backoff, keeps_every_kind_of_jitter_within_its_bounds, ()) {
  const BackoffPolicy policy = *any_policy();
  const auto ordinal = *any_ordinal();
  const Random random = *any_random();
  const Duration previous = *rc::gen::oneOf(rc::gen::just(Duration::zero()), any_delay());
  BackoffPolicy unjittered = policy;
  unjittered.jitter.kind = JitterKind::None;
  const Duration plain = backoff_delay(ordinal, previous, unjittered, random);
  const Duration delay = backoff_delay(ordinal, previous, policy, random);
  RC_ASSERT(delay >= Duration::zero());
  RC_ASSERT(delay <= policy.max_delay);
  switch (policy.jitter.kind) {
    case JitterKind::None:
      RC_ASSERT(delay == plain);
      break;
    case JitterKind::Spread: {
      const std::uint64_t widened = 1'000'000ULL + policy.jitter.ratio.millionths;
      const Duration upper = std::min(policy.max_delay, times(plain, widened));
      RC_ASSERT(delay <= upper);
      RC_ASSERT(delay >= std::min(plain, shortest_of(policy)));
      // delay * (1 + r) >= upper, without rounding.
      RC_ASSERT(static_cast<Wide>(delay.count()) * widened >= static_cast<Wide>(upper.count()) * 1'000'000);
      break;
    }
    case JitterKind::Full:
      RC_ASSERT(delay <= plain);
      break;
    case JitterKind::Equal:
      RC_ASSERT(delay >= plain / 2);
      RC_ASSERT(delay <= plain);
      break;
    case JitterKind::Decorrelated:
      RC_ASSERT(delay >= std::min(policy.initial_delay, policy.max_delay));
      RC_ASSERT(delay <= times(std::max(previous, policy.initial_delay), 3'000'000));
      break;
  }
}

/// The range must not close where the delay has reached the cap: a crowd that waits there would come back as one.
RC_GTEST_PROP(Backoff, still_spreads_at_the_cap, ()) {
  const BackoffPolicy policy{.initial_delay = 1s, .max_delay = 60s};
  const Random random = *any_random();
  const auto ordinal = *rc::gen::inRange<std::uint32_t>(7, 1000);
  const Duration delay = backoff_delay(ordinal, {}, policy, random);
  RC_ASSERT(delay >= 48s);
  RC_ASSERT(delay <= 60s);
  RC_ASSERT(delay != backoff_delay(ordinal, {}, policy, random.fork("another")));
}

RC_GTEST_PROP(Hint, is_never_undercut_and_stays_within_its_jitter, ()) {
  const Duration hint = *any_delay();
  const BackoffPolicy policy = *any_policy();
  const Duration delay = hinted_delay(hint, *any_ordinal(), policy.jitter, *any_random());
  RC_ASSERT(delay >= hint);
  switch (policy.jitter.kind) {
    case JitterKind::None:
      RC_ASSERT(delay == hint);
      break;
    case JitterKind::Spread:
      RC_ASSERT(delay <= times(hint, 1'000'000ULL + policy.jitter.ratio.millionths));
      break;
    default:
      RC_ASSERT(delay <= times(hint, 1'250'000));
      break;
  }
}

RC_GTEST_PROP(Decide, gives_up_exactly_as_documented, ()) {
  RetryPolicy policy{.attempts = *rc::gen::oneOf(rc::gen::just(std::optional<std::uint32_t>()),
                                                 rc::gen::map(rc::gen::inRange<std::uint32_t>(1, 7),
                                                              [](std::uint32_t n) { return std::optional(n); })),
                     .backoff = *any_policy()};
  if (*rc::gen::arbitrary<bool>()) policy.retry_after_max = *any_delay();
  Failure failure;
  failure.retryability =
      *rc::gen::weightedElement<Retryability>({{4, Retryability::Retryable}, {1, Retryability::Final}});
  if (*rc::gen::arbitrary<bool>()) {
    failure.hint = RetryHint{*any_delay(), *rc::gen::element(DelaySource::RetryAfter, DelaySource::RateLimitReset)};
  }
  const RetryState state{*rc::gen::inRange<std::uint32_t>(1, 9), *any_delay()};
  const Random random = *any_random();
  const Decision decision = decide(failure, state, policy, random);

  std::optional<GiveUpReason> expected;
  if (failure.retryability == Retryability::Final) {
    expected = GiveUpReason::NotRetryable;
  } else if (failure.hint && failure.hint->delay > std::chrono::hours(168)) {
    expected = GiveUpReason::RetryAfterTooLong;
  } else if (policy.attempts && state.attempt >= *policy.attempts) {
    expected = GiveUpReason::Exhausted;
  } else if (failure.hint && (failure.hint->delay == Duration::max() ||
                              failure.hint->delay > policy.retry_after_max.value_or(policy.backoff.max_delay))) {
    expected = GiveUpReason::RetryAfterTooLong;
  }
  const auto* give_up = std::get_if<GiveUp>(&decision);
  RC_ASSERT((give_up != nullptr) == expected.has_value());
  if (give_up != nullptr) {
    RC_ASSERT(give_up->reason == *expected);
    return;
  }
  const RetryAfter wait = std::get<RetryAfter>(decision);
  if (failure.hint) {
    RC_ASSERT(wait.source == failure.hint->source);
    RC_ASSERT(wait.delay >= failure.hint->delay);
  } else {
    RC_ASSERT(wait.source == DelaySource::Backoff);
    RC_ASSERT(wait.delay <= policy.backoff.max_delay);
  }
}

std::optional<RetryHint> hint_of(std::string value) {
  return retry_hint({429, {{"retry-after", std::move(value)}}, {}}, {});
}

RC_GTEST_PROP(Hint, is_read_exactly_from_any_decimal, ()) {
  const Duration delay = *any_delay();
  const std::string text = fmt::format("{}.{:09}", delay.count() / 1'000'000'000, delay.count() % 1'000'000'000);
  RC_ASSERT(hint_of(text) == RetryHint{delay});
  RC_ASSERT(hint_of(text + "000") == RetryHint{delay});
  RC_ASSERT(hint_of("000" + text) == RetryHint{delay});
}

RC_GTEST_PROP(Hint, is_positive_or_none_whatever_the_headers_hold, ()) {
  const auto text =
      rc::gen::oneOf(rc::gen::string<std::string>(),
                     rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789.-+einfa, :GMTJ"))),
                     rc::gen::map(rc::gen::arbitrary<std::int64_t>(),
                                  [](std::int64_t t) { return format_http_date(WallTime(Duration(t))); }));
  HttpHeaders headers;
  for (const char* name : {"retry-after", "retry-after-ms", "date", "x-ratelimit-remaining", "x-ratelimit-reset",
                           "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"}) {
    if (*rc::gen::arbitrary<bool>()) headers.push_back({name, *text});
  }
  const ClassifyContext context{.service = *rc::gen::element(Service::Llm, Service::GitHub),
                                .now = WallTime(Duration(*rc::gen::arbitrary<std::int64_t>()))};
  const HttpResponse response{*rc::gen::element(403, 429, 503), headers, {}};
  const auto hint = retry_hint(response, context);
  if (hint) RC_ASSERT(hint->delay > Duration::zero());
  if (hint) RC_ASSERT(hint->source != DelaySource::Backoff);
  const auto failure = classify(response, context);
  RC_ASSERT(failure.has_value());
  RC_ASSERT(failure->retryable() || !failure->hint);
}

RC_GTEST_PROP(Classify, makes_a_failure_of_every_status_but_2xx, ()) {
  const int status = *rc::gen::oneOf(rc::gen::inRange(100, 600), rc::gen::inRange(299, 310), rc::gen::arbitrary<int>());
  const auto failure = classify({.status = status}, {.service = Service::GitHub});
  const bool is_success = status >= 200 && status <= 299;
  RC_ASSERT(failure.has_value() != is_success);
  if (!failure) return;
  const bool refused = status >= 400 && status <= 499;
  const bool redirected = status >= 300 && status <= 399 && status != 304;
  const bool moved = redirected && status >= 301 && status <= 308 && status != 303;
  RC_ASSERT((failure->effect == Effect::None) == (refused || moved));
  const bool is_retried_4xx = status == 408 || status == 425 || status == 429;
  RC_ASSERT(failure->retryable() == (is_retried_4xx || !(refused || redirected)));
}

}  // namespace
}  // namespace core
