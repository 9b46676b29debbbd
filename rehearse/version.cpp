#include "rehearse/version.h"

namespace rehearse {

#if defined(__clang__)
#define REHEARSE_COMPILER "clang " __clang_version__
#else
#define REHEARSE_COMPILER "gcc " __VERSION__
#endif

std::string_view version() {
  return REHEARSE_VERSION;
}
std::string_view version_text() {
  return "rehearse " REHEARSE_VERSION " (" REHEARSE_COMPILER ")";
}

}  // namespace rehearse
