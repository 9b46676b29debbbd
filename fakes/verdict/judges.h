// The judges behind judge(): each looks for some kinds of fault and adds what it finds, in any order.
#pragma once

#include <span>
#include <vector>

#include "fakes/verdict/verdict.h"

namespace fakes {

/// Repetitions of one request, in order of arrival.
using Chain = std::vector<const Exchange*>;

/// RetriedFinalAnswer, NoBackoff, TooManyAttempts: of each request for itself.
void judge_repetitions(std::span<const Exchange> exchanges, const VerdictLimits& limits, std::vector<Fault>& faults);
/// UndercutRetryAfter and HammeredWhileLimited.
void judge_waits(std::span<const Exchange> exchanges, std::vector<Fault>& faults);
/// DuplicateEffect.
void judge_effects(std::span<const Exchange> exchanges, std::vector<Fault>& faults);
/// AcceptedCutAnswer.
void judge_answers(std::span<const Exchange> exchanges, std::vector<Fault>& faults);

/// A fault told by `last`, with the numbers of the exchanges it follows from.
Fault make_fault(FaultKind kind, std::string message, std::span<const Exchange* const> exchanges);

/// For people: to the millisecond, what is shorter to the microsecond; rounded down.
std::string time_text(core::Duration duration);

/// "429", "an answer cut" or the like: what a client saw.
std::string outcome_text(const Exchange& exchange);

}  // namespace fakes
