#include "sim/fuzz/fuzz.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "core/time/text.h"
#include "rehearse/found_violation.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "sim/fuzz/generate.h"
#include "sim/fuzz/shrink.h"
#include "sim/scenario/write.h"

namespace rehearse {

namespace {

std::atomic<bool> interrupted{false};

void on_interrupt(int) {
  interrupted = true;
}

// lint-allow-file(real-clock): for how long a search goes on, and how fast it is, are told to the user alone
using WallClock = std::chrono::steady_clock;

double seconds_since(WallClock::time_point begun) {
  return std::chrono::duration<double>(WallClock::now() - begun).count();
}

std::string hours_of(core::Duration duration) {
  return fmt::format("{:.0f} h", std::chrono::duration<double, std::ratio<3600>>(duration).count());
}

void print_counts(const sim::FuzzCounts& counts, double seconds, std::uint32_t threads) {
  print(fmt::format("{} worlds in {:.1f} s ({:.0f}/s on {} threads), {} events, {} simulated\n", counts.worlds, seconds,
                    static_cast<double>(counts.worlds) / std::max(seconds, 1e-9), threads, counts.events,
                    hours_of(counts.simulated)));
}

void print_probes(const sim::FuzzCounts& counts) {
  print("met, in how many worlds:\n");
  for (std::size_t i = 0; i < sim::kProbes; ++i) {
    print(fmt::format("  {:>10}  {}\n", counts.met[i], sim::probe_name(i)));
  }
}

/// The probes that no world met.
std::string never_met(const sim::FuzzCounts& counts) {
  std::string names;
  for (std::size_t i = 0; i < sim::kProbes; ++i) {
    if (counts.met[i] > 0) continue;
    if (!names.empty()) names += "; ";
    names += sim::probe_name(i);
  }
  return names;
}

}  // namespace

int fuzz_command(const FuzzCommandOptions& options) {
  if (options.world) {
    print(sim::scenario_text(sim::random_scenario(options.seed, *options.world)));
    return kAllHeld;
  }
  if (!prepare_folder(options.out)) return kBadInput;
  std::signal(SIGINT, on_interrupt);
  const std::uint32_t threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  const WallClock::time_point begun = WallClock::now();
  sim::FuzzOptions engine;
  engine.seed = options.seed;
  engine.first = options.first;
  engine.runs = options.runs > 0 ? options.runs : options.seconds > 0 ? UINT64_MAX : 10'000;
  engine.threads = threads;
  engine.invariants_off.insert(options.without.begin(), options.without.end());
  double told = 0;
  engine.go_on = [&](const sim::FuzzCounts& counts) {
    const double now = seconds_since(begun);
    if (!options.quiet && now - told >= 0.5) {
      told = now;
      print_progress(fmt::format("{} worlds, {:.0f}/s, {} simulated, {} violate something", counts.worlds,
                                 static_cast<double>(counts.worlds) / now, hours_of(counts.simulated),
                                 counts.violating));
    }
    return !interrupted && (options.seconds == 0 || now < options.seconds);
  };
  const sim::FuzzResult result = sim::fuzz(engine);
  print_progress({});
  print_counts(result.counts, seconds_since(begun), threads);
  print(fmt::format("{} of {} worlds violate an invariant\n", result.counts.violating, result.counts.worlds));
  if (result.first_violating) print(fmt::format("first: world {}\n", *result.first_violating));
  if (options.count) {
    for (const auto& [invariant, found] : result.found) {
      print(fmt::format("  {:<10} {} worlds, {} of them nothing else\n", invariant, found.times, found.alone));
    }
    return result.counts.violating > 0 ? kFailed : kAllHeld;
  }
  if (options.runs > 0) print(fmt::format("digest: {}\n", result.digest));
  if (!options.quiet) print_probes(result.counts);
  bool kept = true;
  for (const auto& [invariant, found] : result.found) {
    kept = tell_violation(sim::random_scenario(options.seed, found.number), invariant, found.times, options.out,
                          options.shrink_runs) &&
           kept;
    print(fmt::format("or, unshrunk: rehearse fuzz --seed {} --first {} --runs 1\n", options.seed, found.number));
  }
  const std::string missed = options.all_probes ? never_met(result.counts) : std::string();
  if (!missed.empty()) print(fmt::format("FAILED: never met: {} (--all-probes)\n", missed));
  if (!kept) return kBadInput;
  return result.counts.violating > 0 || !missed.empty() ? kFailed : kAllHeld;
}

int shrink_command(const ShrinkCommandOptions& options) {
  bool bad_input = false;
  const std::vector<sim::Scenario> scenarios = load_all({options.path}, bad_input);
  if (bad_input) return kBadInput;
  for (const sim::Scenario& scenario : scenarios) {
    sim::Recorder recorder(sim::KeepEvents::No);
    const sim::Report report = sim::run_scenario(scenario, recorder);
    if (report.outcome.violations.empty()) {
      print_message(fmt::format("error: {} violates no invariant; there is nothing to shrink", scenario.file));
      return kBadInput;
    }
    const std::string invariant = report.outcome.violations.front().invariant;
    const auto fails = [&](const sim::Scenario& candidate) { return sim::violates(candidate, invariant); };
    sim::Shrunk shrunk = sim::shrink(scenario, fails, options.runs);
    if (!options.out.empty()) shrunk.scenario.title = std::filesystem::path(options.out).stem().string();
    const std::string text = sim::scenario_text(shrunk.scenario);
    print_message(fmt::format("{}: still violates {} ({}); {} runs{}", scenario.file, invariant, sentence_of(invariant),
                              shrunk.runs, shrunk.complete ? "" : ", and more would make it smaller"));
    if (options.out.empty()) {
      print(text);
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
