#include <fmt/format.h>

#include <cstdlib>
#include <thread>

#include "core/time/text.h"
#include "rehearse/found_violation.h"
#include "rehearse/interrupt.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "sim/explore/explore.h"
#include "sim/explore/fingerprint.h"
#include "sim/explore/outcome.h"

namespace rehearse {

namespace {

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

TerminalText story_of(const sim::FoundViolation& found) {
  TerminalText text;
  for (std::size_t i = 0; i < found.outcomes.size(); ++i) {
    text.append("    call {}: {}\n", i + 1, sim::call_outcomes()[found.outcomes[i]].name);
  }
  for (const sim::Blow& blow : found.blows) {
    text.append("    before step {}: {}\n", blow.step, text_of(blow));
  }
  return text.empty() ? TerminalText::format("    with nothing but ordinary answers\n") : text;
}

/// The scenario with the calls' outcomes written into it.
sim::Scenario scenario_of(const sim::Scenario& scenario, const sim::FoundViolation& found) {
  std::vector<bool> for_llm;
  // Which service a call goes to is known once the calls before it are fixed.
  for (std::size_t i = 0; i < found.outcomes.size(); ++i) {
    const std::vector<std::uint8_t> begun(found.outcomes.begin(),
                                          found.outcomes.begin() + static_cast<std::ptrdiff_t>(i));
    sim::Fingerprints calls(scenario, begun, i + 1);
    sim::Recorder nobody(sim::KeepEvents::No);
    sim::run_scenario(sim::with_outcomes(scenario, begun, for_llm), nobody, {.observer = &calls});
    for_llm = calls.for_llm();
  }
  return sim::with_outcomes(scenario, found.outcomes, for_llm);
}

TerminalText repeat_text(const sim::Scenario& scenario, const sim::FoundViolation& found) {
  std::string command = "rehearse run " + scenario.file;
  for (const sim::Blow& blow : found.blows) command += " --blow " + sim::written(blow);
  return TerminalText::format("repeat it: {}\n", command);
}

/// The last events of the job concerned, in a run of the same again.
TerminalText timeline_of(const sim::Scenario& scenario, const sim::FoundViolation& found) {
  sim::Recorder recorder(sim::KeepEvents::Yes);
  sim::run_scenario(scenario_of(scenario, found), recorder, {.blows = found.blows});
  return last_events_text(recorder.events(), found.violation);
}

/// False when something could not be kept.
bool print_found(const sim::Scenario& scenario, const sim::Exploration& result, const std::string& out) {
  constexpr std::uint64_t kShrinkRuns = 2'000;
  bool kept = true;
  for (const auto& [name, found] : result.found) {
    print("\nviolation of {} at {}{}: {}\n  in {} runs; the first:\n{}", name,
          core::format_duration(found.violation.at.time_since_epoch()),
          found.violation.job.empty() ? "" : " by job " + found.violation.job, found.violation.message,
          with_commas(found.times), story_of(found));
    if (found.blows.empty()) {
      kept = tell_violation(scenario_of(scenario, found), name, found.times, out, kShrinkRuns) && kept;
    } else {
      // A blow falls between two steps of a run, which no scenario can say.
      print("{}{}", timeline_of(scenario, found), repeat_text(scenario, found));
    }
  }
  return kept;
}

void print_ends(const sim::Exploration& result) {
  print("  how they ended:\n");
  for (const auto& [end, times] : result.ends) print("    {:>20}  {}\n", with_commas(times), end);
}

void print_calls(const sim::Scenario& scenario, const ExploreCommandOptions& options, const sim::Exploration& result) {
  print("== {}: outcomes of the first {} calls\n", scenario.file, options.depth);
  if (result.complete) {
    print("  complete: all {} sequences of {} outcomes a call ({} of them end before call {})\n",
          with_commas(result.sequences), sim::call_outcomes().size(), with_commas(result.ended), options.depth);
  } else {
    print("  NOT complete: {}\n", time_is_over() ? "the time of --timeout was over" : "interrupted");
  }
  print("  runs: {}; different worlds before each call:", with_commas(result.runs));
  for (const std::uint64_t states : result.states) print(" {}", with_commas(states));
  print("\n");
  print_ends(result);
}

void print_blows(const sim::Scenario& scenario, const ExploreCommandOptions& options, const sim::Exploration& result) {
  print(
      "\n== {}: a crash, pause or partition of a runner, a restart of Redis or a loss of connections at every step{}\n",
      scenario.file, options.pairs ? ", one at a time and in pairs" : "");
  print("  {}complete: {} runs\n", result.complete ? "" : "NOT ", with_commas(result.runs));
  print_ends(result);
}

sim::ExploreOptions engine_options(const ExploreCommandOptions& options) {
  sim::ExploreOptions engine;
  engine.depth = options.depth;
  engine.threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  engine.merge = !options.unmerged;
  engine.stop = &interrupted();
  if (!options.quiet) {
    engine.progress = [](const sim::ExploreProgress& progress) {
      if (progress.call == 0) return print_progress(fmt::format("blows: run {} of {}", progress.done, progress.of));
      print_progress(fmt::format("call {}: run {} of {}", progress.call, progress.done, progress.of));
    };
  }
  return engine;
}

}  // namespace

int explore_command(const ExploreCommandOptions& options) {
  bool bad_input = false;
  const std::vector<sim::Scenario> scenarios = load_all({options.path}, bad_input);
  if (bad_input) return kBadInput;
  catch_interrupts();
  limit_time(options.timeout);
  int code = kAllHeld;
  const sim::ExploreOptions engine = engine_options(options);
  if (!prepare_folder(options.out)) return kBadInput;
  for (sim::Scenario scenario : scenarios) {
    scenario.schedule = 0;
    const sim::Exploration calls = sim::explore_calls(scenario, engine);
    print_progress({});
    print_calls(scenario, options, calls);
    const bool kept = print_found(scenario, calls, options.out);
    if (!calls.found.empty() || !calls.complete) code = kFailed;
    if (!kept) return kBadInput;
    if (!options.crashes || interrupted()) continue;
    const sim::Exploration blows = sim::explore_blows(scenario, options.pairs, engine);
    print_progress({});
    print_blows(scenario, options, blows);
    print_found(scenario, blows, options.out);
    if (!blows.found.empty() || !blows.complete) code = kFailed;
  }
  return code;
}

}  // namespace rehearse
