// The manual page of a program, in the man macros of roff.
#pragma once

#include <string>
#include <string_view>

#include "cli/reference.h"

namespace cli {

std::string man_page(const ProgramReference& program, std::string_view version);

}  // namespace cli
