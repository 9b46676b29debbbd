// The main function of a fuzz target where libFuzzer is not: gives it each of the files that it is called with; a
// folder stands for the files in it. No file at all is a failure, so that no corpus is lost in silence.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/fuzz/property.h"

namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_of(int count, char** arguments) {
  std::vector<std::string> files;
  for (int i = 1; i < count; ++i) {
    const std::string path = arguments[i];
    std::error_code code;
    if (!fs::is_directory(path, code)) {
      files.push_back(path);
      continue;
    }
    for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
      files.push_back(it->path().string());
    }
  }
  // total order: no two files of one path
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::string> read(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return std::nullopt;
  std::string text;
  char piece[4096];
  for (std::size_t size = 0; (size = std::fread(piece, 1, sizeof piece, file)) > 0;) text.append(piece, size);
  const bool failed = std::ferror(file) != 0;
  (void)std::fclose(file);
  return failed ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> files = files_of(count, arguments);
  if (files.empty()) {
    fmt::print(stderr, "no file to replay\n");
    return 1;
  }
  for (const std::string& path : files) {
    const auto text = read(path);
    if (!text) {
      fmt::print(stderr, "{} cannot be read\n", path);
      return 1;
    }
    // Said before, since a property that does not hold ends the process.
    fmt::print(stderr, "{}\n", path);
    (void)LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text->data()), text->size());
  }
  return 0;
}
