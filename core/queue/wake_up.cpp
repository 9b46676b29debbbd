#include "core/queue/wake_up.h"

#include <charconv>
#include <optional>

namespace core {

namespace {

/// "-1" is never.
std::optional<Duration> read_microseconds(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < -1) return std::nullopt;
  constexpr auto kMost = std::chrono::floor<std::chrono::microseconds>(Duration::max()).count();
  if (count == -1 || count > kMost) return Duration::max();
  return std::chrono::microseconds(count);
}

}  // namespace

WakeUp parse_wake_up(std::string_view message) {
  const std::size_t space = message.find(' ');
  if (space == std::string_view::npos) return {};
  const std::optional<Duration> in = read_microseconds(message.substr(space + 1));
  if (!in) return {};
  const std::string_view word = message.substr(0, space);
  if (word == "guard") return {WakeUp::Kind::Guard, *in};
  if (word == "due") return {WakeUp::Kind::Due, *in};
  if (word == "taken") return {WakeUp::Kind::Taken, *in};
  return {};
}

}  // namespace core
