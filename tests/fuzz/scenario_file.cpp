// Scenario files: each is a scenario or a list of what is wrong with it, and a scenario that is written reads as the
// same.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config_json.h"
#include "sim/scenario/load.h"
#include "sim/scenario/write.h"
#include "tests/fuzz/property.h"

namespace {

const std::string kFile = "seed.json";

/// The first part in which they differ; what a file leaves out by design is not compared.
std::string difference(const sim::Scenario& a, const sim::Scenario& b) {
  if (a.title != b.title || a.why != b.why) return "the texts";
  if (a.seed != b.seed || a.schedule != b.schedule) return "seed or schedule";
  if (a.start != b.start || a.limit != b.limit || a.runners != b.runners) return "start, limit or runners";
  if (core::config_to_json(a.config) != core::config_to_json(b.config) && a.config.llm.api_key.empty()) return "config";
  if (a.github_app != b.github_app || a.github_state != b.github_state) return "github_app or github_state";
  if (a.jobs != b.jobs) return "jobs";
  if (a.llm != b.llm || a.forms != b.forms) return "llm or forms";
  if (a.github != b.github) return "github";
  if (a.redis != b.redis) return "redis";
  if (a.world != b.world) return "world";
  if (a.invariants != b.invariants) return "invariants";
  return "";
}

void must_be_printable(const core::InputError& error) {
  const std::string text = core::to_text(error);
  tests::must_hold(text.size() <= core::kMaxInputErrorBytes, "an error is short", text);
  tests::must_hold(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20; }),
                   "an error is one line without control characters", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tests::input_of(data, size);
  const sim::LoadedScenario loaded = sim::parse_scenario(kFile, text);
  tests::must_hold(loaded.scenario.has_value() == loaded.errors.empty(), "a file is a scenario or has errors");
  for (const core::InputError& error : loaded.errors) must_be_printable(error);
  for (const core::InputError& warning : loaded.warnings) must_be_printable(warning);
  if (!loaded.scenario) return 0;
  const std::string written = sim::scenario_text(*loaded.scenario);
  const sim::LoadedScenario again = sim::parse_scenario(kFile, written);
  tests::must_hold(again.scenario.has_value(), "a scenario that was written is one", [&] {
    return fmt::format("{}{}", again.errors.empty() ? "" : core::to_text(again.errors.front()), written);
  });
  const std::string differs = difference(*loaded.scenario, *again.scenario);
  tests::must_hold(differs.empty(), "a scenario that was written reads as the same",
                   [&] { return fmt::format("{} of\n{}", differs, written); });
  tests::must_equal(written, sim::scenario_text(*again.scenario), "a scenario is written in one way");
  return 0;
}
