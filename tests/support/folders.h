// Where the sources and the built programs are, for tests that read files and run programs.
#pragma once

#include <string>

namespace tests {

/// "scenarios/documented" in the sources.
std::string source_path(const std::string& path);

/// "rehearse" in the build folder.
std::string built_path(const std::string& path);

}  // namespace tests
