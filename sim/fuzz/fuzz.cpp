#include "sim/fuzz/fuzz.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "sim/fuzz/generate.h"

namespace sim {

namespace {

/// What the threads have found so far.
class Fuzzer {
 public:
  explicit Fuzzer(const FuzzOptions& options) : options_(options) {}

  FuzzResult run() {
    std::vector<std::thread> threads;
    for (std::uint32_t i = 1; i < options_.threads; ++i) threads.emplace_back([this] { loop(); });
    loop();
    for (std::thread& thread : threads) thread.join();
    result_.failure = failure_;
    result_.digest = fmt::format("{:016x}", digest_);
    return std::move(result_);
  }

 private:
  static constexpr std::uint64_t kBatch = 64;  ///< Worlds between two meetings of the threads.
  static constexpr std::size_t kNumbersTold = 10;

  void loop() {
    try {
      while (!stopped_) {
        const std::uint64_t begin = next_.fetch_add(kBatch);
        if (begin >= options_.runs) return;
        FuzzResult batch;
        std::uint64_t digest = 0;
        const std::uint64_t end = std::min(options_.runs, begin + kBatch);
        for (std::uint64_t i = begin; i < end && !stopped_; ++i) {
          try {
            digest ^= run_world(options_.first + i, batch);
          } catch (const RunStopped&) {
            note_cut(options_.first + i);
          } catch (const std::exception& error) {
            fail(std::make_exception_ptr(
                std::runtime_error(fmt::format("world {}: {}", options_.first + i, error.what()))));
          }
        }
        merge(batch, digest);
      }
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void note_cut(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    result_.cut.push_back(number);
    std::ranges::sort(result_.cut);  // total order: numbers
    stopped_ = true;
  }

  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    stopped_ = true;
  }

  std::uint64_t run_world(std::uint64_t number, FuzzResult& batch) const {
    const Scenario scenario = random_scenario(options_.seed, number);
    ProbeWatch probes(scenario);
    Recorder recorder(KeepEvents::No);
    const Report report = run_scenario(
        scenario, recorder, {.invariants_off = options_.invariants_off, .observer = &probes, .stop = options_.stop});
    FuzzCounts& counts = batch.counts;
    ++counts.worlds;
    counts.events += report.events;
    counts.simulated =
        core::saturating_add(core::SteadyTime(counts.simulated), report.outcome.stopped_at.time_since_epoch())
            .time_since_epoch();
    for (std::size_t i = 0; i < kProbes; ++i) counts.met[i] += probes.met()[i] ? 1 : 0;
    note(number, report.outcome.violations, batch);
    return XXH3_64bits_withSeed(report.digest.data(), report.digest.size(), number);
  }

  static void note(std::uint64_t number, const std::vector<Violation>& violations, FuzzResult& batch) {
    if (violations.empty()) return;
    ++batch.counts.violating;
    batch.first_violating.push_back(number);
    std::set<std::string_view> seen;
    for (const Violation& violation : violations) {
      if (!seen.insert(violation.invariant).second) continue;
      const auto [found, is_new] = batch.found.try_emplace(violation.invariant, FuzzFound{number, violation, 0, 0});
      ++found->second.times;
    }
    if (seen.size() == 1) ++batch.found.find(*seen.begin())->second.alone;
  }

  void merge(const FuzzResult& batch, std::uint64_t digest) {
    const std::lock_guard lock(mutex_);
    FuzzCounts& counts = result_.counts;
    counts.worlds += batch.counts.worlds;
    counts.violating += batch.counts.violating;
    counts.events += batch.counts.events;
    counts.simulated =
        core::saturating_add(core::SteadyTime(counts.simulated), batch.counts.simulated).time_since_epoch();
    for (std::size_t i = 0; i < kProbes; ++i) counts.met[i] += batch.counts.met[i];
    digest_ ^= digest;
    std::vector<std::uint64_t>& first = result_.first_violating;
    first.insert(first.end(), batch.first_violating.begin(), batch.first_violating.end());
    std::ranges::sort(first);  // total order: numbers
    first.resize(std::min(first.size(), kNumbersTold));
    for (const auto& [name, found] : batch.found) {
      const auto [kept, is_new] = result_.found.try_emplace(name, found);
      const bool is_first = is_new || found.number < kept->second.number;
      const std::uint64_t times = found.times + (is_new ? 0 : kept->second.times);
      const std::uint64_t alone = found.alone + (is_new ? 0 : kept->second.alone);
      if (is_first) kept->second = found;
      kept->second.times = times;
      kept->second.alone = alone;
      if (is_first && options_.on_found) options_.on_found(kept->second);
    }
    if (options_.go_on && !options_.go_on(counts)) stopped_ = true;
  }

  const FuzzOptions& options_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  FuzzResult result_;
  std::uint64_t digest_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

FuzzResult fuzz(const FuzzOptions& options) {
  return Fuzzer(options).run();
}

}  // namespace sim
