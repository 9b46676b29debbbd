#include "sim/fuzz/tools.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/tools/all_tools.h"

namespace sim {

namespace {

std::vector<std::string> some_tools(Dice& dice) {
  const std::vector<std::string_view> all = core::names_of_tools();
  std::vector<std::string> tools;
  for (std::uint64_t count = dice.between(1, 6); count > 0; --count) {
    const std::string tool(all[dice.between(0, all.size() - 1)]);
    if (std::ranges::find(tools, tool) == tools.end()) tools.push_back(tool);
  }
  return tools;
}

/// What GitHub is asked for where these are used.
std::vector<std::string> operations_of(const std::vector<std::string>& tools) {
  std::vector<std::string> operations;
  for (const core::Api* api : core::kApis) {
    if (std::ranges::find(tools, api->tool) != tools.end()) operations.emplace_back(api->operation);
  }
  return operations;
}

/// A redirect leads to where comments are.
bool is_redirect(const fakes::HttpRule& rule) {
  const auto* status = std::get_if<fakes::DoStatus>(&rule.action);
  return status != nullptr && status->status >= 300 && status->status <= 399;
}

}  // namespace

void make_tools(Dice dice, Scenario& scenario) {
  if (!dice.chance(15)) return;
  const std::vector<std::string> tools = some_tools(dice);
  for (ScenarioJob& job : scenario.jobs) {
    if (dice.chance(80)) job.tools = tools;
  }
  scenario.config.llm.max_turns = std::max<std::uint32_t>(scenario.config.llm.max_turns, 12);
  const std::vector<std::string> operations = operations_of(tools);
  for (fakes::HttpRule& rule : scenario.github) {
    const bool is_of_comments = rule.on.starts_with("comments.") && !is_redirect(rule);
    if (is_of_comments && dice.chance(70)) rule.on = operations[dice.between(0, operations.size() - 1)];
  }
  if (!dice.chance(60)) return;
  // Several calls in one answer, and some of them twice.
  const auto& examples = core::tool_examples();
  fakes::DoTools asked;
  for (std::uint64_t count = dice.between(1, 3); count > 0; --count) {
    const std::string& tool = tools[dice.between(0, tools.size() - 1)];
    asked.tools.push_back({tool, examples.at(tool)});
  }
  fakes::HttpRule rule;
  rule.on = core::api::kChat.operation;
  rule.calls = {{1, dice.between(1, 3)}};
  rule.action = std::move(asked);
  scenario.llm.push_back(std::move(rule));
}

}  // namespace sim
