// lint-allow-file(random-source): only where it is asked for, to show that nothing depends on it
#include "core/text/text_hash.h"

#ifdef REHEARSE_RANDOM_HASHES
#include <random>
#endif

namespace core {

#ifdef REHEARSE_RANDOM_HASHES
std::uint64_t hash_seed() {
  static const std::uint64_t seed = std::random_device()();
  return seed;
}
#else
std::uint64_t hash_seed() {
  return 0;
}
#endif

}  // namespace core
