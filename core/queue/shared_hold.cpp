#include "core/queue/shared_hold.h"

#include <charconv>

#include "core/text/enum_names.h"

namespace core {

std::optional<SharedHold> parse_hold(std::string_view text) {
  constexpr auto kMost = std::chrono::floor<std::chrono::microseconds>(Duration::max()).count();
  std::int64_t microseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), microseconds);
  if (error != std::errc() || microseconds <= 0 || microseconds > kMost) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(' ')) return std::nullopt;
  text.remove_prefix(1);
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || space + 1 == text.size()) return std::nullopt;
  const auto source = value_named<DelaySource>(text.substr(0, space));
  const bool is_of_a_service = source == DelaySource::RetryAfter || source == DelaySource::RateLimitReset;
  if (!is_of_a_service) return std::nullopt;
  return SharedHold{std::string(text.substr(space + 1)), std::chrono::microseconds(microseconds), *source};
}

}  // namespace core
