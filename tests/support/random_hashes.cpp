// In place of core/text/text_hash.cpp in a build with REHEARSE_RANDOM_HASHES: every process hashes in another way, to
// show that nothing depends on it.
// lint-allow-file(random-source): chance that no run can be repeated with is what is wanted here
#include <random>

#include "core/text/text_hash.h"

namespace core {

std::uint64_t hash_seed() {
  static const std::uint64_t seed = std::random_device()();
  return seed;
}

}  // namespace core
