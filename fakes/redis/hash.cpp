#include "fakes/redis/hash.h"

#include <cstring>

namespace fakes::redis {

Hash::Place Hash::place_at(std::size_t begin) const {
  std::uint32_t lengths[2];
  std::memcpy(lengths, small_.data() + begin, kLengths);
  const char* const field = small_.data() + begin + kLengths;
  return {begin, {field, lengths[0]}, {field + lengths[0], lengths[1]}};
}

std::optional<Hash::Place> Hash::place_of(std::string_view field) const {
  for (std::size_t at = 0; at < small_.size();) {
    const Place place = place_at(at);
    if (place.field == field) return place;
    at = place.end();
  }
  return std::nullopt;
}

void Hash::write_length(std::size_t at, std::size_t length) {
  const auto number = static_cast<std::uint32_t>(length);
  std::memcpy(small_.data() + at, &number, sizeof number);
}

void Hash::append(std::string_view field, std::string_view value) {
  const std::size_t begin = small_.size(), end = begin + kLengths + field.size() + value.size();
  // A vector by itself takes twice what it had.
  if (end > small_.capacity()) small_.reserve(end + end / 8);
  small_.resize(begin + kLengths);
  write_length(begin, field.size());
  write_length(begin + sizeof(std::uint32_t), value.size());
  small_.insert(small_.end(), field.begin(), field.end());
  small_.insert(small_.end(), value.begin(), value.end());
  ++small_size_;
}

std::optional<std::string_view> Hash::find(std::string_view field) const {
  if (large_.empty()) {
    const std::optional<Place> place = place_of(field);
    return place ? std::optional(place->value) : std::nullopt;
  }
  const auto* found = large_.find(KeyView(field));
  return found == nullptr ? std::nullopt : std::optional<std::string_view>(found->second);
}

bool Hash::set(std::string_view field, std::string_view value) {
  if (!large_.empty()) {
    if (auto* found = large_.find(KeyView(field))) {
      found->second = value;
      return false;
    }
    large_.insert(KeyView(field), std::string(value));
    return true;
  }
  if (const std::optional<Place> place = place_of(field)) {
    const auto begin = static_cast<std::ptrdiff_t>(place->end() - place->value.size());
    const auto old_size = static_cast<std::ptrdiff_t>(place->value.size());
    const auto size = static_cast<std::ptrdiff_t>(value.size());
    write_length(place->begin + sizeof(std::uint32_t), value.size());
    if (size < old_size) small_.erase(small_.begin() + begin + size, small_.begin() + begin + old_size);
    if (size > old_size) small_.insert(small_.begin() + begin + old_size, static_cast<std::size_t>(size - old_size), 0);
    if (size > 0) std::memcpy(small_.data() + begin, value.data(), value.size());
    return false;
  }
  if (small_size_ < kSmallSize) {
    append(field, value);
    return true;
  }
  const auto move = [this](std::string_view each, std::string_view text) {
    large_.insert(KeyView(each), std::string(text));
  };
  for_each_small(move);
  small_ = {};
  small_size_ = 0;
  large_.insert(KeyView(field), std::string(value));
  return true;
}

bool Hash::erase(std::string_view field) {
  if (!large_.empty()) return large_.erase(KeyView(field));
  const std::optional<Place> place = place_of(field);
  if (!place) return false;
  small_.erase(small_.begin() + static_cast<std::ptrdiff_t>(place->begin),
               small_.begin() + static_cast<std::ptrdiff_t>(place->end()));
  --small_size_;
  return true;
}

std::string_view Hash::field_at(std::size_t index) const {
  if (!large_.empty()) return std::next(large_.begin(), static_cast<std::ptrdiff_t>(index))->first.text;
  std::size_t at = 0;
  for (; index > 0; --index) at = place_at(at).end();
  return place_at(at).field;
}

}  // namespace fakes::redis
