// Long texts cut for a reader.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// At most 60,000 bytes of it, in whole characters, and a note of how much was left out.
std::string cut_for_a_model(std::string_view text);

}  // namespace core
