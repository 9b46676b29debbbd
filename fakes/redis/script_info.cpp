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

/// The n (from 1) of the `ARGV[n]` that `line` starts with, taken off it.
std::optional<std::size_t> take_argument(std::string_view& line) {
  constexpr std::string_view kOpen = "ARGV[";
  if (!line.starts_with(kOpen)) return std::nullopt;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(line.data() + kOpen.size(), line.data() + line.size(), number);
  if (error != std::errc() || end == line.data() + line.size() || *end != ']' || number == 0) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
  return number;
}

}  // namespace

std::string_view script_name(std::string_view script_text) {
  return after(take_line(script_text), "-- script:");
}

std::optional<JobArguments> script_job_arguments(std::string_view script_text) {
  take_line(script_text);
  const std::string_view line = take_line(script_text);
  if (std::string_view one = after(line, "-- job:"); !one.empty()) {
    const auto first = take_argument(one);
    return first && one.empty() ? std::optional(JobArguments{*first, 0}) : std::nullopt;
  }
  std::string_view many = after(line, "-- jobs:");
  const auto first = take_argument(many);
  if (!first || !many.starts_with(", ")) return std::nullopt;
  many.remove_prefix(2);
  const auto second = take_argument(many);
  if (!second || *second <= *first || many != ", ...") return std::nullopt;
  return JobArguments{*first, *second - *first};
}

}  // namespace fakes::redis
