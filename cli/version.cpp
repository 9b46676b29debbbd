#include "cli/version.h"

namespace cli {

#if defined(__clang__)
#define REHEARSE_COMPILER "clang " __clang_version__
#else
#define REHEARSE_COMPILER "gcc " __VERSION__
#endif

std::string version_text(std::string_view program) {
  return std::string(program) + " " REHEARSE_VERSION " (" REHEARSE_COMPILER ")";
}

}  // namespace cli
