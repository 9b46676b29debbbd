#include <algorithm>

#include "core/time/wide.h"

#include "fakes/faults/normal_variate.h"
#include "fakes/faults/rule_set.h"

namespace fakes {

namespace {

using core::UnsignedWide;
using core::Wide;

constexpr int kFractionBits = 60;
constexpr std::uint64_t kOne = std::uint64_t{1} << kFractionBits;
constexpr std::uint64_t kLn2 = 799'144'290'325'165'979;        // ln(2) * 2^60
constexpr std::uint64_t kLog2OfE = 1'663'314'137'230'540'311;  // log2(e) * 2^60

/// 2^fraction * 2^60 for a fraction in [0, 1), itself times 2^60: the Taylor series of e^(fraction * ln 2) in Horner's
/// form. What 20 terms leave out is below 2^-70; the roundings add up to less than 2^-55 of the result.
std::uint64_t exp2_of_fraction(std::uint64_t fraction) {
  const auto x = static_cast<std::uint64_t>((UnsignedWide{fraction} * kLn2) >> kFractionBits);
  std::uint64_t result = kOne;
  for (std::uint64_t k = 20; k >= 1; --k) {
    result = kOne + static_cast<std::uint64_t>((UnsignedWide{x} * result) >> kFractionBits) / k;
  }
  return result;
}

core::Duration draw_log_normal(const LogNormalLatency& latency, const core::Random& random) {
  const core::Duration most = latency.max.value_or(core::Duration::max());
  if (latency.median <= core::Duration::zero()) return std::min(core::Duration::zero(), most);
  // log2 of the factor e^(sigma * z), times 2^60. The product of z and sigma has at most 67 bits and is cut to fit.
  const Wide exponent = Wide{normal_variate(random)} * latency.sigma_millionths * (1 << 12) / 1'000'000;
  const Wide log2_of_factor = exponent * static_cast<std::int64_t>(kLog2OfE) / (Wide{1} << 44);
  const auto whole = static_cast<std::int64_t>(log2_of_factor >> kFractionBits);
  const auto fraction = static_cast<std::uint64_t>(log2_of_factor) & (kOne - 1);
  const UnsignedWide scaled =
      UnsignedWide(static_cast<std::uint64_t>(latency.median.count())) * exp2_of_fraction(fraction);
  const std::int64_t shift = kFractionBits - whole;
  if (shift <= 0) return most;  // At least 2^60 ns, which is 36 years.
  if (shift > 126) return core::Duration::zero();
  const UnsignedWide drawn = (scaled + (UnsignedWide{1} << (shift - 1))) >> shift;
  if (drawn >= static_cast<std::uint64_t>(most.count())) return most;
  return core::Duration(static_cast<core::Duration::rep>(drawn));
}

}  // namespace

core::Duration draw_latency(const Latency& latency, const core::Random& random) {
  if (const auto* fixed = std::get_if<core::Duration>(&latency)) return *fixed;
  if (const auto* uniform = std::get_if<UniformLatency>(&latency)) return random.between(uniform->low, uniform->high);
  return draw_log_normal(std::get<LogNormalLatency>(latency), random);
}

}  // namespace fakes
