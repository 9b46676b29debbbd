// What this build is: printed by --version and written into trace headers.
#pragma once

#include <string_view>

namespace runner {

/// "runner 0.1.0 (gcc 12.2.0)".
std::string_view version_text();

}  // namespace runner
