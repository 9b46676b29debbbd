#include "sim/scenario/load.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/scenario/types.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

std::string all_errors(const LoadedScenario& loaded) {
  std::string text;
  for (const auto& error : loaded.errors) text += core::to_text(error) + "\n";
  return text;
}

Scenario must_load(const std::string& file, std::string_view text) {
  LoadedScenario loaded = parse_scenario(file, text);
  EXPECT_TRUE(loaded.scenario) << all_errors(loaded);
  return loaded.scenario ? std::move(*loaded.scenario) : Scenario{};
}

TEST(Scenario, needs_no_more_than_a_title_and_a_reason) {
  const Scenario scenario = must_load("some/folder/x.json", R"({"title": "x", "why": "Because."})");
  EXPECT_EQ(scenario.seed, 1U);
  EXPECT_EQ(scenario.start, kDefaultStart);
  EXPECT_EQ(scenario.limit, 1h);
  EXPECT_EQ(scenario.runners, 1U);
  EXPECT_TRUE(scenario.jobs.empty());
}

}  // namespace
}  // namespace sim
