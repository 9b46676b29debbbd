// Texts that describe the state of something, such that no two states have one description: describe_state().
#pragma once

#include <fmt/compile.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "core/time/time.h"

namespace core {

inline void append_state(std::string& out, std::string_view text) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}:"), text.size());
  out += text;
}
inline void append_state(std::string& out, std::int64_t number) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{};"), number);
}
inline void append_state(std::string& out, Duration duration) {
  append_state(out, std::int64_t{duration.count()});
}

}  // namespace core
