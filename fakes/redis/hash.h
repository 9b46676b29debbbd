// A hash. As in Redis a small one keeps its fields in the order of insertion, in one block of memory (Redis' listpack):
// there may be a million of them. A large one has an order of its own, that of the hashed fields, which never depends
// on history.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/redis/hash_ordered.h"

namespace fakes::redis {

class Hash {
 public:
  static constexpr std::size_t kSmallSize = 128;  ///< Redis' default of hash-max-listpack-entries.

  std::size_t size() const { return small_size_ + large_.size(); }
  bool empty() const { return size() == 0; }
  bool is_small() const { return large_.empty(); }

  /// What is returned is good until the next change.
  std::optional<std::string_view> find(std::string_view field) const;
  bool contains(std::string_view field) const { return find(field).has_value(); }
  /// True: the field is new. Neither text may lie within this.
  bool set(std::string_view field, std::string_view value);
  bool erase(std::string_view field);

  /// f(field, value) for each, in order.
  template <class F>
  void for_each(F f) const {
    for_each_small(f);
    for (const auto& [field, value] : large_) f(field.text, std::string_view(value));
  }

  /// Precondition: there are more than `index` fields.
  std::string_view field_at(std::size_t index) const;

  /// About `count` entries from `cursor` on, and the next cursor, 0 at the end. What is there from the first call to
  /// the last is seen exactly once.
  template <class F>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, F f) const {
    for_each_small(f);
    return large_.scan(cursor, count, [&f](const auto& entry) { f(entry.first.text, std::string_view(entry.second)); });
  }

 private:
  /// Where a field and its value lie in the block: behind their lengths, one behind the other.
  struct Place {
    std::size_t begin;
    std::string_view field, value;
    std::size_t end() const { return begin + kLengths + field.size() + value.size(); }
  };
  static constexpr std::size_t kLengths = 2 * sizeof(std::uint32_t);

  /// Precondition: an entry begins there.
  Place place_at(std::size_t begin) const;
  std::optional<Place> place_of(std::string_view field) const;
  void append(std::string_view field, std::string_view value);
  void write_length(std::size_t at, std::size_t length);

  template <class F>
  void for_each_small(F& f) const {
    for (std::size_t at = 0; at < small_.size();) {
      const Place place = place_at(at);
      f(place.field, place.value);
      at = place.end();
    }
  }

  std::vector<char> small_;
  std::uint32_t small_size_ = 0;
  HashOrdered<std::string> large_;
};

}  // namespace fakes::redis
