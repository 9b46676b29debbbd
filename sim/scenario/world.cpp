#include <fmt/format.h>

#include <charconv>

#include "core/json/choice.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace core::input;

/// "+2h" or "-2h".
struct ShiftType {
  bool read(const At& at, core::Duration& by) const {
    constexpr std::string_view kAccepted = "a duration with its sign, such as \"+2h\" or \"-90s\"";
    if (!at.is(Kind::String)) return at.expected(kAccepted);
    std::string_view text = at.node().text;
    const bool back = text.starts_with('-');
    if (back || text.starts_with('+')) text.remove_prefix(1);
    const auto size = core::parse_duration(text);
    if (!size) return at.expected(kAccepted);
    by = back ? -*size : *size;
    return true;
  }
  JsonObject schema(core::Duration) const { return string_schema("^[+-]?([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|ns))+$"); }
};

constexpr std::string_view kAtDoc = "The virtual time at which it happens.";

template <class Action>
auto runner_form(std::string_view key, RunnerName name, std::string_view doc) {
  return Form{key, [key, name, doc](auto& io, WorldEntry& entry) {
                io.required("at", entry.at, DurationText{}, kAtDoc);
                io.required(key, entry.action.emplace<Action>().runner, name, doc);
              }};
}

auto entry_type(std::uint32_t runners) {
  const RunnerName name{runners};
  return one_form_of<WorldEntry>(std::tuple{
      runner_form<CrashRunner>("crash", name, "This runner dies with all that it held in memory."),
      runner_form<StartRunner>("start", name, "A new process with this name starts."),
      Form{"stop",
           [name](auto& io, WorldEntry& entry) {
             auto& stop = entry.action.emplace<StopRunner>();
             io.required("at", entry.at, DurationText{}, kAtDoc);
             io.required("stop", stop.runner, name, "This runner is told to finish what it does and to stop.");
             io.optional("within", stop.within, DurationText{}, "Jobs that still run after that long are given back.");
           }},
      Form{"wall_clock",
           [](auto& io, WorldEntry& entry) {
             io.required("at", entry.at, DurationText{}, kAtDoc);
             io.required("wall_clock", entry.action.emplace<ShiftWallClock>().by, ShiftType{},
                         "The wall clock of runners and HTTP fakes jumps by this much, for good.");
           }},
      Form{"restart", [](auto& io, WorldEntry& entry) {
             std::string service;
             auto& restart = entry.action.emplace<RestartRedis>();
             io.required("at", entry.at, DurationText{}, kAtDoc);
             io.required("restart", service, NameOf{{"redis"}}, "Redis restarts: all connections are dropped.");
             io.optional("lose", restart.lose, DurationText{}, "The writes of this last stretch are gone.");
             io.check(restart.lose <= entry.at.time_since_epoch(), "lose",
                      fmt::format("the stretch {} begins before the run does", core::format_duration(restart.lose)),
                      "at most the entry's own time, " + core::format_duration(entry.at.time_since_epoch()));
             io.optional("down", restart.down, DurationText{}, "How long connections are refused.");
           }}});
}

}  // namespace

bool RunnerName::read(const At& at, std::string& value) const {
  std::string_view number = at.node().text;
  if (at.is(Kind::String) && number.starts_with("runner-")) {
    number.remove_prefix(7);
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    const bool whole = error == std::errc() && end == number.data() + number.size() && number.front() != '0';
    if (whole && index <= runners) {
      value = at.node().text;
      return true;
    }
  }
  return at.expected(runners == 1 ? std::string("runner-1") : fmt::format("runner-1 to runner-{}", runners),
                     runners == 1 ? "runner-1" : "");
}

JsonObject RunnerName::schema(const std::string&) const {
  return string_schema("^runner-[1-9][0-9]{0,3}$");
}

bool WorldType::read(const At& at, std::vector<WorldEntry>& world) const {
  return List{entry_type(runners)}.read(at, world);
}

JsonObject WorldType::schema(const std::vector<WorldEntry>& world) const {
  return List{entry_type(runners)}.schema(world);
}

}  // namespace sim
