// Every tool that changes something, with every sequence of outcomes of its first calls: nothing comes twice, and
// merging worlds changes nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/tools/all_tools.h"
#include "sim/explore/explore.h"
#include "sim/scenario/load.h"

namespace sim {
namespace {

std::vector<std::string> tools_that_change_something() {
  std::vector<std::string> tools;
  for (const auto entry : core::kAllTools) {
    if (core::is_effect(entry().spec.api)) tools.emplace_back(entry().spec.name());
  }
  return tools;
}

/// What a job has to do before: a branch is there to be committed to, a comment to be edited.
std::string before(const std::string& tool) {
  const auto call = [](std::string_view name) {
    return fmt::format(R"({{"tool": "{}", "arguments": {}}}, )", name, core::tool_examples().at(std::string(name)));
  };
  const std::string branch = call("create_branch");
  if (tool == "edit_comment") return call("comment_on_issue");
  if (tool == "remove_label") return call("add_labels");
  if (tool == "commit_file") return branch;
  if (tool == "create_pull_request") return branch + call("commit_file");
  return {};
}

Scenario world_of(const std::string& tool) {
  std::string names;
  for (const std::string_view name : core::names_of_tools())
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
  const std::string text = fmt::format(
      R"({{"title": "t", "why": "w", "jobs": [{{"id": "a", "tools": [{}]}}],
          "llm": [{{"calls": "1", "do": {{"tools": [{}{{"tool": "{}", "arguments": {}}}]}}}},
                  {{"calls": "2-", "do": {{"text": "Done."}}}}]}})",
      names, before(tool), tool, core::tool_examples().at(tool));
  LoadedScenario loaded = parse_scenario("t.json", text);
  EXPECT_TRUE(loaded.scenario.has_value()) << text;
  return std::move(*loaded.scenario);
}

class ExploredTools : public testing::TestWithParam<std::string> {};

TEST_P(ExploredTools, do_nothing_twice) {
  const Exploration result = explore_calls(world_of(GetParam()), {.depth = 3, .threads = 2});
  EXPECT_TRUE(result.complete);
  EXPECT_THAT(result.found, testing::IsEmpty());
  EXPECT_GT(result.ends.size(), 1U);
}

TEST(ExploredWorlds, of_tools_are_merged_rightly) {
  for (const char* tool : {"add_labels", "edit_comment", "create_branch"}) {
    const Exploration merged = explore_calls(world_of(tool), {.depth = 3, .threads = 2});
    const Exploration unmerged = explore_calls(world_of(tool), {.depth = 3, .threads = 2, .merge = false});
    EXPECT_EQ(merged.sequences, unmerged.sequences) << tool;
    EXPECT_EQ(merged.ends, unmerged.ends) << tool;
    EXPECT_LT(merged.runs, unmerged.runs) << tool;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExploredTools, testing::ValuesIn(tools_that_change_something()),
                         [](const auto& tool) { return tool.param; });

}  // namespace
}  // namespace sim
