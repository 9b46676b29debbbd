#include "fakes/redis/sorted_set.h"

#include <algorithm>

namespace fakes::redis {

SortedSet& SortedSet::operator=(const SortedSet& other) {
  if (this == &other) return *this;
  scores_ = other.scores_;
  blocks_ = other.blocks_;
  for (Block& block : blocks_) {
    for (Item& item : block) item.member = &scores_.find(KeyView(*item.member))->first.text;
  }
  return *this;
}

const double* SortedSet::score(std::string_view member) const {
  const auto* found = scores_.find(KeyView(member));
  return found == nullptr ? nullptr : &found->second;
}

void SortedSet::put(std::string_view member, double score) {
  const KeyView key(member);
  auto* at = scores_.find(key);
  if (at != nullptr) {
    if (at->second == score) return;
    erase_item(at->second, member);
    at->second = score;
  } else {
    at = &scores_.insert(key, score);
  }
  insert_item({score, &at->first.text});
}

bool SortedSet::erase(std::string_view member) {
  const KeyView key(member);
  const auto* found = scores_.find(key);
  if (found == nullptr) return false;
  erase_item(found->second, member);
  return scores_.erase(key);
}

void SortedSet::erase_ranks(std::size_t first, std::size_t last) {
  for (; first < last; --last) {
    const auto [block, offset] = locate(first);
    Block& items = blocks_[block];
    scores_.erase(KeyView(*items[offset].member));
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(offset));
    if (items.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(block));
  }
}

namespace {

bool is_before(const SortedSet::Item& item, double score, std::string_view member) {
  return item.score != score ? item.score < score : std::string_view(*item.member) < member;
}

}  // namespace

SortedSet::Position SortedSet::lower_bound(double score, std::string_view member) const {
  const auto block = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const Block& items) { return is_before(items.back(), score, member); });
  if (block == blocks_.end()) return {blocks_.size(), 0};
  const auto item = std::partition_point(block->begin(), block->end(),
                                         [&](const Item& candidate) { return is_before(candidate, score, member); });
  return {static_cast<std::size_t>(block - blocks_.begin()), static_cast<std::size_t>(item - block->begin())};
}

SortedSet::Position SortedSet::locate(std::size_t rank) const {
  std::size_t block = 0;
  while (rank >= blocks_[block].size()) rank -= blocks_[block++].size();
  return {block, rank};
}

std::size_t SortedSet::rank(double score, std::string_view member) const {
  const Position position = lower_bound(score, member);
  std::size_t rank = position.offset;
  for (std::size_t block = 0; block < position.block; ++block) rank += blocks_[block].size();
  return rank;
}

SortedSet::Item SortedSet::at(std::size_t rank) const {
  const Position position = locate(rank);
  return blocks_[position.block][position.offset];
}

template <class Before>
std::size_t SortedSet::count_while(Before before) const {
  const auto block =
      std::partition_point(blocks_.begin(), blocks_.end(), [&](const Block& items) { return before(items.back()); });
  std::size_t count = 0;
  for (auto at = blocks_.begin(); at != block; ++at) count += at->size();
  if (block != blocks_.end()) {
    count += static_cast<std::size_t>(std::partition_point(block->begin(), block->end(), before) - block->begin());
  }
  return count;
}

std::size_t SortedSet::count_below(double score, bool inclusive) const {
  return count_while([=](const Item& item) { return inclusive ? item.score <= score : item.score < score; });
}

std::size_t SortedSet::count_below(std::string_view member, bool inclusive) const {
  return count_while([=](const Item& item) { return inclusive ? *item.member <= member : *item.member < member; });
}

void SortedSet::insert_item(Item item) {
  if (blocks_.empty()) {
    blocks_.push_back({item});
    return;
  }
  Position position = lower_bound(item.score, *item.member);
  if (position.block == blocks_.size()) {
    position = {blocks_.size() - 1, blocks_.back().size()};
  }
  Block& block = blocks_[position.block];
  block.insert(block.begin() + static_cast<std::ptrdiff_t>(position.offset), item);
  if (block.size() <= kBlockSize) return;
  const auto middle = block.begin() + kBlockSize / 2;
  Block upper(middle, block.end());
  block.erase(middle, block.end());
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(position.block) + 1, std::move(upper));
}

void SortedSet::erase_item(double score, std::string_view member) {
  const Position position = lower_bound(score, member);
  Block& block = blocks_[position.block];
  block.erase(block.begin() + static_cast<std::ptrdiff_t>(position.offset));
  if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(position.block));
}

}  // namespace fakes::redis
