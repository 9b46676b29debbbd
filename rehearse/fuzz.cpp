#include "sim/fuzz/fuzz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <thread>

#include "rehearse/found_violation.h"
#include "rehearse/interrupt.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "sim/fuzz/generate.h"
#include "sim/scenario/write.h"

namespace rehearse {

namespace {

// lint-allow-file(real-clock): for how long a search goes on, and how fast it is, are told to the user alone
using WallClock = std::chrono::steady_clock;

std::string hours_of(core::Duration duration) {
  return fmt::format("{:.0f} h", std::chrono::duration<double, std::ratio<3600>>(duration).count());
}

void print_counts(const sim::FuzzCounts& counts, double seconds, std::uint32_t threads) {
  print("{} worlds in {:.1f} s ({:.0f}/s on {} threads), {} events, {} simulated\n", counts.worlds, seconds,
        static_cast<double>(counts.worlds) / std::max(seconds, 1e-9), threads, counts.events,
        hours_of(counts.simulated));
}

void print_probes(const sim::FuzzCounts& counts) {
  print("met, in how many worlds:\n");
  for (std::size_t i = 0; i < sim::kProbes; ++i) {
    print("  {:>10}  {}\n", counts.met[i], sim::probe_name(i));
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

/// Keeps what is found as soon as it is found, as it is: whatever becomes of the search, it is not lost.
class Keeper {
 public:
  explicit Keeper(const FuzzCommandOptions& options) : options_(options) {}

  void operator()(const sim::FuzzFound& found) {
    if (options_.out.empty() || options_.count) return;
    const std::string& invariant = found.violation.invariant;
    const sim::Scenario scenario = sim::random_scenario(options_.seed, found.number);
    const std::string path = place_of(invariant, scenario, options_.out);
    if (!keep_unshrunk(scenario, found.violation, options_.out)) return;
    std::string& before = paths_[invariant];
    if (!before.empty() && before != path) std::remove(before.c_str());
    before = path;
  }

 private:
  const FuzzCommandOptions& options_;
  std::map<std::string, std::string> paths_;  ///< By invariant.
};

/// Asked by the search whether to go on; shows how far it is.
class Progress {
 public:
  explicit Progress(const FuzzCommandOptions& options) : options_(options) {}

  bool operator()(const sim::FuzzCounts& counts) {
    const double now = seconds();
    if (!options_.quiet && now - told_ >= 0.5) {
      told_ = now;
      const auto met = std::count_if(counts.met.begin(), counts.met.end(), [](std::uint64_t n) { return n > 0; });
      print_progress(fmt::format("{} worlds, {:.0f}/s, {} simulated, {} of {} probes met, {} violate something",
                                 counts.worlds, static_cast<double>(counts.worlds) / now, hours_of(counts.simulated),
                                 met, sim::kProbes, counts.violating));
    }
    return !interrupted() && (options_.seconds == 0 || now < options_.seconds);
  }
  double seconds() const { return std::chrono::duration<double>(WallClock::now() - begun_).count(); }

 private:
  const FuzzCommandOptions& options_;
  const WallClock::time_point begun_ = WallClock::now();
  double told_ = 0;
};

/// False when something could not be kept.
bool tell_all(const FuzzCommandOptions& options, const sim::FuzzResult& result) {
  bool kept = true;
  for (const auto& [invariant, found] : result.found) {
    kept = tell_violation(sim::random_scenario(options.seed, found.number), invariant, found.times, options.out,
                          options.shrink_runs) &&
           kept;
    print("or, unshrunk: rehearse fuzz --seed {} --first {} --runs 1\n", options.seed, found.number);
  }
  return kept;
}

/// A world that does not end is among those that were cut, one for each thread.
void tell_timeout(const FuzzCommandOptions& options, const sim::FuzzResult& result) {
  std::string text = fmt::format("error: the search was ended after {} s of real time (--timeout)", options.timeout);
  if (!result.cut.empty()) text += fmt::format("; not at their end: world {}", fmt::join(result.cut, ", "));
  print_message(text);
}

void print_alone(const sim::FuzzResult& result) {
  for (const auto& [invariant, found] : result.found) {
    print("  {:<10} {} worlds, {} of them nothing else\n", invariant, found.times, found.alone);
  }
}

}  // namespace

int fuzz_command(const FuzzCommandOptions& options) {
  if (options.world) {
    print_json(sim::scenario_text(sim::random_scenario(options.seed, *options.world)));
    return kAllHeld;
  }
  if (!prepare_folder(options.out)) return kBadInput;
  catch_interrupts();
  limit_time(options.timeout);
  Progress progress(options);
  Keeper keeper(options);
  sim::FuzzOptions engine;
  engine.seed = options.seed;
  engine.first = options.first;
  engine.runs = options.runs > 0 ? options.runs : options.seconds > 0 ? UINT64_MAX : 10'000;
  engine.threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  engine.invariants_off.insert(options.without.begin(), options.without.end());
  engine.stop = &interrupted();
  engine.go_on = std::ref(progress);
  engine.on_found = std::ref(keeper);
  const sim::FuzzResult result = sim::fuzz(engine);
  print_progress({});
  print_counts(result.counts, progress.seconds(), engine.threads);
  print("{} of {} worlds violate an invariant\n", result.counts.violating, result.counts.worlds);
  if (!result.first_violating.empty()) {
    print("first: world {}\n", fmt::format("{}", fmt::join(result.first_violating, ", ")));
  }
  // Of a search that was ended early it would be another one each time.
  if (result.counts.worlds == engine.runs) print("digest: {}\n", result.digest);
  if (!options.quiet && !options.count) print_probes(result.counts);
  if (options.count) print_alone(result);
  const bool kept = options.count || tell_all(options, result);
  const std::string missed = options.all_probes ? never_met(result.counts) : std::string();
  if (!missed.empty()) print("FAILED: never met: {} (--all-probes)\n", missed);
  if (result.failure) std::rethrow_exception(result.failure);
  if (time_is_over()) tell_timeout(options, result);
  if (!kept) return kBadInput;
  if (result.counts.violating > 0 || !missed.empty()) return kFailed;
  return time_is_over() ? kTimedOut : kAllHeld;
}

}  // namespace rehearse
