// Every scenario file of the repository, run: what it expects holds, and it runs the same every time.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/scenario/load.h"
#include "sim/world/world.h"
#include "tests/support/folders.h"

namespace {

std::vector<std::string> files_in(const std::vector<std::string>& folders) {
  std::vector<std::string> paths;
  for (const std::string& folder : folders) paths.push_back(tests::source_path("scenarios/" + folder));
  return sim::find_scenario_files(paths).paths;
}

sim::Scenario loaded(const std::string& path) {
  sim::LoadedScenario result = sim::load_scenario(path);
  EXPECT_TRUE(result.scenario) << path;
  return result.scenario ? std::move(*result.scenario) : sim::Scenario{};
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param.substr(info.param.rfind("scenarios/") + 10)) {
    name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  }
  return name;
}

class HeldScenario : public testing::TestWithParam<std::string> {};

TEST_P(HeldScenario, holds_and_gives_the_same_digest_again) {
  const sim::Scenario scenario = loaded(GetParam());
  sim::Recorder first(sim::KeepEvents::Yes);
  const sim::Report report = sim::run_scenario(scenario, first);
  for (const std::string& mismatch : report.mismatches) ADD_FAILURE() << mismatch;
  EXPECT_GT(report.events, 0u);
  sim::Recorder second(sim::KeepEvents::No);
  const sim::Report again = sim::run_scenario(scenario, second, {.log = sim::KeepLog::Yes});
  EXPECT_EQ(again.digest, report.digest);
}

INSTANTIATE_TEST_SUITE_P(All, HeldScenario, testing::ValuesIn(files_in({"documented", "smoke", "regress"})), test_name);

class NegativeScenario : public testing::TestWithParam<std::string> {};

TEST_P(NegativeScenario, is_caught) {
  const sim::Scenario scenario = loaded(GetParam());
  sim::Recorder recorder(sim::KeepEvents::Yes);
  EXPECT_FALSE(sim::run_scenario(scenario, recorder).held());
}

INSTANTIATE_TEST_SUITE_P(All, NegativeScenario, testing::ValuesIn(files_in({"negative/caught"})), test_name);

class InvalidScenario : public testing::TestWithParam<std::string> {};

TEST_P(InvalidScenario, is_refused_with_a_short_message) {
  const sim::LoadedScenario result = sim::load_scenario(GetParam());
  EXPECT_FALSE(result.scenario);
  ASSERT_FALSE(result.errors.empty());
  for (const core::InputError& error : result.errors) EXPECT_LE(core::to_text(error).size(), core::kMaxInputErrorBytes);
}

INSTANTIATE_TEST_SUITE_P(All, InvalidScenario, testing::ValuesIn(files_in({"negative/invalid"})), test_name);

}  // namespace
