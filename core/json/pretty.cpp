#include "core/json/pretty.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <utility>

namespace core::input {

namespace {

constexpr std::size_t kLineWidth = 110;

/// Also what is empty.
void append_scalar(std::string& out, const boost::json::value& value) {
  if (value.is_double()) {
    out += fmt::format("{}", value.get_double());  // The shortest text that reads back as the same.
  } else {
    out += boost::json::serialize(value);
  }
}

void append(std::string& out, const boost::json::value& value, std::size_t indent) {
  if (value.is_array()) {
    const auto& items = value.get_array();
    const std::string flat = boost::json::serialize(items);
    bool scalars = true;
    for (const auto& item : items) scalars = scalars && item.is_primitive();
    if (scalars && flat.size() + indent <= kLineWidth) {
      out += flat;
      return;
    }
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      out += (i == 0 ? "\n" : ",\n") + std::string(indent + 2, ' ');
      append(out, items[i], indent + 2);
    }
    out += '\n' + std::string(indent, ' ') + ']';
  } else if (value.is_object() && !value.get_object().empty()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : value.get_object()) {
      out += (first ? "\n" : ",\n") + std::string(indent + 2, ' ') + boost::json::serialize(key) + ": ";
      append(out, member, indent + 2);
      first = false;
    }
    out += '\n' + std::string(indent, ' ') + '}';
  } else {
    append_scalar(out, value);
  }
}

void append_compact(std::string& out, const boost::json::value& value) {
  char separator = '\0';
  const auto separate = [&out, &separator] {
    if (separator != '\0') out += separator;
    separator = ',';
  };
  if (value.is_array()) {
    out += '[';
    for (const auto& item : value.get_array()) {
      separate();
      append_compact(out, item);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (const auto& [key, member] : value.get_object()) {
      separate();
      out += boost::json::serialize(key) + ":";
      append_compact(out, member);
    }
    out += '}';
  } else {
    append_scalar(out, value);
  }
}

void append_flat(std::string& out, const boost::json::value& value) {
  const char* before = "";
  if (const auto* items = value.if_array()) {
    out += '[';
    for (const auto& item : *items) {
      out += std::exchange(before, ", ");
      append_flat(out, item);
    }
    out += ']';
  } else if (const auto* object = value.if_object()) {
    out += '{';
    for (const auto& [key, member] : *object) {
      out += std::exchange(before, ", ") + boost::json::serialize(key) + ": ";
      append_flat(out, member);
    }
    out += '}';
  } else {
    append(out, value, 0);
  }
}

}  // namespace

std::string flat_json(const boost::json::value& value) {
  std::string out;
  append_flat(out, value);
  return out;
}

std::string pretty_json(const boost::json::value& value) {
  std::string out;
  append(out, value, 0);
  return out += '\n';
}

std::string compact_json(const boost::json::value& value) {
  std::string out;
  append_compact(out, value);
  return out;
}

}  // namespace core::input
