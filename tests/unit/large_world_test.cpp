// What a job costs a large world in memory once it has ended: a bound for each, so that a million fit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sim/scenario/load.h"
#include "sim/world/world.h"
#include "tests/support/peak_memory.h"

namespace sim {
namespace {

/// Of a world in which one job after the other is done, from its file to its end.
std::size_t peak_of_world(int jobs) {
  return tests::peak_of([jobs] {
    const LoadedScenario loaded = parse_scenario(
        "t.json", fmt::format(R"({{"title": "t", "why": "w", "limit": "10000h", "llm": [{{"do": {{"text": "done"}}}}],
            "jobs": [{{"id": "job-{{n}}", "count": {}, "every": "1s"}}], "expect": {{"ends_at": "{}s"}}}})",
                              jobs, jobs - 1));
    Recorder nobody(KeepEvents::No);
    if (!loaded.scenario || !run_scenario(*loaded.scenario, nobody).held()) std::_Exit(3);
  });
}

TEST(LargeWorld, takes_less_than_840_bytes_for_a_job_that_has_ended) {
  if (tests::kIsSanitized) GTEST_SKIP() << "a sanitizer takes memory of its own";
  constexpr int kFew = 2'000, kMany = 8'000;
  const std::size_t few = peak_of_world(kFew), many = peak_of_world(kMany);
  ASSERT_GT(many, few);
  const std::size_t each = (many - few) / (kMany - kFew);
  RecordProperty("bytes", std::to_string(each));
  EXPECT_LT(each, 840U);
}

}  // namespace
}  // namespace sim
