#include "sim/fuzz/shrink.h"

#include <fmt/format.h>

#include <filesystem>

#include "rehearse/found_violation.h"
#include "rehearse/interrupt.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "sim/scenario/write.h"
#include "sim/world/world.h"

namespace rehearse {

namespace {

/// The first invariant that a run of it violates; empty for none.
std::string violated_by(const sim::Scenario& scenario) {
  sim::Recorder recorder(sim::KeepEvents::No);
  const sim::Report report = sim::run_scenario(scenario, recorder, {.stop = &interrupted()});
  return report.outcome.violations.empty() ? std::string() : report.outcome.violations.front().invariant;
}

void say_what_is_left(const sim::Scenario& scenario, const std::string& invariant, const sim::Shrunk& shrunk) {
  const std::string_view sentence = sentence_of(invariant);
  const bool complete = shrunk.complete && !interrupted();
  print_message(fmt::format("{}: still violates {}{}; {} runs{}", scenario.file, invariant,
                            sentence.empty() ? std::string() : fmt::format(" ({})", sentence), shrunk.runs,
                            complete ? "" : ", and more would make it smaller"));
}

}  // namespace

int shrink_command(const ShrinkCommandOptions& options) {
  bool bad_input = false;
  const std::vector<sim::Scenario> scenarios = load_all({options.path}, bad_input);
  if (bad_input) return kBadInput;
  if (!options.out.empty() && scenarios.size() > 1) {
    print_message(fmt::format("error: {} holds {} scenarios, and --out is one file", options.path, scenarios.size()));
    return kBadInput;
  }
  catch_interrupts();
  for (const sim::Scenario& scenario : scenarios) {
    limit_time(options.timeout);
    std::string invariant;
    try {
      invariant = violated_by(scenario);
    } catch (const sim::RunStopped&) {
      if (!time_is_over()) return kInterrupted;
      print_message(fmt::format("error: {}: the run was not at its end after {} s of real time (--timeout)",
                                scenario.file, options.timeout));
      return kTimedOut;
    }
    if (invariant.empty()) {
      print_message(fmt::format("error: {} violates no invariant; there is nothing to shrink", scenario.file));
      return kBadInput;
    }
    const auto fails = [&](const sim::Scenario& candidate) {
      return !interrupted() && sim::violates(candidate, invariant, &interrupted());
    };
    sim::Shrunk shrunk = sim::shrink(scenario, fails, options.runs);
    if (!options.out.empty()) shrunk.scenario.title = std::filesystem::path(options.out).stem().string();
    say_what_is_left(scenario, invariant, shrunk);
    const std::string text = sim::scenario_text(shrunk.scenario);
    if (options.out.empty()) {
      print_json(text);
      continue;
    }
    OutputFile file(options.out);
    file.write(text);
    if (!file.commit()) {
      print_message("error: " + file.error());
      return kBadInput;
    }
  }
  return kAllHeld;
}

}  // namespace rehearse
