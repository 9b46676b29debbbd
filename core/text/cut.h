// Long texts cut for a reader.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace core {

/// At most so many bytes of it, in whole characters, and a note of how much was left out.
std::string cut_for_a_model(std::string_view text, std::size_t most = 60'000);

}  // namespace core
