#include "fakes/redis/script_info.h"

#include <charconv>

namespace fakes::redis {

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  return line;
}

/// The rest of a line that starts with `label`, without leading spaces.
std::string_view after(std::string_view line, std::string_view label) {
  if (!line.starts_with(label)) return {};
  line.remove_prefix(label.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

}  // namespace

std::string_view script_name(std::string_view script_text) {
  return after(take_line(script_text), "-- script:");
}

std::optional<std::size_t> script_job_argument(std::string_view script_text) {
  take_line(script_text);
  std::string_view argument = after(take_line(script_text), "-- job:");
  constexpr std::string_view kOpen = "ARGV[";
  if (!argument.starts_with(kOpen) || !argument.ends_with(']')) return std::nullopt;
  argument = argument.substr(kOpen.size(), argument.size() - kOpen.size() - 1);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), number);
  if (error != std::errc() || end != argument.data() + argument.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace fakes::redis
