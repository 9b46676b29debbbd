// Settings out of variables, flags and a file's text that a test names.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runner/settings.h"
#include "tests/support/temporary_folder.h"

namespace runner {

using Variables = std::map<std::string, std::string>;

class RunnerSettings : public testing::Test {
 protected:
  LoadedSettings load(const Variables& variables, std::vector<std::string> assignments = {},
                      const std::string& file_text = {}, Needs needs = Needs::Redis) {
    SettingsInput input{.assignments = std::move(assignments)};
    if (!file_text.empty()) {
      input.config_file = tests::own_folder() + "runner_settings_test.json";
      std::ofstream(input.config_file) << file_text;
    }
    input.variable = [&variables](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    input.variable_names = [&variables] {
      std::vector<std::string> names;
      for (const auto& [name, value] : variables) names.push_back(name);
      return names;
    };
    return load_settings(input, needs);
  }

  static std::string warnings_of(const LoadedSettings& loaded) {
    std::string text;
    for (const core::InputError& warning : loaded.warnings) text += core::to_text(warning) + "\n";
    return text;
  }

  static std::string shown(const LoadedSettings& loaded, const std::string& path) {
    const std::string table = "\n" + settings_table(loaded.so_far).str();
    const std::size_t begin = table.find("\n" + path + " ");
    if (begin == std::string::npos) return {};
    return table.substr(begin + 1, table.find('\n', begin + 1) - begin - 1);
  }

  static std::string errors_of(const LoadedSettings& loaded) {
    std::string text;
    for (const core::InputError& error : loaded.errors) text += core::to_text(error) + "\n";
    return text;
  }
};

}  // namespace runner
