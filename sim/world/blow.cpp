#include "sim/world/blow.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sim {

namespace {

struct Spelling {
  Blow::Kind kind;
  std::string_view written;
  std::string_view told;
  bool of_runner;
};

constexpr std::array kSpellings{
    Spelling{Blow::Kind::CrashRunner, "crash", "crash", true},
    Spelling{Blow::Kind::RestartRedis, "restart-redis", "restart of Redis", false},
    Spelling{Blow::Kind::DropConnections, "drop-connections", "loss of the connections to Redis", false},
    Spelling{Blow::Kind::PauseRunner, "pause", "pause", true},
    Spelling{Blow::Kind::PartitionRunner, "partition", "partition", true},
};
constexpr std::string_view kRunner = "runner-";

constexpr const Spelling& spelling_of(Blow::Kind kind) {
  return kSpellings[static_cast<std::size_t>(kind)];
}

static_assert([] {
  for (std::size_t i = 0; i < kSpellings.size(); ++i) {
    if (kSpellings[i].kind != static_cast<Blow::Kind>(i)) return false;
  }
  return true;
}());

/// Takes the number off the text's front.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

bool is_of_runner(Blow::Kind kind) {
  return spelling_of(kind).of_runner;
}

std::string text_of(const Blow& blow) {
  const Spelling& spelling = spelling_of(blow.kind);
  if (!spelling.of_runner) return std::string(spelling.told);
  return fmt::format("{} of {}{}", spelling.told, kRunner, blow.runner + 1);
}

std::string written(const Blow& blow) {
  const Spelling& spelling = spelling_of(blow.kind);
  if (!spelling.of_runner) return fmt::format("{}:{}", blow.step, spelling.written);
  return fmt::format("{}:{}:{}{}", blow.step, spelling.written, kRunner, blow.runner + 1);
}

std::optional<Blow> read_blow(std::string_view text) {
  Blow blow;
  if (!take_number(text, blow.step) || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  for (const Spelling& spelling : kSpellings) {
    blow.kind = spelling.kind;
    if (text == spelling.written && !spelling.of_runner) return blow;
    std::string_view rest = text;
    if (!spelling.of_runner || !rest.starts_with(spelling.written)) continue;
    rest.remove_prefix(spelling.written.size());
    if (!rest.starts_with(':') || !rest.substr(1).starts_with(kRunner)) continue;
    rest.remove_prefix(1 + kRunner.size());
    std::uint32_t number = 0;
    if (!take_number(rest, number) || !rest.empty() || number == 0) return std::nullopt;
    blow.runner = number - 1;
    return blow;
  }
  return std::nullopt;
}

}  // namespace sim
