#include "core/text/names.h"

#include <algorithm>

#include "core/text/ascii.h"
#include "core/text/utf8.h"

namespace core {

namespace {

bool is_owner_character(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '_';
}
bool is_name_character(char c) {
  return is_owner_character(c) || c == '.';
}
bool is_control_character(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

bool is_repository(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view owner = text.substr(0, slash);
  const std::string_view name = text.substr(slash + 1);
  return !owner.empty() && owner.size() <= 39 && std::ranges::all_of(owner, is_owner_character) && !name.empty() &&
         name.size() <= 100 && std::ranges::all_of(name, is_name_character) && name != "." && name != "..";
}

bool is_job_id(std::string_view text) {
  return !text.empty() && text.size() <= 256 && std::ranges::none_of(text, is_control_character) && is_utf8(text);
}

}  // namespace core
