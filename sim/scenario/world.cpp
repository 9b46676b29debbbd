#include <fmt/format.h>

#include <algorithm>
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
  Json write(core::Duration by) const {
    const bool back = by < core::Duration::zero();
    return json_text((back ? "-" : "+") + core::format_duration(back ? -by : by));
  }
};

constexpr std::string_view kAtDoc = "The virtual time at which it happens.";

constexpr std::string_view kForDoc = "How long it lasts.";

/// The entry whose action is `Action`; `describe` is given that and the entry's time.
template <class Action, class Describe>
auto entry_form(std::string_view key, Describe describe) {
  return Form{key,
              [describe](auto& io, WorldEntry& entry) {
                io.required("at", entry.at, DurationText{}, kAtDoc);
                describe(io, alternative_for<Action>(io, entry.action), entry.at);
              },
              [](const WorldEntry& entry) { return std::holds_alternative<Action>(entry.action); }};
}

template <class Action>
auto runner_form(std::string_view key, RunnerName name, std::string_view doc) {
  return entry_form<Action>(
      key, [=](auto& io, Action& action, core::SteadyTime) { io.required(key, action.runner, name, doc); });
}

/// A list of services, each once.
struct PeersType {
  OneOf<Peer> peer{
      {{name_of(Peer::Redis), Peer::Redis}, {name_of(Peer::Llm), Peer::Llm}, {name_of(Peer::GitHub), Peer::GitHub}}};

  bool read(const At& at, std::vector<Peer>& peers) const {
    if (!List{peer, kPeers}.read(at, peers)) return false;
    if (peers.empty()) return at.error("found an empty list", "one or more of " + joined(peer.all_names()));
    for (std::size_t i = 1; i < peers.size(); ++i) {
      if (std::find(peers.begin(), peers.begin() + static_cast<std::ptrdiff_t>(i), peers[i]) ==
          peers.begin() + static_cast<std::ptrdiff_t>(i)) {
        continue;
      }
      return at.item(i).error("found " + core::quoted(name_of(peers[i])) + " a second time", "each service once");
    }
    return true;
  }
  JsonObject schema(const std::vector<Peer>& peers) const { return List{peer, kPeers}.schema(peers); }
  std::string file_text(const std::vector<Peer>& peers) const { return List{peer}.file_text(peers); }
};

auto restart_form() {
  return entry_form<RestartRedis>("restart", [](auto& io, RestartRedis& restart, core::SteadyTime at) {
    std::string service = "redis";
    io.required("restart", service, NameOf{{"redis"}}, "Redis restarts: all connections are dropped.");
    io.optional("lose", restart.lose, DurationText{}, "The writes of this last stretch are gone.");
    io.check(restart.lose <= at.time_since_epoch(), "lose",
             fmt::format("the stretch {} begins before the run does", core::format_duration(restart.lose)),
             "at most the entry's own time, " + core::format_duration(at.time_since_epoch()));
    io.optional("down", restart.down, DurationText{}, "How long connections are refused.");
  });
}

auto stop_form(RunnerName name) {
  return entry_form<StopRunner>("stop", [name](auto& io, StopRunner& stop, core::SteadyTime) {
    io.required("stop", stop.runner, name, "This runner is told to finish what it does and to stop.");
    io.optional("within", stop.within, DurationText{}, "Jobs that still run after that long are given back.");
  });
}

auto wall_clock_form(RunnerName name) {
  return entry_form<ShiftWallClock>("wall_clock", [name](auto& io, ShiftWallClock& shift, core::SteadyTime) {
    io.required("wall_clock", shift.by, ShiftType{},
                "The wall clock of runners and HTTP fakes jumps by this much, for good.");
    io.optional("runner", shift.runner, name, "Only the clock of this runner's machine jumps.");
  });
}

auto partition_form(RunnerName name) {
  return entry_form<PartitionRunner>("partition", [name](auto& io, PartitionRunner& partition, core::SteadyTime) {
    io.required("partition", partition.runner, name, "What this runner and the services send each other is held back.");
    io.required("from", partition.from, PeersType{}, "Which services it is cut off from.");
    io.required("for", partition.lasts, kPositiveDuration, kForDoc);
  });
}

auto pause_form(RunnerName name) {
  return entry_form<PauseRunner>("pause", [name](auto& io, PauseRunner& pause, core::SteadyTime) {
    io.required("pause", pause.runner, name, "This runner's process stands still, as by SIGSTOP.");
    io.required("for", pause.lasts, kPositiveDuration, kForDoc);
  });
}

auto redis_form() {
  return entry_form<LimitRedis>("redis", [](auto& io, LimitRedis& limit, core::SteadyTime) {
    using fakes::redis::Condition;
    io.required("redis", limit.condition,
                OneOf<Condition>{
                    {{name_of(Condition::Full), Condition::Full}, {name_of(Condition::ReadOnly), Condition::ReadOnly}}},
                "Redis has no memory left, or is a replica: it refuses what it then refuses.");
    io.required("for", limit.lasts, kPositiveDuration, kForDoc);
  });
}

auto enqueue_form(JobName job) {
  return entry_form<EnqueueAgain>("enqueue", [job](auto& io, EnqueueAgain& again, core::SteadyTime) {
    io.required("enqueue", again.job, job, "This job is put in once more; one whose id is there is left as it is.");
  });
}

auto operator_form(JobName job) {
  return entry_form<OperatorEntry>("operator", [job](auto& io, OperatorEntry& does, core::SteadyTime) {
    std::vector<std::pair<std::string_view, core::OperatorCommand>> names;
    for (const auto command : core::values_of<core::OperatorCommand>()) names.emplace_back(name_of(command), command);
    io.required("operator", does.command, OneOf<core::OperatorCommand>{std::move(names)},
                "The operator's command: a failed job is run anew, one that has not ended is cancelled, one "
                "that has ended is dropped; or no runner takes a job until the queue is resumed.");
    io.optional("job", does.job, job, "Without it, all for which the command is meant.");
    io.check(does.job.empty() || names_a_job(does.command), "job",
             fmt::format("\"job\" beside {}", name_of(does.command)), "only retry, cancel and drop name a job");
  });
}

auto entry_type(std::uint32_t runners, const std::vector<std::string_view>* job_ids) {
  const RunnerName name{runners};
  const JobName job{job_ids};
  return one_form_of<WorldEntry>(
      std::tuple{runner_form<CrashRunner>("crash", name, "This runner dies with all that it held in memory."),
                 runner_form<StartRunner>("start", name, "A new process with this name starts."), stop_form(name),
                 wall_clock_form(name), restart_form(), partition_form(name), pause_form(name), redis_form(),
                 enqueue_form(job), operator_form(job)});
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
  return List{entry_type(runners, job_ids)}.read(at, world);
}

JsonObject WorldType::schema(const std::vector<WorldEntry>& world) const {
  return List{entry_type(runners, job_ids)}.schema(world);
}

std::vector<std::string> WorldType::file_texts(const std::vector<WorldEntry>& world) const {
  return List{entry_type(runners, job_ids)}.file_texts(world);
}

}  // namespace sim
