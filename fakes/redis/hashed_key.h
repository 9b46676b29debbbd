// Strings ordered by a stable hash of their bytes: an order that is the same on every machine, cheap to compare for
// keys with long common beginnings, and that SCAN's cursors can name by a number.
#pragma once

#include <xxhash.h>

#include <boost/container/string.hpp>
#include <cstdint>
#include <string_view>

namespace fakes::redis {

struct KeyView {
  std::uint64_t hash;
  std::string_view text;

  explicit KeyView(std::string_view key) : hash(XXH3_64bits(key.data(), key.size()) >> 1), text(key) {}
};

/// Most keys have more characters than a std::string holds without memory of its own, and fewer than this.
using KeyText = boost::container::string;

struct HashedKey {
  std::uint64_t hash;  ///< 63 bits, so that hash + 1 is always a cursor.
  KeyText text;

  explicit HashedKey(KeyView key) : hash(key.hash), text(key.text) {}
};

struct ByHash {
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return a.hash != b.hash ? a.hash < b.hash : std::string_view(a.text) < std::string_view(b.text);
  }
};

}  // namespace fakes::redis
