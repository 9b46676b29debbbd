// The data of a server: sixteen databases of keys with values and expiry times. Times are milliseconds of Unix time, as
// Redis keeps them. It knows nothing of sessions; the engine tells it when to let go of what has expired.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "fakes/redis/dict.h"
#include "fakes/redis/hash.h"
#include "fakes/redis/hash_ordered.h"
#include "fakes/redis/sorted_set.h"
#include "fakes/redis/stream.h"

namespace fakes::redis {

struct Nothing {
  bool operator==(const Nothing&) const = default;
};

using List = std::deque<std::string>;
using Set = Dict<Nothing>;
using Value = std::variant<std::string, List, Hash, Set, SortedSet, Stream>;

struct Object {
  Value value;
  std::optional<std::int64_t> expires_at_ms;
};

class Keyspace {
 public:
  static constexpr int kDatabases = 16;
  using Database = HashOrdered<Object>;

  const Database& database(int index) const { return databases_[static_cast<std::size_t>(index)]; }

  /// Null when there is no such key. Pointers are good until the key is removed.
  Object* find(int database, std::string_view key);
  /// Precondition: there is no such key.
  Object& insert(int database, std::string_view key, Object object);
  bool erase(int database, std::string_view key);
  /// Removes the key and hands over what it held.
  std::optional<Object> take(int database, std::string_view key);
  void set_expiry(int database, std::string_view key, std::optional<std::int64_t> at_ms);
  void clear(int database);
  void swap(int first, int second);

  /// The earliest expiry of all, with its key.
  struct Due {
    std::int64_t at_ms;
    int database;
    std::string key;
  };
  std::optional<Due> next_expiry() const;
  /// Whether anything expired before `now_ms`: a key lives through the millisecond that it expires at.
  bool has_expired(std::int64_t now_ms) const { return !expiries_.empty() && std::get<0>(*expiries_.begin()) < now_ms; }

 private:
  Database& at(int index) { return databases_[static_cast<std::size_t>(index)]; }

  std::array<Database, kDatabases> databases_;
  std::set<std::tuple<std::int64_t, int, std::string>> expiries_;
};

}  // namespace fakes::redis
