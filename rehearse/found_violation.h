// How a violation that a search found is told: what was violated in one sentence, the last events of the job concerned,
// the shrunk scenario, and the command that repeats it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/terminal_text.h"
#include "sim/invariants/violation.h"
#include "sim/scenario/scenario.h"

namespace rehearse {

/// What an invariant says; empty for one that a scenario added.
std::string_view sentence_of(std::string_view invariant);

/// The last events of the job concerned up to the violation, as a timeline; of the whole run where it is of no job, and
/// to its end where the violation has no time.
core::TerminalText last_events_text(const std::vector<core::Event>& events, const sim::Violation& violation);

/// Where a scenario that violates `invariant` is kept in the folder `out`.
std::string place_of(const std::string& invariant, const sim::Scenario& scenario, const std::string& out);

/// Keeps it there as it is, unshrunk. False, with a message, when that could not be done.
bool keep_unshrunk(sim::Scenario scenario, const sim::Violation& violation, const std::string& out);

/// Shrinks `scenario`, which violates `invariant`, keeps it in the folder `out` unless that is empty, and prints what
/// was found `times` times. False, with a message, when it could not be kept; it was printed all the same. Once
/// interrupted() it shrinks no further.
bool tell_violation(const sim::Scenario& scenario, const std::string& invariant, std::uint64_t times,
                    const std::string& out, std::uint64_t most_runs);

/// Every option that a run of it uses, the seed first; secrets are masked.
core::TerminalText options_text(const sim::Scenario& scenario);

/// Makes the folder if need be and tries to write to it; an empty name is no folder and always well. Says what is
/// wrong.
bool prepare_folder(const std::string& folder);

}  // namespace rehearse
