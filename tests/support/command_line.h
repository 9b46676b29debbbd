// Runs the program itself, as a user's shell does.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/folders.h"
#include "tests/support/temporary_folder.h"

namespace tests {

inline const std::string kProgram = built_path("rehearse");
inline const std::string kScenarios = source_path("scenarios/");

struct Result {
  int code = -1;
  std::string out;
};

/// What a command line of the shell prints to stdout.
inline Result shell(const std::string& command) {
  Result result;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) result.out.append(buffer, n);
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

/// `redirect` says what becomes of stderr; by default it is thrown away.
inline Result rehearse(const std::string& arguments, const std::string& redirect = "2>/dev/null") {
  return shell(kProgram + " " + arguments + " " + redirect);
}

inline std::vector<std::string> lines_of(const std::string& text, const std::string& prefix = "") {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(prefix)) lines.push_back(line);
  }
  return lines;
}

inline std::string file_with(const std::string& name, const std::string& text) {
  const std::string path = own_folder() + name;
  std::ofstream(path) << text;
  return path;
}

inline std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace tests
