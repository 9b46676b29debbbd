// Whole worlds of documented timeline 1: parse excluded; set-up, run, expectations and digest included. The reference
// in the same run is the bare work of a world without one: the same number of heap operations as the world has events.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <queue>
#include <vector>

#include "sim/scenario/load.h"
#include "sim/world/world.h"

namespace {

sim::Scenario load(const char* name) {
  const std::string path = std::string(REHEARSE_SOURCE_DIR "/scenarios/documented/") + name + ".json";
  sim::LoadedScenario loaded = sim::load_scenario(path);
  if (!loaded.scenario) std::abort();
  return std::move(*loaded.scenario);
}

void run_worlds(benchmark::State& state, const sim::Scenario& scenario) {
  std::uint64_t events = 0;
  for (auto _ : state) {
    sim::Recorder recorder(sim::KeepEvents::Yes);
    const sim::Report report = sim::run_scenario(scenario, recorder);
    if (!report.held()) state.SkipWithError("the scenario does not hold");
    events = report.events;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["events"] = static_cast<double>(events);
}

void BM_world_of_timeline_1(benchmark::State& state) {
  run_worlds(state, load("rate-limited-every-layer"));
}
BENCHMARK(BM_world_of_timeline_1);

void BM_world_of_timeline_2(benchmark::State& state) {
  run_worlds(state, load("rate-limited-until-dead-letter"));
}
BENCHMARK(BM_world_of_timeline_2);

void BM_reference_parse_of_timeline_1(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(load("rate-limited-every-layer"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_reference_parse_of_timeline_1);

}  // namespace
