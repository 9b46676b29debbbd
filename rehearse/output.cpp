#include "rehearse/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "cli/terminal.h"
#include "sim/scenario/load.h"

namespace rehearse {

void print_progress(std::string_view text) {
  if (::isatty(STDERR_FILENO) != 1) return;
  const std::string line = "\r\x1b[K" + TerminalText::format("{}", text).str();
  // lint-allow(raw-output): the terminal is to obey what begins the line
  std::fwrite(line.data(), 1, line.size(), stderr);
}

reports::Screen screen_of_stdout() {
  return {.colours = cli::terminal_has_colours(), .width = cli::terminal_width()};
}

std::vector<sim::Scenario> load_all(const std::vector<std::string>& paths, bool& bad_input) {
  std::vector<sim::Scenario> scenarios;
  sim::ScenarioFiles files = sim::find_scenario_files(paths);
  for (const core::InputError& error : files.errors) print_message("error: " + core::to_text(error));
  bad_input = !files.errors.empty();
  for (const std::string& path : files.paths) {
    sim::LoadedScenario loaded = sim::load_scenario(path);
    for (const core::InputError& warning : loaded.warnings) print_message("warning: " + core::to_text(warning));
    for (const core::InputError& error : loaded.errors) print_message("error: " + core::to_text(error));
    if (loaded.scenario) {
      scenarios.push_back(std::move(*loaded.scenario));
    } else {
      bad_input = true;
    }
  }
  if (files.paths.empty() && files.errors.empty()) {
    print_message("error: there is no scenario file (*.json) there");
    bad_input = true;
  }
  if (bad_input) scenarios.clear();
  return scenarios;
}

OutputFile::OutputFile(std::string path, Access access) : path_(std::move(path)) {
  std::error_code ignored;
  const std::filesystem::file_status there = std::filesystem::symlink_status(path_, ignored);
  const bool replaceable = !std::filesystem::exists(there) || std::filesystem::is_regular_file(there);
  // Two programs may be at it at once.
  if (replaceable) beside_ = path_ + "." + std::to_string(::getpid()) + ".part";
  const mode_t mode = access == Access::OwnerAlone ? S_IRUSR | S_IWUSR : 0666;  // Less what the umask takes.
  const int descriptor =
      ::open((replaceable ? beside_ : path_).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (descriptor >= 0) file_ = ::fdopen(descriptor, "wb");
  if (file_ == nullptr) fail("cannot be written");
}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  if (!beside_.empty()) std::remove(beside_.c_str());
}

void OutputFile::fail(const char* what) {
  if (error_.empty()) error_ = path_ + " " + what + ": " + std::strerror(errno);
}

void OutputFile::write(std::string_view text) {
  if (file_ != nullptr && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
    fail("cannot be written");
  }
}

bool OutputFile::commit() {
  if (file_ == nullptr) return false;
  if (std::fflush(file_) != 0) fail("cannot be written");
  if (std::fclose(file_) != 0) fail("cannot be written");
  file_ = nullptr;
  if (beside_.empty()) return ok();
  if (ok() && std::rename(beside_.c_str(), path_.c_str()) != 0) fail("cannot be put in place");
  if (!ok()) std::remove(beside_.c_str());
  return ok();
}

}  // namespace rehearse
