// The hash of the containers that are never iterated. A build of the tests has another hash_seed() in it, which differs
// from process to process: if anything depended on the hash, that build's traces would differ.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace core {

/// What all hashes are made with.
std::uint64_t hash_seed();

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return XXH3_64bits_withSeed(text.data(), text.size(), hash_seed());
  }
};

}  // namespace core
