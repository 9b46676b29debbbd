#include "core/text/text_hash.h"

namespace core {

std::uint64_t hash_seed() {
  return 0;
}

}  // namespace core
