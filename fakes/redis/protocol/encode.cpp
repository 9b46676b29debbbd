#include "fakes/redis/protocol/encode.h"

#include <fmt/format.h>

#include <limits>
#include <string_view>

#include "fakes/redis/text.h"

namespace fakes::redis {

namespace {

using core::RedisType;

constexpr std::string_view kEnd = "\r\n";

void append_count(std::string& out, char type, std::size_t count) {
  const fmt::format_int text(count);
  out += type;
  out.append(text.data(), text.size());
  out += kEnd;
}

void append_line(std::string& out, char type, std::string_view text) {
  out += type;
  for (const char c : text) out += c == '\r' || c == '\n' ? ' ' : c;
  out += kEnd;
}

void append_bulk(std::string& out, std::string_view text) {
  append_count(out, '$', text.size());
  out += text;
  out += kEnd;
}

void append_elements(std::string& out, const core::RedisValue& value, int protocol) {
  for (const core::RedisValue& element : value.elements) append_resp(out, element, protocol);
}

std::string double_text(double value) {
  if (value != value) return "nan";
  if (value > std::numeric_limits<double>::max()) return "inf";
  if (value < std::numeric_limits<double>::lowest()) return "-inf";
  return format_double(value);
}

}  // namespace

void append_resp(std::string& out, const core::RedisValue& value, int protocol) {
  const bool resp3 = protocol == 3;
  switch (value.type) {
    case RedisType::Null:
      out += resp3 ? "_\r\n" : "$-1\r\n";
      return;
    case RedisType::NullArray:
      out += resp3 ? "_\r\n" : "*-1\r\n";
      return;
    case RedisType::Status:
      return append_line(out, '+', value.text);
    case RedisType::Error:
      return append_line(out, '-', value.text);
    case RedisType::Integer: {
      const fmt::format_int text(value.integer);
      return append_line(out, ':', {text.data(), text.size()});
    }
    case RedisType::Bulk:
      return append_bulk(out, value.text);
    case RedisType::Array:
      append_count(out, '*', value.elements.size());
      return append_elements(out, value, protocol);
    case RedisType::Map:
      append_count(out, resp3 ? '%' : '*', resp3 ? value.elements.size() / 2 : value.elements.size());
      return append_elements(out, value, protocol);
    case RedisType::Set:
      append_count(out, resp3 ? '~' : '*', value.elements.size());
      return append_elements(out, value, protocol);
    case RedisType::Push:
      append_count(out, resp3 ? '>' : '*', value.elements.size());
      return append_elements(out, value, protocol);
    case RedisType::Double:
      return resp3 ? append_line(out, ',', double_text(value.number)) : append_bulk(out, double_text(value.number));
    case RedisType::Boolean:
      if (resp3) {
        out += value.integer != 0 ? "#t\r\n" : "#f\r\n";
      } else {
        out += value.integer != 0 ? ":1\r\n" : ":0\r\n";
      }
      return;
  }
}

}  // namespace fakes::redis
