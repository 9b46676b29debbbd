// Fleets beside a limit: what a row says is so, and is the same on any number of threads.
#include "sim/lab/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/api/api.h"
#include "sim/lab/lab.h"
#include "sim/lab/ratio.h"
#include "sim/scenario/load.h"
#include "sim/scenario/write.h"
#include "sim/world/world.h"

namespace sim {
namespace {

using namespace std::chrono_literals;
using core::Duration;
using testing::ElementsAre;
using testing::IsEmpty;

FleetCell cell_of(std::string_view service, std::string_view strategy, std::uint32_t clients) {
  return {find_limited_service(service), find_fleet_strategy(strategy), clients};
}

std::vector<FleetCell> all_cells(std::uint32_t clients) {
  std::vector<FleetCell> cells;
  for (const LimitedService& service : limited_services()) {
    for (const FleetStrategy& strategy : fleet_strategies()) cells.push_back({&service, &strategy, clients});
  }
  return cells;
}

std::string name_of(const FleetCell& cell) {
  return fmt::format("{}, {}, {} clients", cell.service->name, cell.strategy->name, cell.clients);
}

constexpr FleetSettings kSmall{.limit = 3, .per = 10s, .windows = 3};

TEST(FleetRow, the_ideal_time_is_that_of_the_last_window_that_is_needed) {
  struct Row {
    std::uint64_t successes, limit;
    Duration ideal;
  };
  const Row rows[] = {{0, 50, 0s},    {1, 50, 0s},       {50, 50, 0s}, {51, 50, 60s},
                      {100, 50, 60s}, {1000, 50, 1140s}, {3, 1, 120s}};
  for (const auto& [successes, limit, ideal] : rows) EXPECT_EQ(ideal_time(successes, limit, 60s), ideal) << successes;
}

TEST(Ratio, is_rounded_half_up_and_compared_exactly) {
  EXPECT_EQ(ratio_text(1, 3), "0.33");
  EXPECT_EQ(ratio_text(2, 3), "0.67");
  EXPECT_EQ(ratio_text(1005, 1000), "1.01");
  EXPECT_EQ(ratio_text(1, 0), "-");
  EXPECT_EQ(ratio_text(core::UnsignedWide{UINT64_MAX} * 3, UINT64_MAX), "3.00");
  EXPECT_EQ(percent_text(1, 200), "1%");
  EXPECT_EQ(percent_text(1, 201), "0%");
  EXPECT_EQ(percent_text(0, 0), "-");
  EXPECT_FALSE(is_above(120, 100, 120));
  EXPECT_TRUE(is_above(1201, 1000, 120));
  EXPECT_TRUE(is_above(1, 0, 120));
  EXPECT_FALSE(is_above(0, 0, 120));
}

TEST(FleetScenario, survives_its_file) {
  for (const FleetCell& cell : all_cells(2)) {
    const Scenario scenario = fleet_scenario(cell, kSmall);
    const std::string text = scenario_text(scenario);
    const LoadedScenario loaded = parse_scenario(scenario.file, text);
    ASSERT_TRUE(loaded.scenario.has_value()) << core::to_text(loaded.errors.front()) << text;
    Recorder one(KeepEvents::No), other(KeepEvents::No);
    EXPECT_EQ(run_scenario(*loaded.scenario, one).digest, run_scenario(scenario, other).digest) << name_of(cell);
  }
}

TEST(FleetScenario, has_work_for_the_windows_and_for_every_client) {
  EXPECT_EQ(fleet_scenario(cell_of("github-primary", "full", 1), kSmall).jobs.size(), 9U);
  EXPECT_EQ(fleet_scenario(cell_of("openai", "full", 1), kSmall).jobs.size(), 5U);
  EXPECT_EQ(fleet_scenario(cell_of("openai", "full", 40), kSmall).jobs.size(), 40U);
}

TEST(FleetScenario, a_client_is_a_slot_or_a_process) {
  const Scenario slots = fleet_scenario(cell_of("openai", "adaptive-shared", 7), kSmall);
  EXPECT_EQ(slots.runners, 1U);
  EXPECT_EQ(slots.config.jobs.concurrency, 7U);
  EXPECT_TRUE(slots.config.limits.adaptive);
  const Scenario processes = fleet_scenario(cell_of("openai", "adaptive", 7), kSmall);
  EXPECT_EQ(processes.runners, 7U);
  EXPECT_EQ(processes.config.jobs.concurrency, 1U);
}

/// By the events of the same world.
std::uint64_t calls_begun(const FleetCell& cell, const FleetSettings& settings) {
  Recorder recorder(KeepEvents::Yes);
  run_scenario(fleet_scenario(cell, settings), recorder);
  return static_cast<std::uint64_t>(std::ranges::count_if(recorder.events(), [&](const core::Event& event) {
    const core::Api* api = core::find_api(event.api);
    return event.kind == core::EventKind::CallStarted && api != nullptr && api->operation == cell.service->operation;
  }));
}

TEST(FleetRow, adds_up) {
  for (const std::uint32_t clients : {1U, 4U}) {
    for (const FleetCell& cell : all_cells(clients)) {
      const FleetRow row = measure_fleet(cell, kSmall);
      EXPECT_EQ(row.calls, row.passed + row.refused) << name_of(cell);
      EXPECT_EQ(row.calls, calls_begun(cell, kSmall)) << name_of(cell);
      EXPECT_EQ(row.jobs, row.completed + row.dead) << name_of(cell);
      EXPECT_GE(row.passed, row.successes()) << name_of(cell);
      EXPECT_GT(row.refused, 0U) << name_of(cell);
      EXPECT_THAT(row.violations, IsEmpty()) << name_of(cell);
      EXPECT_GE(row.longest_wait, row.mean_wait()) << name_of(cell);
      EXPECT_EQ(row.completed_at.value_or(Duration::zero()), row.longest_wait) << name_of(cell);
    }
  }
}

/// Two questions in ten seconds, each answered after 0.2 s; one client and two jobs. The third question, at 0.4 s, is
/// refused at 0.6 s and asked to wait 9.6 s from its arrival on: as it counts from the answer, until 10.2 s.
TEST(FleetRow, has_the_numbers_of_a_world_that_was_worked_out_by_hand) {
  const FleetRow row = measure_fleet(cell_of("openai", "exponential", 1), {.limit = 2, .per = 10s, .windows = 2});
  EXPECT_EQ(row.jobs, 2U);
  EXPECT_EQ(row.calls, 5U);
  EXPECT_EQ(row.passed, 4U);
  EXPECT_EQ(row.refused, 1U);
  EXPECT_EQ(row.completed, 2U);
  EXPECT_EQ(row.dead, 0U);
  EXPECT_EQ(row.successes(), 4U);
  EXPECT_EQ(row.ideal(), 10s);
  EXPECT_EQ(row.completed_at, 10'600ms);
  EXPECT_EQ(row.longest_wait, 10'600ms);
  EXPECT_EQ(row.mean_wait(), 5'500ms);
  EXPECT_THAT(row.faults, IsEmpty());
}

TEST(FleetRow, tells_of_faults_and_dead_letters) {
  const FleetRow row = measure_fleet(cell_of("ollama", "none", 10), kSmall);
  EXPECT_GT(row.dead, 0U);
  EXPECT_GT(row.faults.at(fakes::FaultKind::NoBackoff), 0U);
}

TEST(FleetTargets, are_kept_by_clients_that_share_what_they_learn) {
  for (const LimitedService& service : limited_services()) {
    const FleetRow row =
        measure_fleet({&service, find_fleet_strategy("adaptive-shared"), 10}, {.limit = 5, .per = 30s});
    ASSERT_TRUE(has_targets(row));
    EXPECT_THAT(missed_targets(row), IsEmpty()) << service.name;
  }
}

TEST(FleetTargets, say_what_is_missed) {
  FleetRow row{.cell = cell_of("openai", "adaptive-shared", 10), .jobs = 500, .completed = 500};
  row.calls = 1200;
  row.completed_at = 1254s;
  EXPECT_THAT(missed_targets(row), IsEmpty());
  row.calls = 1201;
  row.completed_at = 1255s;
  EXPECT_THAT(missed_targets(row), ElementsAre("1.20 calls a success, not 1.20", "1.10 of the ideal time, not 1.10"));
  row.cell.service = find_limited_service("ollama");
  EXPECT_THAT(missed_targets(row), IsEmpty());
  row.dead = 1;
  row.completed = 499;
  row.faults[fakes::FaultKind::NoBackoff] = 2;
  row.violations["liveness"] = 3;
  EXPECT_THAT(missed_targets(row), ElementsAre("1 jobs did not complete", "2 no_backoff", "3 liveness"));
  row.settings.windows = 19;
  EXPECT_FALSE(has_targets(row));
  row = {.cell = cell_of("openai", "full", 10)};
  EXPECT_FALSE(has_targets(row));
}

LabOptions small_lab(std::uint32_t threads) {
  LabOptions options;
  for (const LimitedService& service : limited_services()) options.services.push_back(&service);
  for (const FleetStrategy& strategy : fleet_strategies()) options.strategies.push_back(&strategy);
  options.clients = {1, 3};
  options.fleet = kSmall;
  options.threads = threads;
  return options;
}

/// Processes have installation tokens of their own, which GitHub counts together.
TEST(FleetScenario, clients_count_together_though_they_are_processes) {
  for (const LimitedService& service : limited_services()) {
    const FleetRow row =
        measure_fleet({&service, find_fleet_strategy("adaptive"), 5}, {.limit = 5, .per = 30s, .windows = 4});
    EXPECT_EQ(row.completed, row.jobs) << service.name;
    EXPECT_GE(row.completed_at, row.ideal()) << service.name;
  }
}

TEST(Lab, has_its_rows_in_the_order_of_services_clients_and_strategies) {
  LabOptions options = small_lab(3);
  options.contenders = {2, 5};
  options.contention.runs = 1;
  const LabResult result = run_lab(options);
  std::vector<std::string> names, expected;
  for (const FleetRow& row : result.fleet) names.push_back(name_of(row.cell));
  for (const ContentionRow& row : result.contention) {
    names.push_back(fmt::format("{}, {}", row.cell.clients, row.cell.strategy->name));
  }
  for (const LimitedService& service : limited_services()) {
    for (const std::uint32_t clients : options.clients) {
      for (const FleetStrategy& strategy : fleet_strategies()) {
        expected.push_back(name_of({&service, &strategy, clients}));
      }
    }
  }
  for (const std::uint32_t clients : options.contenders) {
    for (const ContentionStrategy& strategy : contention_strategies()) {
      expected.push_back(fmt::format("{}, {}", clients, strategy.name));
    }
  }
  EXPECT_EQ(names, expected);
}

TEST(Lab, that_is_stopped_has_the_rows_that_it_has) {
  std::atomic<bool> stop{false};
  LabOptions options = small_lab(1);
  options.stop = &stop;
  std::vector<std::size_t> told;
  options.progress = [&](std::size_t done, std::size_t of) {
    EXPECT_EQ(of, 72U);
    told.push_back(done);
    stop = done == 2;
  };
  const LabResult result = run_lab(options);
  EXPECT_FALSE(result.complete);
  EXPECT_THAT(told, ElementsAre(1U, 2U));
  EXPECT_EQ(result.fleet.size(), 2U);
}

TEST(Lab, a_world_is_stopped_in_its_midst) {
  const std::atomic<bool> stop{true};
  EXPECT_THROW(measure_fleet(cell_of("openai", "full", 1), kSmall, &stop), RunStopped);
  EXPECT_THROW(measure_contention({&contention_strategies()[0], 10}, {}, &stop), RunStopped);
}

}  // namespace
}  // namespace sim
