// What few worlds have, and what would be too much of a good thing in many.
#pragma once

#include "sim/fuzz/dice.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// Adds some of these: a comment whose answer is lost, and a look-up for it that tells nothing plain; a bound of a few
/// turns; a job that comes when the tokens of the others have expired; a runner's clock that is set a little wrong; a
/// runner that is stopped while its first jobs run. Pass dice that nothing else draws from: the rest of
/// the scenario then stays as it was.
void make_rare(Dice dice, Scenario& scenario);

/// In some worlds calls wait for limits, in few the profile is strict. A service that refuses for ever would then be
/// waited for for ever: each rule but a rate limit ends with all other trouble. Pass dice of its own, once all rules
/// are there.
void make_limits(Dice dice, Scenario& scenario);

/// Some jobs have to end by a deadline.
void make_deadlines(Dice dice, Scenario& scenario);

/// In some worlds waits follow another strategy than the exponential one. Pass dice of its own, once the configuration
/// is there.
void make_strategies(Dice dice, Scenario& scenario);

}  // namespace sim
