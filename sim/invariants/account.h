// Whether a model's 429 is one that no waiting cures, as the services document it: read from the answer anew, and not
// by the core's own reader.
#pragma once

#include <string_view>

namespace sim {

/// A code, type or status in it, wherever it stands, is one of core::account_words(), or a text contains one of their
/// sentences. False for what is no JSON.
bool names_used_up_account(std::string_view body);

}  // namespace sim
