// A stream: entries of fields and values in order of their ids, which only grow. It is divided into nodes as Redis'
// streams are, by number and by bytes: trimming that may be approximate takes away whole nodes only, and which entries
// are left is seen by clients.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fakes::redis {

struct StreamId {
  std::uint64_t ms = 0, sequence = 0;

  auto operator<=>(const StreamId&) const = default;
  std::string text() const { return std::to_string(ms) + "-" + std::to_string(sequence); }
  /// The neighbours; none beyond the ends.
  std::optional<StreamId> next() const;
  std::optional<StreamId> previous() const;
};

inline constexpr StreamId kLastStreamId{UINT64_MAX, UINT64_MAX};

/// What trimming takes away: the oldest, beyond a number of entries or below an id.
struct StreamTrim {
  std::optional<std::int64_t> max_length;
  std::optional<StreamId> min_id;
  bool is_approximate = false;
  std::int64_t limit = 0;  ///< No more entries than that; 0 is without limit.
};

class Stream {
 public:
  using Fields = std::vector<std::string>;  ///< Field, value, field, value.
  using Entries = std::map<StreamId, Fields>;

  const Entries& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }

  /// The highest id that was ever given, also when its entry is gone.
  StreamId last_id() const { return last_id_; }
  void set_last_id(StreamId id) { last_id_ = id; }

  /// Precondition: id > last_id().
  void append(StreamId id, std::span<const std::string> fields);
  bool erase(StreamId id);
  /// The number of entries that were removed.
  std::int64_t trim(const StreamTrim& trim);

 private:
  /// As Redis packs them. Entries that were erased keep their place until the node goes as a whole.
  struct Node {
    StreamId first, last;    ///< The ids that it was made of, erased ones included.
    Fields names;            ///< Of the first entry: others with the same need not repeat them.
    std::size_t bytes = 0;   ///< What Redis' packed form would take.
    std::int64_t added = 0;  ///< Entries, erased ones included.
    std::int64_t live = 0;
  };

  void open_node(StreamId id, std::span<const std::string> fields);
  static bool has_names(const Node& node, std::span<const std::string> fields);
  static std::size_t entry_bytes(const Node& node, StreamId id, std::span<const std::string> fields);
  /// Takes single entries away, of the node that holds the oldest.
  std::int64_t trim_within(Node& node, const StreamTrim& trim);

  Entries entries_;
  std::vector<Node> nodes_;  ///< Not a deque: an empty one would hold memory, in each key of any type.
  StreamId last_id_;
};

}  // namespace fakes::redis
