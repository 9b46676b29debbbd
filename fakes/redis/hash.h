// A hash. As in Redis a small one keeps its fields in the order of insertion, in one block of memory (Redis' listpack):
// there may be a million of them. A large one has an order of its own, that of the hashed fields, which never depends
// on history.
#pragma once

#include <boost/container/vector.hpp>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "fakes/redis/boxed.h"
#include "fakes/redis/hash_ordered.h"

namespace fakes::redis {

class Hash {
 public:
  static constexpr std::size_t kSmallSize = 128;  ///< Redis' default of hash-max-listpack-entries.

  std::size_t size() const { return is_small() ? small_size_ : large_->size(); }
  bool empty() const { return size() == 0; }
  bool is_small() const { return !large_; }

  /// What is returned is good until the next change.
  std::optional<std::string_view> find(std::string_view field) const;
  bool contains(std::string_view field) const { return find(field).has_value(); }
  /// True: the field is new. Neither text may lie within this.
  bool set(std::string_view field, std::string_view value);
  bool erase(std::string_view field);

  /// f(field, value) for each, in order.
  template <class F>
  void for_each(F f) const {
    if (is_small()) return for_each_small(f);
    for (const auto& [field, value] : *large_) f(field.text, std::string_view(value));
  }

  /// Precondition: there are more than `index` fields.
  std::string_view field_at(std::size_t index) const;

  /// About `count` entries from `cursor` on, and the next cursor, 0 at the end. What is there from the first call to
  /// the last is seen exactly once.
  template <class F>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, F f) const {
    if (is_small()) {
      for_each_small(f);
      return 0;
    }
    return large_->scan(cursor, count,
                        [&f](const auto& entry) { f(entry.first.text, std::string_view(entry.second)); });
  }

 private:
  /// Where a field and its value lie in the block, each behind its length.
  struct Place {
    std::size_t begin, value_length, end;  ///< The value's length and the value are from `value_length` to `end`.
    std::string_view field, value;
  };
  /// Its size takes 32 bits instead of 64, which saves memory in every hash. A served Redis holds 1 GiB at the most.
  using Block =
      boost::container::vector<char, void,
                               boost::container::vector_options_t<boost::container::stored_size<std::uint32_t>>>;
  using Large = HashOrdered<KeyText>;

  /// Precondition: an entry begins there.
  Place place_at(std::size_t begin) const;
  std::optional<Place> place_of(std::string_view field) const;
  /// Puts the text, behind its length, in the place of what is there from `begin` to `end`.
  void write(std::size_t begin, std::size_t end, std::string_view text);

  template <class F>
  void for_each_small(F& f) const {
    for (std::size_t at = 0; at < small_.size();) {
      const Place place = place_at(at);
      f(place.field, place.value);
      at = place.end;
    }
  }

  Block small_;
  std::uint32_t small_size_ = 0;
  Boxed<Large> large_;  ///< Never an empty one.
};

}  // namespace fakes::redis
