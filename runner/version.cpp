#include "runner/version.h"

namespace runner {

#if defined(__clang__)
#define RUNNER_COMPILER "clang " __clang_version__
#else
#define RUNNER_COMPILER "gcc " __VERSION__
#endif

std::string_view version_text() {
  return "runner " REHEARSE_VERSION " (" RUNNER_COMPILER ")";
}

}  // namespace runner
