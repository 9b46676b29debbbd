#include "tests/support/folders.h"

namespace tests {

std::string source_path(const std::string& path) {
  return REHEARSE_SOURCE_DIR "/" + path;
}

std::string built_path(const std::string& path) {
  return REHEARSE_BINARY_DIR "/" + path;
}

}  // namespace tests
