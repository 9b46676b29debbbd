#include "sim/world/blow.h"

#include <fmt/format.h>

#include <charconv>

namespace sim {

namespace {

constexpr std::string_view kCrash = "crash:runner-";
constexpr std::string_view kRestart = "restart-redis";
constexpr std::string_view kDrop = "drop-connections";

/// Takes the number off the text's front.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string text_of(const Blow& blow) {
  switch (blow.kind) {
    case Blow::Kind::CrashRunner:
      return fmt::format("crash of runner-{}", blow.runner + 1);
    case Blow::Kind::RestartRedis:
      return "restart of Redis";
    case Blow::Kind::DropConnections:
      return "loss of the connections to Redis";
  }
  return {};
}

std::string written(const Blow& blow) {
  switch (blow.kind) {
    case Blow::Kind::CrashRunner:
      return fmt::format("{}:{}{}", blow.step, kCrash, blow.runner + 1);
    case Blow::Kind::RestartRedis:
      return fmt::format("{}:{}", blow.step, kRestart);
    case Blow::Kind::DropConnections:
      return fmt::format("{}:{}", blow.step, kDrop);
  }
  return {};
}

std::optional<Blow> read_blow(std::string_view text) {
  Blow blow;
  if (!take_number(text, blow.step) || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  if (text == kRestart || text == kDrop) {
    blow.kind = text == kRestart ? Blow::Kind::RestartRedis : Blow::Kind::DropConnections;
    return blow;
  }
  if (!text.starts_with(kCrash)) return std::nullopt;
  text.remove_prefix(kCrash.size());
  std::uint32_t number = 0;
  if (!take_number(text, number) || !text.empty() || number == 0) return std::nullopt;
  blow.runner = number - 1;
  return blow;
}

}  // namespace sim
