// What this build is: printed by --version and written into trace headers.
#pragma once

#include <string>
#include <string_view>

namespace cli {

std::string version();   ///< "0.1.0"
std::string compiler();  ///< "gcc 12.2.0"

/// "rehearse 0.1.0 (gcc 12.2.0)"; `program` comes first.
std::string version_text(std::string_view program);

}  // namespace cli
