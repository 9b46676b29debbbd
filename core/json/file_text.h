// Values as the text of a file that people read: of an object only the keys that say something, on one line.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/pretty.h"
#include "core/json/types.h"

namespace core::input {

/// The JSON text of a value. Empty: a file says it by leaving the key out.
template <class Type, class T>
std::string file_text(const Type& type, const T& value) {
  if constexpr (requires { type.file_text(value); }) {
    return type.file_text(value);
  } else {
    return flat_json(type.write(value));
  }
}

/// What the description of an object (core/json/object.h) is called with to write a file.
class FileWriter {
 public:
  static constexpr bool kReads = false;
  static constexpr bool kWrites = true;

  template <class T, class Type>
  bool optional(std::string_view key, const T& value, const Type& type, std::string_view) {
    members_.push_back({key, file_text(type, value), false});
    return false;
  }
  template <class T, class Type>
  bool optional(std::string_view key, const std::optional<T>& value, const Type& type, std::string_view doc) {
    return value && optional(key, *value, type, doc);
  }
  template <class T, class Type>
  bool required(std::string_view key, const T& value, const Type& type, std::string_view) {
    members_.push_back({key, file_text(type, value), true});
    return false;
  }
  void check(bool, std::string_view, std::string_view, std::string_view = {}) {}
  void call_it(std::string_view) {}

  /// Without the optional keys whose text is empty, or the same as in `defaults`.
  std::string text_beside(const FileWriter& defaults) const {
    std::string text = "{";
    const char* between = "";
    for (const Member& member : members_) {
      if (!member.is_required && (member.text.empty() || defaults.has(member))) continue;
      text += fmt::format("{}{}: {}", std::exchange(between, ", "), flat_json(json_text(member.key)), member.text);
    }
    return text + "}";
  }

 private:
  struct Member {
    std::string_view key;
    std::string text;
    bool is_required = false;
    bool operator==(const Member&) const = default;
  };

  bool has(const Member& member) const { return std::ranges::find(members_, member) != members_.end(); }

  std::vector<Member> members_;
};

}  // namespace core::input
