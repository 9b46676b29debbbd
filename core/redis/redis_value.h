// A value as Redis sends it, in RESP2 or RESP3, and a command as a client sends it. Values only; nothing here talks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace core {

using RedisCommand = std::vector<std::string>;  ///< Name and arguments.

/// The RESP types that the core and the fakes use. Null stands for RESP2's null bulk string and RESP3's null alike;
/// NullArray is RESP2's `*-1` (what EXEC gives after a touched WATCH, and a blocking pop that timed out).
enum class RedisType : std::uint8_t {
  Null,
  NullArray,
  Status,
  Error,
  Integer,
  Bulk,
  Array,
  Map,
  Set,
  Double,
  Boolean,
  Push
};

struct RedisValue {
  RedisType type = RedisType::Null;
  std::int64_t integer = 0;          ///< Integer; Boolean as 0 or 1.
  double number = 0;                 ///< Double.
  std::string text;                  ///< Status, Error ("WRONGTYPE Operation ..."), Bulk.
  std::vector<RedisValue> elements;  ///< Array, Set, Push; Map as key, value, key, value, ...

  static RedisValue null() { return {}; }
  static RedisValue null_array() { return of(RedisType::NullArray); }
  static RedisValue status(std::string_view text) { return of(RedisType::Status, text); }
  static RedisValue error(std::string_view text) { return of(RedisType::Error, text); }
  static RedisValue bulk(std::string_view text) { return of(RedisType::Bulk, text); }
  static RedisValue integer_of(std::int64_t value) {
    RedisValue result = of(RedisType::Integer);
    result.integer = value;
    return result;
  }
  static RedisValue array(std::vector<RedisValue> elements) {
    RedisValue result = of(RedisType::Array);
    result.elements = std::move(elements);
    return result;
  }

  bool is_null() const { return type == RedisType::Null || type == RedisType::NullArray; }
  bool is_error() const { return type == RedisType::Error; }
  bool operator==(const RedisValue&) const = default;

 private:
  static RedisValue of(RedisType type, std::string_view text = {}) {
    RedisValue result;
    result.type = type;
    result.text = text;
    return result;
  }
};

}  // namespace core
