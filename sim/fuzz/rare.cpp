#include "sim/fuzz/rare.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/api/api.h"
#include "core/retry/strategy.h"
#include "sim/fuzz/world_faults.h"

namespace sim {

namespace {

using namespace std::chrono_literals;
using core::Duration;
using core::SteadyTime;

/// Too little to be noticed, or just enough; back and ahead.
void make_small_shift(Dice& dice, Scenario& scenario) {
  const Duration by = dice.duration(1s, dice.chance(50) ? Duration(30s) : Duration(15min));
  add_entry(scenario, {SteadyTime(dice.duration(0ms, 60s)),
                       ShiftWallClock{dice.chance(60) ? by : -by, one_runner(dice, scenario)}});
}

/// A comment whose answer is lost, and a look-up that tells nothing plain.
void make_doubtful_look_up(Dice& dice, Scenario& scenario) {
  constexpr std::array<std::string_view, 5> kBodies = {"[]", R"([{"id":5}])", R"({"message":"m"})", "[null]",
                                                       R"([{"id":5,"body":7}])"};
  const std::uint64_t lost = dice.between(1, 3);
  fakes::HttpRule create;
  create.on = core::api::kCreateComment.operation;
  create.calls = {{lost, lost}};
  create.action = fakes::DoReset{fakes::ResetWhen::After};
  fakes::HttpRule list;
  list.on = core::api::kListComments.operation;
  const std::uint64_t first = dice.between(1, 2);
  list.calls = {{first, first + dice.between(0, 1)}};
  const int status = dice.chance(30) ? 202 : dice.chance(40) ? 206 : 200;
  // A plain empty list under 200 is believed, and with right.
  list.action = fakes::DoStatus{
      .status = status,
      .body = std::string(status == 200 ? kBodies[dice.between(1, kBodies.size() - 1)] : dice.one_of(kBodies))};
  scenario.github.insert(scenario.github.begin(), {create, list});
}

constexpr std::uint64_t kCallsOfARun = 10;

/// Small enough to come about in a random world.
void make_restraint(Dice& dice, core::Config& config) {
  config.limits.adaptive = dice.chance(80);
  config.breaker.enabled = dice.chance(60);
  if (dice.chance(70)) {
    config.breaker.minimum_calls = static_cast<std::uint32_t>(dice.between(1, 5));
    config.breaker.window = dice.duration(1s, 1min);
    config.breaker.open_for = dice.duration(500ms, 30s);
    config.breaker.probes = static_cast<std::uint32_t>(dice.between(1, 3));
    config.breaker.probe_timeout = dice.duration(1s, 1min);
  }
  config.budget.enabled = dice.chance(60);
  if (dice.chance(70)) {
    config.budget.minimum = static_cast<std::uint32_t>(dice.between(1, 5));
    config.budget.window = dice.duration(1s, 1min);
    config.budget.ratio = {static_cast<std::uint32_t>(dice.between(0, 1'000'000))};
  }
}

/// `backoff` with another strategy, and sometimes with a cap that it reaches soon: no wait is longer than before.
void change_strategy(Dice& dice, core::BackoffPolicy& backoff) {
  if (!dice.chance(60)) return;
  if (dice.chance(40)) {
    const auto times = static_cast<int>(dice.between(1, 3));
    backoff.max_delay = std::min(backoff.max_delay, backoff.initial_delay * times);
  }
  switch (dice.between(0, 3)) {
    case 0:
      backoff.strategy.kind = core::StrategyKind::Constant;
      break;
    case 1:
      backoff.strategy.kind = core::StrategyKind::Linear;
      if (dice.chance(50)) backoff.increment = dice.duration(1ms, 5s);
      break;
    case 2:
      backoff.strategy = {.kind = core::StrategyKind::Delays};
      for (std::uint64_t count = dice.between(1, 4); count > 0; --count)
        backoff.strategy.delays.push_back(std::min(dice.duration(count == 1 ? 1ms : 0ms, 10s), backoff.max_delay));
      break;
    default:
      backoff.strategy = {.kind = core::StrategyKind::Custom, .custom = &core::kFibonacci};
      break;
  }
  if (backoff.jitter.kind == core::JitterKind::Decorrelated) backoff.jitter.kind = core::JitterKind::Full;
}

}  // namespace

void make_strategies(Dice dice, Scenario& scenario) {
  core::Config& config = scenario.config;
  if (!dice.chance(15)) return;
  for (core::BackoffPolicy* backoff : {&config.llm.retry.backoff, &config.github.token.retry.backoff,
                                       &config.github.tools.retry.backoff, &config.jobs.retry.backoff}) {
    change_strategy(dice, *backoff);
  }
  if (dice.chance(20)) change_strategy(dice, config.redis.retry.backoff);
  for (auto& [name, tool] : config.tools) {
    change_strategy(dice, tool.retry.backoff);
    if (dice.chance(50)) tool.timeout = dice.duration(2s, 15s);
  }
}

void make_rare(Dice dice, Scenario& scenario) {
  if (dice.chance(4)) make_doubtful_look_up(dice, scenario);
  if (dice.chance(10)) {
    core::ToolConfig tool{.retry = scenario.config.github.tools.retry};
    tool.most_calls = static_cast<std::uint32_t>(dice.between(1, 3));
    scenario.config.tools.emplace(core::api::kCreateComment.tool, tool);
  }
  if (dice.chance(10)) scenario.config.llm.max_turns = static_cast<std::uint32_t>(dice.between(1, 4));
  if (dice.chance(4)) scenario.jobs.back().at = SteadyTime(dice.duration(50min, 80min));
  if (dice.chance(4)) make_small_shift(dice, scenario);
  if (dice.chance(4)) {
    const std::string runner = one_runner(dice, scenario);
    const SteadyTime at(dice.duration(0ms, 10s));
    add_entry(scenario, {at, StopRunner{runner, dice.duration(0ms, 10s)}});
    // Long enough for it to have ended, in most cases, and again for good.
    add_entry(scenario, {at + dice.duration(10s, 60s), StartRunner{runner}});
    add_entry(scenario, {SteadyTime(kTroubleEnds), StartRunner{runner}});
  }
}

void make_deadlines(Dice dice, Scenario& scenario) {
  if (!dice.chance(12)) return;
  if (dice.chance(50)) scenario.config.jobs.deadline = dice.duration(1s, 10min);
  for (ScenarioJob& job : scenario.jobs) {
    if (dice.chance(30)) job.deadline = dice.chance(70) ? dice.duration(1s, 3min) : dice.duration(1ms, 2s);
  }
}

void make_limits(Dice dice, Scenario& scenario) {
  core::Config& config = scenario.config;
  if (dice.chance(4)) return config.apply(core::Profile::Strict);
  if (!dice.chance(25)) return;
  config.apply(core::Profile::Fleet);
  make_restraint(dice, config);
  if (dice.chance(50)) config.limits.max_wait = dice.duration(2s, 5min);
  for (std::vector<fakes::HttpRule>* rules : {&scenario.llm, &scenario.github}) {
    for (fakes::HttpRule& rule : *rules) {
      auto* limit = std::get_if<fakes::DoRateLimit>(&rule.action);
      if (limit == nullptr && !rule.until) rule.until = SteadyTime(kTroubleEnds);
      // A run that needs more calls than a window lets through, and is put off before the next one, never ends.
      // Nor does one whose look-up uses up the window that its comment needs.
      // Other tools look before they act, too.
      const bool has_tools = std::ranges::any_of(scenario.jobs, [](const auto& job) { return job.tools.has_value(); });
      if (limit != nullptr) limit->limit = std::max<std::uint64_t>(limit->limit, has_tools ? 6 : 2);
      const bool is_small = limit != nullptr && limit->limit <= kCallsOfARun;
      if (is_small) config.limits.max_wait = std::max(config.limits.max_wait, 2 * limit->per);
    }
  }
}

}  // namespace sim
