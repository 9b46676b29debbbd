// How the runner names itself to the services it calls. GitHub refuses requests without it.
#pragma once

#include <string_view>

namespace core {

inline constexpr std::string_view kUserAgent = "rehearse-runner/0.1.0";

}  // namespace core
