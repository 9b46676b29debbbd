// Where two runs part, for people: both side by side around the first event that differs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/events/event.h"
#include "core/text/terminal_text.h"

namespace reports {

using Events = std::vector<core::Event>;

/// The place of the first event that is not the same in every field, or that only one of them has; nothing when there
/// is none.
std::optional<std::size_t> first_difference(const Events& a, const Events& b);

/// The fields in which two events differ, one a line: "delay: 1s in A, 2s in B".
std::vector<std::string> field_differences(const core::Event& a, const core::Event& b);

/// `context` events before and after the one at `place`, and what is different about that one. On a screen of `width`
/// columns (0: without end) that is too narrow for both sides, one stands below the other.
core::TerminalText difference_text(const Events& a, const Events& b, std::size_t place, std::size_t width = 0,
                                   std::size_t context = 5);

}  // namespace reports
