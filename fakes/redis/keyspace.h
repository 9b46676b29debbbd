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
#include <type_traits>
#include <utility>
#include <variant>

#include "fakes/redis/boxed.h"
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
/// How a value of that type is kept: of most types there are few, and these are no reason for every key to have room
/// for the largest of them.
template <class T>
using KeptAs = std::conditional_t<std::is_same_v<T, std::string> || std::is_same_v<T, Hash>, T, Boxed<T>>;
using Value =
    std::variant<KeptAs<std::string>, KeptAs<List>, KeptAs<Hash>, KeptAs<Set>, KeptAs<SortedSet>, KeptAs<Stream>>;

struct Object {
  Value value;
  std::optional<std::int64_t> expires_at_ms;

  /// Null: it is of another type.
  template <class T>
  const T* get_if() const {
    const auto* kept = std::get_if<KeptAs<T>>(&value);
    if constexpr (std::is_same_v<T, KeptAs<T>>) {
      return kept;
    } else {
      return kept == nullptr ? nullptr : &**kept;
    }
  }
  template <class T>
  T* get_if() {
    return const_cast<T*>(std::as_const(*this).template get_if<T>());
  }
};
static_assert(sizeof(Object) <= 56, "there may be a million of them");

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
