#include "sim/fuzz/rare.h"

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

}  // namespace

void make_rare(Dice dice, Scenario& scenario) {
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

}  // namespace sim
