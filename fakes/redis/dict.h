// The members of a set. As in Redis a small one keeps the order of insertion (Redis' listpack) and a large
// one has an order of its own: here that of the hashed keys, which never depends on history. Pointers to values are
// good until the next insertion or removal.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fakes/redis/hash_ordered.h"

namespace fakes::redis {

template <class V>
class Dict {
 public:
  static constexpr std::size_t kSmallSize = 128;  ///< Redis' default of hash-max-listpack-entries.

  std::size_t size() const { return small_.size() + large_.size(); }
  bool empty() const { return size() == 0; }
  bool is_small() const { return large_.empty(); }

  const V* find(std::string_view key) const {
    if (large_.empty()) {
      for (const auto& [name, value] : small_) {
        if (name == key) return &value;
      }
      return nullptr;
    }
    const auto* found = large_.find(KeyView(key));
    return found == nullptr ? nullptr : &found->second;
  }
  V* find(std::string_view key) { return const_cast<V*>(std::as_const(*this).find(key)); }
  bool contains(std::string_view key) const { return find(key) != nullptr; }

  /// The value of `key`, made if need be, and whether it was.
  std::pair<V*, bool> insert(std::string_view key) {
    if (V* value = find(key)) return {value, false};
    if (large_.empty() && small_.size() < kSmallSize) {
      // Most hashes have a few fields, and there may be a million of them.
      if (small_.size() == small_.capacity()) small_.reserve(small_.size() + 1 + small_.size() / 4);
      small_.emplace_back(key, V());
      return {&small_.back().second, true};
    }
    for (auto& [name, value] : small_) large_.insert(KeyView(name), std::move(value));
    small_.clear();
    return {&large_.insert(KeyView(key), V()).second, true};
  }

  bool erase(std::string_view key) {
    if (large_.empty()) {
      const auto found =
          std::find_if(small_.begin(), small_.end(), [&](const auto& entry) { return entry.first == key; });
      if (found == small_.end()) return false;
      small_.erase(found);
      return true;
    }
    return large_.erase(KeyView(key));
  }

  /// f(key, value) for each, in order.
  template <class F>
  void for_each(F f) const {
    for (const auto& [name, value] : small_) f(name, value);
    for (const auto& [key, value] : large_) f(key.text, value);
  }

  std::string_view key_at(std::size_t index) const {
    if (large_.empty()) return small_[index].first;
    return std::next(large_.begin(), static_cast<std::ptrdiff_t>(index))->first.text;
  }

  /// About `count` entries from `cursor` on, and the next cursor, 0 at the end. What is there from the first call to
  /// the last is seen exactly once.
  template <class F>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, F f) const {
    for (const auto& [name, value] : small_) f(name, value);
    return large_.scan(cursor, count, [&f](const auto& entry) { f(entry.first.text, entry.second); });
  }

 private:
  std::vector<std::pair<std::string, V>> small_;
  HashOrdered<V> large_;
};

}  // namespace fakes::redis
