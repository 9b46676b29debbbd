// Redis values and results as one line of text, for comparison in tests.
#pragma once

#include <string>

#include "core/redis/redis.h"

namespace tests {

inline std::string text_of(const core::RedisValue& value) {
  using core::RedisType;
  switch (value.type) {
    case RedisType::Null:
      return "null";
    case RedisType::NullArray:
      return "null array";
    case RedisType::Status:
      return "+" + value.text;
    case RedisType::Error:
      return "-" + value.text;
    case RedisType::Integer:
      return std::to_string(value.integer);
    case RedisType::Bulk:
      return value.text;
    default:
      break;
  }
  std::string text = "[";
  for (const core::RedisValue& element : value.elements) {
    if (text.size() > 1) text += ' ';
    text += text_of(element);
  }
  return text + "]";
}

inline std::string text_of(const core::RedisResult& result) {
  if (result) return text_of(*result);
  switch (result.error()) {
    case core::RedisError::Timeout:
      return "Timeout";
    case core::RedisError::Refused:
      return "Refused";
    case core::RedisError::Lost:
      break;
  }
  return "Lost";
}

}  // namespace tests
