// A sorted set: members with scores, ordered by score and then by the member's bytes. All ranges are ranges of ranks
// (from 0, lowest first). Adding, removing and finding cost O(log n) plus a move inside one block; a rank costs one
// addition for each block before it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/redis/hash_ordered.h"

namespace fakes::redis {

class SortedSet {
 public:
  struct Item {
    double score;
    const KeyText* member;
  };

  SortedSet() = default;
  SortedSet(const SortedSet& other) { *this = other; }
  SortedSet(SortedSet&&) = default;
  SortedSet& operator=(const SortedSet& other);
  SortedSet& operator=(SortedSet&&) = default;
  ~SortedSet() = default;

  std::size_t size() const { return scores_.size(); }
  bool empty() const { return scores_.empty(); }

  /// Null when it is not a member.
  const double* score(std::string_view member) const;
  /// Adds the member or moves it.
  void put(std::string_view member, double score);
  bool erase(std::string_view member);
  /// Precondition: first <= last <= size().
  void erase_ranks(std::size_t first, std::size_t last);

  /// Precondition: it is a member with that score.
  std::size_t rank(double score, std::string_view member) const;
  Item at(std::size_t rank) const;

  /// The number of items below `score`, those at it included if `inclusive`.
  std::size_t count_below(double score, bool inclusive) const;
  /// The same by member, for a set whose scores are all equal.
  std::size_t count_below(std::string_view member, bool inclusive) const;

  /// f(item) for the ranks [first, last), from the highest down if `reverse`.
  template <class F>
  void for_ranks(std::size_t first, std::size_t last, bool reverse, F f) const {
    if (first >= last) return;
    auto [block, offset] = locate(reverse ? last - 1 : first);
    for (std::size_t left = last - first; left > 0; --left) {
      f(blocks_[block][offset]);
      if (left == 1) return;
      if (!reverse) {
        if (++offset == blocks_[block].size()) ++block, offset = 0;
      } else if (offset-- == 0) {
        offset = blocks_[--block].size() - 1;
      }
    }
  }

  /// f(member, score) for about `count` members from `cursor` on; the next cursor, 0 at the end.
  template <class F>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, F f) const {
    auto at = scores_.lower_bound(cursor);
    std::uint64_t last = 0;
    for (; at != scores_.end() && (count > 0 || at->first.hash == last); ++at) {
      f(at->first.text, at->second);
      last = at->first.hash;
      if (count > 0) --count;
    }
    return at == scores_.end() ? 0 : at->first.hash;
  }

 private:
  static constexpr std::size_t kBlockSize = 1024;
  using Block = std::vector<Item>;
  struct Position {
    std::size_t block, offset;
  };

  Position locate(std::size_t rank) const;
  /// Where the first item stands that is not before (score, member).
  Position lower_bound(double score, std::string_view member) const;
  template <class Before>
  std::size_t count_while(Before before) const;
  void insert_item(Item item);
  void erase_item(double score, std::string_view member);

  HashOrdered<double> scores_;
  std::vector<Block> blocks_;  ///< Never an empty block. Items point at the keys of scores_.
};

}  // namespace fakes::redis
