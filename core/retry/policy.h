// How much to retry (RetryPolicy) and how long to wait (BackoffPolicy): values, filled from the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time/time.h"

namespace core {

/// A non-negative decimal as a fraction of a million: 1.5 is 1'500'000. Read once, by rounding; never a double after.
struct Ratio {
  std::uint32_t millionths = 0;
  bool operator==(const Ratio&) const = default;
};

enum class JitterKind : std::uint8_t {
  None,
  Spread,        ///< Around the delay, within the policy's own range. The project's default.
  Full,          ///< AWS: U(0, v).
  Equal,         ///< AWS: v/2 + U(0, v/2).
  Decorrelated,  ///< AWS: min(max_delay, U(initial_delay, 3 * previous delay)).
};

struct Jitter {
  JitterKind kind = JitterKind::Spread;
  Ratio ratio{250'000};  ///< r of Spread, and of the jitter on a hint for every kind but None (which adds nothing).
  bool operator==(const Jitter&) const = default;
};

struct CustomStrategy;

enum class StrategyKind : std::uint8_t {
  Exponential,  ///< initial_delay * multiplier^(n-1) before the n-th retry. The project's default.
  Constant,     ///< initial_delay.
  Linear,       ///< initial_delay + increment * (n-1).
  Delays,       ///< The n-th of a list; the last one repeats.
  Custom,       ///< What a program has registered. See core/retry/strategy.h.
};

/// How waits follow one another, before jitter. No strategy waits longer than max_delay.
struct Strategy {
  StrategyKind kind = StrategyKind::Exponential;
  std::vector<Duration> delays = {};       ///< Of Delays: at least one.
  const CustomStrategy* custom = nullptr;  ///< Of Custom: not null.
  bool operator==(const Strategy&) const = default;
};

struct BackoffPolicy {
  Duration initial_delay{};
  Duration max_delay{};
  Ratio multiplier{2'000'000};  ///< Of Exponential.
  Jitter jitter;                ///< Decorrelated goes with Exponential alone.
  Strategy strategy = {};
  std::optional<Duration> increment = std::nullopt;  ///< Of Linear; absent: initial_delay.

  /// Whether a wait depends on chance.
  bool draws() const { return jitter.kind != JitterKind::None || strategy.kind == StrategyKind::Custom; }
  bool operator==(const BackoffPolicy&) const = default;
};

/// `retry_after_ceiling`: a server that asks for a longer wait than this fails the job at once.
inline constexpr Duration kRetryAfterCeiling = std::chrono::hours(168);

struct RetryPolicy {
  std::optional<std::uint32_t> attempts;  ///< Absent: as many as it takes (the core's own Redis connection).
  BackoffPolicy backoff;
  std::optional<Duration> retry_after_max;  ///< Absent: backoff.max_delay.

  Duration longest_hint() const { return retry_after_max.value_or(backoff.max_delay); }
  bool operator==(const RetryPolicy&) const = default;
};

}  // namespace core
