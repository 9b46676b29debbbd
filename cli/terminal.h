// What stdout is connected to.
#pragma once

#include <cstddef>

namespace cli {

/// The columns of the terminal that stdout is, by COLUMNS or else by what it says itself; 0 where it is none, or does
/// not say.
std::size_t terminal_width();

/// Whether stdout is a terminal on which colours are welcome: never with NO_COLOR.
bool terminal_has_colours();

}  // namespace cli
