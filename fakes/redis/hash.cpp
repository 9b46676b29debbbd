#include "fakes/redis/hash.h"

#include <algorithm>
#include <cstring>

namespace fakes::redis {

namespace {

// A length is one byte, or for a long text this byte and four more.
constexpr unsigned char kIsLong = 0xff;

std::size_t bytes_of_length(std::size_t length) {
  return length < kIsLong ? 1 : 1 + sizeof(std::uint32_t);
}

}  // namespace

Hash::Place Hash::place_at(std::size_t begin) const {
  std::size_t at = begin;
  const auto read = [this, &at] {
    std::uint32_t length = static_cast<unsigned char>(small_[at]);
    if (length == kIsLong) std::memcpy(&length, small_.data() + at + 1, sizeof length);
    const std::string_view text(small_.data() + at + bytes_of_length(length), length);
    at += bytes_of_length(length) + length;
    return text;
  };
  Place place{};
  place.begin = begin;
  place.field = read();
  place.value_length = at;
  place.value = read();
  place.end = at;
  return place;
}

std::optional<Hash::Place> Hash::place_of(std::string_view field) const {
  for (std::size_t at = 0; at < small_.size();) {
    const Place place = place_at(at);
    if (place.field == field) return place;
    at = place.end;
  }
  return std::nullopt;
}

void Hash::write(std::size_t begin, std::size_t end, std::string_view text) {
  const std::size_t head = bytes_of_length(text.size());
  const std::size_t rest = small_.size() - end, new_end = begin + head + text.size(), size = new_end + rest;
  // A vector by itself takes much more than it needs.
  if (size > small_.capacity()) small_.reserve(size + std::max<std::size_t>(size / 8, 32));
  if (size > small_.size()) small_.resize(size, boost::container::default_init);
  if (rest > 0) std::memmove(small_.data() + new_end, small_.data() + end, rest);
  small_.resize(size);
  small_[begin] = static_cast<char>(std::min<std::size_t>(text.size(), kIsLong));
  const auto length = static_cast<std::uint32_t>(text.size());
  if (head > 1) std::memcpy(small_.data() + begin + 1, &length, sizeof length);
  if (!text.empty()) std::memcpy(small_.data() + begin + head, text.data(), text.size());
}

std::optional<std::string_view> Hash::find(std::string_view field) const {
  if (is_small()) {
    const std::optional<Place> place = place_of(field);
    return place ? std::optional(place->value) : std::nullopt;
  }
  const auto* found = large_->find(KeyView(field));
  return found == nullptr ? std::nullopt : std::optional<std::string_view>(found->second);
}

bool Hash::set(std::string_view field, std::string_view value) {
  if (is_small()) {
    if (const std::optional<Place> place = place_of(field)) {
      write(place->value_length, place->end, value);
      return false;
    }
    if (small_size_ < kSmallSize) {
      write(small_.size(), small_.size(), field);
      write(small_.size(), small_.size(), value);
      ++small_size_;
      return true;
    }
    Large large;
    const auto move = [&large](std::string_view each, std::string_view text) {
      large.insert(KeyView(each), KeyText(text));
    };
    for_each_small(move);
    large_ = std::move(large);
    small_ = {};
    small_size_ = 0;
  }
  if (auto* found = large_->find(KeyView(field))) {
    found->second.assign(value.data(), value.size());
    return false;
  }
  large_->insert(KeyView(field), KeyText(value));
  return true;
}

bool Hash::erase(std::string_view field) {
  if (!is_small()) {
    const bool was_there = large_->erase(KeyView(field));
    if (large_->empty()) large_ = {};
    return was_there;
  }
  const std::optional<Place> place = place_of(field);
  if (!place) return false;
  small_.erase(small_.begin() + static_cast<std::ptrdiff_t>(place->begin),
               small_.begin() + static_cast<std::ptrdiff_t>(place->end));
  --small_size_;
  return true;
}

std::string_view Hash::field_at(std::size_t index) const {
  if (!is_small()) return std::next(large_->begin(), static_cast<std::ptrdiff_t>(index))->first.text;
  std::size_t at = 0;
  for (; index > 0; --index) at = place_at(at).end;
  return place_at(at).field;
}

}  // namespace fakes::redis
