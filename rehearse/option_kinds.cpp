#include "rehearse/option_kinds.h"

#include <charconv>
#include <optional>

namespace rehearse {

namespace {

/// The library's own conversion takes -1 for the largest number.
std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string not_whole(const std::string& text) {
  return whole_number(text) ? std::string() : "a whole number from 0 to 18446744073709551615 is wanted";
}
std::string not_a_count(const std::string& text) {
  const bool counts = whole_number(text).value_or(0) > 0;
  return counts ? std::string() : "a whole number from 1 to 18446744073709551615 is wanted";
}

void add_timeout(CLI::App& command, std::uint32_t& timeout, const std::string& what) {
  command.add_option("--timeout", timeout, what + " (none)")->check(CLI::Range(1U, 1'000'000U))->option_text("SECONDS");
}

}  // namespace rehearse
