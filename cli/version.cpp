#include "cli/version.h"

namespace cli {

#if defined(__clang__)
#define REHEARSE_COMPILER "clang " __clang_version__
#else
#define REHEARSE_COMPILER "gcc " __VERSION__
#endif

std::string version() {
  return REHEARSE_VERSION;
}

std::string compiler() {
  return REHEARSE_COMPILER;
}

std::string version_text(std::string_view program) {
  return std::string(program) + " " + version() + " (" + compiler() + ")";
}

}  // namespace cli
