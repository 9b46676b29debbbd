#include "core/tools/all_tools.h"

namespace core {

std::vector<std::string_view> names_of_tools() {
  std::vector<std::string_view> names;
  for (const auto entry : kAllTools) names.push_back(entry().spec.name());
  return names;
}

const std::map<std::string, std::string, std::less<>>& tool_examples() {
  static const auto all = [] {
    std::map<std::string, std::string, std::less<>> examples;
    for (const auto entry : kAllTools) examples.emplace(entry().spec.name(), entry().spec.example);
    return examples;
  }();
  return all;
}

}  // namespace core
