// What --help prints.
#pragma once

#include <cstddef>
#include <string>

#include "cli/reference.h"

namespace cli {

/// Of the program itself, in lines of at most `width` columns.
std::string help_text(const ProgramReference& program, std::size_t width);

/// Of one of its commands.
std::string help_text(const ProgramReference& program, const CommandReference& command, std::size_t width);

/// "rehearse run [OPTIONS] FILE...".
std::string usage_of(const ProgramReference& program, const CommandReference& command);

/// The names and the value: "-q, --quiet", "--seed N", "FILE...".
std::string signature_of(const OptionReference& option);

}  // namespace cli
