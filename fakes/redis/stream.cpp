#include "fakes/redis/stream.h"

#include <algorithm>
#include <iterator>

#include "fakes/redis/text.h"

namespace fakes::redis {

namespace {

// Redis' defaults of stream-node-max-bytes and stream-node-max-entries.
constexpr std::size_t kNodeBytes = 4096;
constexpr std::int64_t kNodeEntries = 100;
/// What Redis' packed list takes without elements.
constexpr std::size_t kEmptyListBytes = 7;
/// A packed whole number from 0 to 127, with the length that follows each element.
constexpr std::size_t kSmallNumberBytes = 2;

/// The number of bytes that tell an element's size to those who walk backwards.
std::size_t with_length_after(std::size_t size) {
  if (size <= 127) return size + 1;
  if (size < 16383) return size + 2;
  if (size < 2097151) return size + 3;
  return size + (size < 268435455 ? 4 : 5);
}

std::size_t packed_size(std::int64_t value) {
  const auto fits = [&](int bits) {
    const std::int64_t limit = std::int64_t{1} << (bits - 1);
    return value >= -limit && value < limit;
  };
  if (value >= 0 && value <= 127) return kSmallNumberBytes;
  if (fits(13)) return with_length_after(2);
  if (fits(16)) return with_length_after(3);
  if (fits(24)) return with_length_after(4);
  if (fits(32)) return with_length_after(5);
  return with_length_after(9);
}

std::size_t packed_size(const std::string& text) {
  if (const auto number = parse_integer(text)) return packed_size(*number);
  const std::size_t head = text.size() < 64 ? 1 : text.size() < 4096 ? 2 : 5;
  return with_length_after(head + text.size());
}

}  // namespace

std::optional<StreamId> StreamId::next() const {
  if (sequence != UINT64_MAX) return StreamId{ms, sequence + 1};
  if (ms != UINT64_MAX) return StreamId{ms + 1, 0};
  return std::nullopt;
}

std::optional<StreamId> StreamId::previous() const {
  if (sequence != 0) return StreamId{ms, sequence - 1};
  if (ms != 0) return StreamId{ms - 1, UINT64_MAX};
  return std::nullopt;
}

bool Stream::has_names(const Node& node, std::span<const std::string> fields) {
  if (fields.size() != node.names.size() * 2) return false;
  for (std::size_t i = 0; i < node.names.size(); ++i) {
    if (fields[2 * i] != node.names[i]) return false;
  }
  return true;
}

/// Flags, the id as a difference, names unless they are the node's, values, and how many elements these were.
std::size_t Stream::entry_bytes(const Node& node, StreamId id, std::span<const std::string> fields) {
  const bool is_like_first = has_names(node, fields);
  const auto pairs = static_cast<std::int64_t>(fields.size() / 2);
  std::size_t bytes = kSmallNumberBytes + packed_size(static_cast<std::int64_t>(id.ms - node.first.ms)) +
                      packed_size(static_cast<std::int64_t>(id.sequence - node.first.sequence));
  if (!is_like_first) bytes += packed_size(pairs);
  for (std::size_t i = is_like_first ? 1 : 0; i < fields.size(); i += is_like_first ? 2 : 1) {
    bytes += packed_size(fields[i]);
  }
  return bytes + packed_size(is_like_first ? pairs + 3 : 2 * pairs + 4);
}

/// A node begins with its counts, the names of its first entry, and an end of these.
void Stream::open_node(StreamId id, std::span<const std::string> fields) {
  Node node;
  node.first = id;
  node.bytes = kEmptyListBytes + 2 * kSmallNumberBytes;
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    node.names.push_back(fields[i]);
    node.bytes += packed_size(fields[i]);
  }
  node.bytes += packed_size(static_cast<std::int64_t>(node.names.size())) + kSmallNumberBytes;
  nodes_.push_back(std::move(node));
}

void Stream::append(StreamId id, std::span<const std::string> fields) {
  std::size_t raw_bytes = 0;
  for (const std::string& text : fields) raw_bytes += text.size();
  const bool is_full =
      nodes_.empty() || nodes_.back().bytes + raw_bytes >= kNodeBytes || nodes_.back().added >= kNodeEntries;
  if (is_full) open_node(id, fields);
  Node& node = nodes_.back();
  node.bytes += entry_bytes(node, id, fields);
  node.last = id;
  ++node.added;
  ++node.live;
  entries_.emplace_hint(entries_.end(), id, Fields(fields.begin(), fields.end()));
  last_id_ = id;
}

bool Stream::erase(StreamId id) {
  if (entries_.erase(id) == 0) return false;
  const auto is_before = [](StreamId bound, const Node& node) { return bound < node.first; };
  const auto node = std::prev(std::upper_bound(nodes_.begin(), nodes_.end(), id, is_before));
  if (--node->live == 0) nodes_.erase(node);
  return true;
}

std::int64_t Stream::trim_within(Node& node, const StreamTrim& trim) {
  std::int64_t removed = 0;
  while (node.live > 0) {
    const bool is_done =
        trim.min_id ? entries_.begin()->first >= *trim.min_id : static_cast<std::int64_t>(size()) <= *trim.max_length;
    if (is_done) break;
    entries_.erase(entries_.begin());
    --node.live;
    ++removed;
  }
  return removed;
}

std::int64_t Stream::trim(const StreamTrim& trim) {
  std::int64_t removed = 0;
  auto node = nodes_.begin();
  for (; node != nodes_.end(); ++node) {
    const auto length = static_cast<std::int64_t>(size());
    if (trim.max_length && length <= *trim.max_length) break;
    if (trim.limit != 0 && removed + node->live > trim.limit) break;
    const bool goes_whole = trim.min_id ? node->last < *trim.min_id : length - node->live >= *trim.max_length;
    if (!goes_whole) {
      if (!trim.is_approximate) removed += trim_within(*node, trim);
      break;
    }
    removed += node->live;
    entries_.erase(entries_.begin(), entries_.upper_bound(node->last));
  }
  nodes_.erase(nodes_.begin(), node);
  return removed;
}

}  // namespace fakes::redis
