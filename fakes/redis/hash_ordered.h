// A map of strings in the order of their hashed keys, which is the same on every machine and whatever was there before.
// Because hashes are spread evenly, the first bits of one say where its entry is: finding costs as little as in a hash
// table. Pointers to entries are good until the entry is removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "fakes/redis/hashed_key.h"

namespace fakes::redis {

template <class V>
class HashOrdered {
  struct Node;
  using Link = std::unique_ptr<Node>;

 public:
  using Entry = std::pair<const HashedKey, V>;

  class ConstIterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    ConstIterator() = default;
    reference operator*() const { return node_->entry; }
    pointer operator->() const { return &node_->entry; }
    ConstIterator& operator++() {
      const Node& last = *node_;
      node_ = last.next ? last.next.get() : map_->first_from(map_->place_of(last.entry.first.hash) + 1);
      return *this;
    }
    ConstIterator operator++(int) {
      const ConstIterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const ConstIterator& other) const { return node_ == other.node_; }

   private:
    friend class HashOrdered;
    ConstIterator(const HashOrdered* map, const Node* node) : map_(map), node_(node) {}

    const HashOrdered* map_ = nullptr;
    const Node* node_ = nullptr;  ///< Null: the end.
  };

  HashOrdered() = default;
  HashOrdered(const HashOrdered& other) { *this = other; }
  HashOrdered(HashOrdered&& other) noexcept { swap(other); }
  HashOrdered& operator=(const HashOrdered& other) {
    if (this == &other) return *this;
    clear();
    chains_.resize(other.chains_.size());
    bits_ = other.bits_;
    size_ = other.size_;
    for (std::size_t place = 0; place < chains_.size(); ++place) {
      Link* end = &chains_[place];
      for (const Node* node = other.chains_[place].get(); node != nullptr; node = node->next.get()) {
        *end = std::make_unique<Node>(node->entry.first, V(node->entry.second));
        end = &(*end)->next;
      }
    }
    return *this;
  }
  HashOrdered& operator=(HashOrdered&& other) noexcept {
    HashOrdered taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~HashOrdered() { clear(); }

  void swap(HashOrdered& other) noexcept {
    chains_.swap(other.chains_);
    std::swap(bits_, other.bits_);
    std::swap(size_, other.size_);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ConstIterator begin() const { return {this, first_from(0)}; }
  ConstIterator end() const { return {this, nullptr}; }
  /// The first entry whose hash is not below this one.
  ConstIterator lower_bound(std::uint64_t hash) const {
    if (empty() || hash >> kHashBits != 0) return end();
    const std::size_t place = place_of(hash);
    const Node* node = chains_[place].get();
    while (node != nullptr && node->entry.first.hash < hash) node = node->next.get();
    return {this, node != nullptr ? node : first_from(place + 1)};
  }

  /// f(entry) for about `count` entries from `cursor` on, and the next cursor, 0 at the end. Entries of one hash are
  /// not divided: what is there from the first call to the last is seen exactly once.
  template <class F>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, F f) const {
    ConstIterator at = lower_bound(cursor);
    std::uint64_t last = 0;
    for (; at != end() && (count > 0 || at->first.hash == last); ++at) {
      f(*at);
      last = at->first.hash;
      if (count > 0) --count;
    }
    return at == end() ? 0 : at->first.hash;
  }

  const Entry* find(KeyView key) const {
    if (empty()) return nullptr;
    const Node* node = chains_[place_of(key.hash)].get();
    while (node != nullptr && !is_key(*node, key)) node = node->next.get();
    return node == nullptr ? nullptr : &node->entry;
  }
  Entry* find(KeyView key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

  /// Precondition: the key is not there.
  Entry& insert(KeyView key, V value) {
    if (size_ == chains_.size()) resize(bits_ == 0 ? kFewestBits : bits_ + 1);
    Link* at = &chains_[place_of(key.hash)];
    while (*at && ByHash()((*at)->entry.first, key)) at = &(*at)->next;
    auto node = std::make_unique<Node>(HashedKey(key), std::move(value));
    node->next = std::move(*at);
    *at = std::move(node);
    ++size_;
    return (*at)->entry;
  }

  bool erase(KeyView key) {
    if (empty()) return false;
    Link* at = &chains_[place_of(key.hash)];
    while (*at && !is_key(**at, key)) at = &(*at)->next;
    if (!*at) return false;
    // The key may be the entry's own text.
    const Link removed = std::move(*at);
    *at = std::move(removed->next);
    --size_;
    // An empty table keeps its places: queues are empty most of the time.
    if (bits_ > kFewestBits && size_ > 0 && size_ < chains_.size() / 8) resize(bits_ - 1);
    return true;
  }

  void clear() {
    // Not by recursion, whatever was put in.
    for (Link& chain : chains_) {
      while (chain) chain = std::move(chain->next);
    }
    chains_.clear();
    bits_ = 0;
    size_ = 0;
  }

 private:
  struct Node {
    Node(HashedKey key, V value) : entry(std::move(key), std::move(value)) {}
    Link next;  ///< Beside the hash: what a search passes by it need not look at further.
    Entry entry;
  };

  static constexpr unsigned kHashBits = 63;
  static constexpr unsigned kFewestBits = 3;

  static bool is_key(const Node& node, KeyView key) {
    return node.entry.first.hash == key.hash && node.entry.first.text == key.text;
  }
  /// Precondition: there are chains.
  std::size_t place_of(std::uint64_t hash) const { return static_cast<std::size_t>(hash >> (kHashBits - bits_)); }

  const Node* first_from(std::size_t place) const {
    while (place < chains_.size() && !chains_[place]) ++place;
    return place < chains_.size() ? chains_[place].get() : nullptr;
  }

  void resize(unsigned bits) {
    std::vector<Link> old(std::size_t{1} << bits);
    old.swap(chains_);
    bits_ = bits;
    // In order, so that each goes to the end of its chain, which is that of the one before it or an empty one.
    Link* end = nullptr;
    std::size_t end_place = 0;
    for (Link& chain : old) {
      while (chain) {
        Link node = std::move(chain);
        chain = std::move(node->next);
        const std::size_t place = place_of(node->entry.first.hash);
        if (end == nullptr || place != end_place) end = &chains_[place];
        end_place = place;
        *end = std::move(node);
        end = &(*end)->next;
      }
    }
  }

  std::vector<Link> chains_;  ///< 2^bits of them, or none. Each in order, and all in a row too.
  unsigned bits_ = 0;
  std::size_t size_ = 0;
};

}  // namespace fakes::redis
