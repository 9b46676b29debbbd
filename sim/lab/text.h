// The tables of the laboratory, for people and for programs.
#pragma once

#include <string>

#include "core/text/terminal_text.h"
#include "sim/lab/lab.h"

namespace sim {

core::TerminalText lab_text(const LabOptions& options, const LabResult& result);

/// One object. Durations are whole nanoseconds; of contention each number is the sum over all runs.
std::string lab_json(const LabOptions& options, const LabResult& result);

}  // namespace sim
