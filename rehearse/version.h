// What this build is: printed by --version and written into trace headers.
#pragma once

#include <string_view>

namespace rehearse {

/// The version alone: "0.1.0".
std::string_view version();
/// "rehearse 0.1.0 (g++ 12.2.0)".
std::string_view version_text();

}  // namespace rehearse
