#include "sim/scenario/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/digest/digest.h"
#include "core/json/document.h"
#include "core/json/document_file.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

namespace fs = std::filesystem;
using namespace core::input;

constexpr std::string_view kExtension = ".json";
constexpr std::string_view kSchemaName = "schema.json";

core::InputError file_error(const std::string& path, std::string found) {
  return {.file = path, .found = std::move(found)};
}

std::string_view expected_title(std::string_view file) {
  const std::size_t slash = file.find_last_of('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  if (file.ends_with(kExtension)) file.remove_suffix(kExtension.size());
  return file;
}

void find_below(const std::string& folder, ScenarioFiles& found) {
  std::vector<std::string> paths;
  std::error_code code;
  // Links to folders are not followed: they could lead round in a circle.
  for (fs::recursive_directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (name.ends_with(kExtension) && name != kSchemaName && !it->is_directory(ignored)) {
      paths.push_back(it->path().string());
    }
  }
  if (code) found.errors.push_back(file_error(folder, "the folder cannot be read: " + code.message()));
  // total order: paths of one folder are unique
  std::sort(paths.begin(), paths.end());
  found.paths.insert(found.paths.end(), paths.begin(), paths.end());
}

}  // namespace

LoadedScenario parse_scenario(const std::string& file, std::string_view text) {
  const auto document = parse_document(file, text);
  if (!document) return {.errors = {document.error()}};
  Report report(file);
  const At root(document->root(), report);
  Scenario scenario;
  scenario.file = file;
  scenario.digest = core::digest_of(text);
  scenario.start = kDefaultStart;
  ScenarioType{}.read(root, scenario);
  const Node* title = root.is(Kind::Object) ? root.node().find("title") : nullptr;
  const std::string_view expected = expected_title(file);
  if (!scenario.title.empty() && scenario.title != expected) {
    root.member(*title).expected("the file's name without .json", expected);
  }
  LoadedScenario result{.errors = report.take_errors(), .warnings = report.take_warnings()};
  if (result.errors.empty()) result.scenario = std::move(scenario);
  return result;
}

LoadedScenario load_scenario(const std::string& path) {
  const auto text = read_document_file(path);
  if (!text) return {.errors = {text.error()}};
  return parse_scenario(path, *text);
}

ScenarioFiles find_scenario_files(std::span<const std::string> paths) {
  ScenarioFiles found;
  for (const std::string& path : paths) {
    std::error_code code;
    const fs::file_status status = fs::status(path, code);
    if (!fs::exists(status)) {
      found.errors.push_back(file_error(path, "there is no such file or folder"));
    } else if (fs::is_directory(status)) {
      find_below(path, found);
    } else {
      found.paths.push_back(path);
    }
  }
  return found;
}

}  // namespace sim
