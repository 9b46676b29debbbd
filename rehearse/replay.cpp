// rehearse replay: a trace made into a scenario, and run.
#include <fmt/format.h>

#include "rehearse/interrupt.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "rehearse/trace_input.h"
#include "rehearse/traces_together.h"
#include "reports/trace/trace_diff.h"
#include "sim/replay/divergence.h"
#include "sim/replay/replay.h"
#include "sim/scenario/load.h"
#include "sim/world/world.h"

namespace rehearse {

namespace {

constexpr std::string_view kDefaultTitle = "replay";

/// A scenario's title is its file's name without .json.
std::string title_of(const std::string& path) {
  std::string_view name = path;
  if (name.empty()) return std::string(kDefaultTitle);
  name.remove_prefix(name.rfind('/') + 1);
  if (name.ends_with(".json")) name.remove_suffix(5);
  return std::string(name);
}

/// The run that was asked for. Says so where there is none.
std::optional<TraceRun> chosen_run(const ReplayOptions& options) {
  const std::string& path = options.traces[0];
  core::InputError error{.file = path};
  if (options.together) {
    std::optional<TracesTogether> all = load_together(options.traces, !options.config.empty());
    if (!all) return std::nullopt;
    if (all->run) return std::move(all->run);
    error.found = "no trace holds a run";
    error.accepted = "traces that were not cut in their first line";
    print_message("error: " + core::to_text(error));
    return std::nullopt;
  }
  if (options.traces.size() > 1) {
    print_message(
        fmt::format("error: found {} traces; accepted: one, or several with --together", options.traces.size()));
    return std::nullopt;
  }
  std::optional<std::vector<TraceRun>> runs = load_trace(path);
  if (!runs) return std::nullopt;
  if (!options.run && runs->size() > 1) {
    error.found = fmt::format("the trace holds {} runs", runs->size());
    error.accepted = "one of them, by --run N, or all of them, --together";
  } else if (options.run && (*options.run == 0 || *options.run > runs->size())) {
    error.found = fmt::format("there is no run {}", *options.run);
    error.accepted = fmt::format("1 to {}", runs->size());
  } else {
    return std::move((*runs)[options.run.value_or(1) - 1]);
  }
  print_message("error: " + core::to_text(error));
  return std::nullopt;
}

bool write_out(const ReplayOptions& options, const std::string& text) {
  OutputFile out(options.out);
  out.write(text);
  if (out.commit()) return true;
  print_message("error: " + out.error());
  return false;
}

/// The scenario itself goes to stdout when no file is given for it; what is said about it is a comment there.
void say(const ReplayOptions& options, const TerminalText& said) {
  if (!options.out.empty()) return print(said);
  const std::string& text = said.str();
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    print("// {}\n", text.substr(begin, end - begin));
    begin = end + 1;
  }
}

TerminalText told_of(const TraceRun& run, const sim::Divergence& divergence) {
  TerminalText told = TerminalText::format(
      "the replay departs from the trace at event {} of {} (A: the trace, B: the replay)\n\n{}", divergence.place + 1,
      divergence.job.empty() ? "those of no job" : "job " + core::printable(divergence.job),
      reports::difference_text(divergence.trace, divergence.replay, divergence.place, screen_of_stdout().width));
  if (!sim::has_part_of_a_job(run.events())) return told;
  return TerminalText::format("{}\nAnother runner had a job before: give the traces of all of them, --together.\n",
                              told);
}

}  // namespace

int replay_command(const ReplayOptions& options) {
  const std::optional<TraceRun> run = chosen_run(options);
  if (!run) return kBadInput;
  const std::optional<core::Config> config = options.config.empty() ? config_of(*run) : load_config(options.config);
  if (!config) return kBadInput;
  const std::string title = title_of(options.out);
  const std::string why = "Made from the trace " + run->name() + ".";
  const std::string text = sim::replay_scenario(
      {title, why, run->header.seed.value_or(1), run->header.schedule, *config, run->header.started}, run->events());
  if (!options.out.empty() && !write_out(options, text)) return kBadInput;
  const sim::LoadedScenario loaded = sim::parse_scenario(title + ".json", text);
  if (!loaded.scenario) {
    for (const core::InputError& error : loaded.errors) {
      print_message("error: this trace makes no scenario: " + core::to_text(error));
    }
    return kBadInput;
  }
  sim::Recorder recorder(sim::KeepEvents::Yes);
  limit_time(options.timeout);
  try {
    sim::run_scenario(*loaded.scenario, recorder, {.stop = &interrupted()});
  } catch (const sim::RunStopped&) {
    print_message(fmt::format("error: {}: the replay was not at its end after {} s of real time (--timeout)", run->file,
                              options.timeout));
    return kTimedOut;
  }
  limit_time(0);
  const auto comparison = sim::comparison_for(run->header.simulated, run->events(), *config);
  const auto divergence = sim::first_divergence(run->events(), recorder.events(), comparison);
  say(options, divergence ? told_of(*run, *divergence)
                          : TerminalText::format("the replay makes the same decisions: {} events of {} job{}\n",
                                                 run->events().size(), loaded.scenario->jobs.size(),
                                                 loaded.scenario->jobs.size() == 1 ? "" : "s"));
  if (options.out.empty()) print_json(text);
  return divergence ? kFailed : kAllHeld;
}

}  // namespace rehearse
