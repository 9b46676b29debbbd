#include "core/digest/digest.h"
#include "core/text/compose.h"

#include <fmt/compile.h>
#include <xxhash.h>

namespace core {

std::string digest_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return compose(FMT_COMPILE("{:016x}{:016x}"), hash.high64, hash.low64);
}

}  // namespace core
