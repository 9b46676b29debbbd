// Answers of services for random worlds: waits in every form that they are told in, and rare statuses and words.
#pragma once

#include "core/retry/classify.h"
#include "fakes/faults/rule.h"
#include "sim/fuzz/dice.h"

namespace sim {

/// A wait that no Retry-After tells: the reset of a limit, a delay in the body, a body that names a limit.
fakes::HttpAction random_wait_elsewhere(Dice& dice, core::Service service);

/// 402, 408, 409, 425, and a 429 that names a used-up quota or an unpaid account.
fakes::HttpAction random_rare_answer(Dice& dice, core::Service service);

/// Waits of hours to days, some of them beyond any ceiling.
fakes::HttpAction random_long_wait(Dice& dice);

}  // namespace sim
