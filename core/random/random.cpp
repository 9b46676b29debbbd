#include "core/random/random.h"

#include "core/check.h"

namespace core {

std::uint64_t Random::between(std::uint64_t low, std::uint64_t high, std::uint64_t ordinal) const {
  check(low <= high, "a number is drawn between ends that are in their order");
  const std::uint64_t range = high - low + 1;
  if (range == 0) return bits(ordinal);  // All 64 bits.
  // Values past the last whole multiple of the range are drawn again, on a branch of their own, so that the draw at the
  // next ordinal stays what it is.
  const std::uint64_t limit = UINT64_MAX - (UINT64_MAX % range + 1) % range;
  std::uint64_t value = bits(ordinal);
  for (std::uint64_t again = 1; value > limit; ++again) value = fork(ordinal).bits(again);
  return low + value % range;
}

Duration Random::between(Duration low, Duration high, std::uint64_t ordinal) const {
  check(low <= high, "a duration is drawn between ends that are in their order");
  // The subtraction is done on unsigned numbers: [Duration::min(), Duration::max()] is a range as well.
  const auto first = static_cast<std::uint64_t>(low.count());
  const auto width = static_cast<std::uint64_t>(high.count()) - first;
  return Duration(static_cast<Duration::rep>(first + between(0, width, ordinal)));
}

}  // namespace core
