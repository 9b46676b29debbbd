// The hash of the containers that are never iterated. A build with REHEARSE_RANDOM_HASHES gives every process another
// one: if anything depended on it, that build's traces would differ.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace core {

/// 0; or with REHEARSE_RANDOM_HASHES another number in every process.
std::uint64_t hash_seed();

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return XXH3_64bits_withSeed(text.data(), text.size(), hash_seed());
  }
};

}  // namespace core
