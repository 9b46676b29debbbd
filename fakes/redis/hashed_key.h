// Strings ordered by a stable hash of their bytes: an order that is the same on every machine, cheap to compare for
// keys with long common beginnings, and that SCAN's cursors can name by a number.
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fakes::redis {

struct KeyView {
  std::uint64_t hash;
  std::string_view text;

  explicit KeyView(std::string_view key) : hash(XXH3_64bits(key.data(), key.size()) >> 1), text(key) {}
};

struct HashedKey {
  std::uint64_t hash;  ///< 63 bits, so that hash + 1 is always a cursor.
  std::string text;

  explicit HashedKey(KeyView key) : hash(key.hash), text(key.text) {}
};

struct ByHash {
  using is_transparent = void;

  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return a.hash != b.hash ? a.hash < b.hash : std::string_view(a.text) < std::string_view(b.text);
  }
  template <class A>
  bool operator()(const A& a, std::uint64_t hash) const {
    return a.hash < hash;
  }
};

}  // namespace fakes::redis
