// The invariants that scenarios add, on hand-made timelines.
#include "sim/invariants/own.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::SteadyTime;
using namespace std::chrono_literals;

class OwnInvariants : public testing::Test {
 protected:
  std::vector<std::string> judge(const OwnInvariant& own, const std::vector<std::string>& lines,
                                 RunEnd end = RunEnd::Complete, SteadyTime at = SteadyTime(1h)) {
    const core::Config config;
    Invariants invariants(config, {}, {"jobs"}, {&own, 1});
    for (const std::string& text : lines) invariants.on_event(Line(text).event);
    invariants.at_end(at, end);
    std::vector<std::string> found;
    for (const Violation& violation : invariants.findings().kept()) {
      found.push_back(violation.invariant + " " + violation.job + ": " + violation.message);
    }
    return found;
  }

  const OwnInvariant never_{"n", Never{{core::EventKind::LeaseLost, {{"job", "b"}}}}};
  const OwnInvariant after_{
      "o", After{{core::EventKind::JobStarted, {}}, 5s, {core::EventKind::JobCompleted, {{"attempt", 1}}}}};
};

TEST_F(OwnInvariants, what_must_never_be) {
  EXPECT_THAT(judge(never_, {"0s lease.lost job=a", "1s job.recovered job=b"}), testing::IsEmpty());
  EXPECT_THAT(judge(never_, {"0s lease.lost job=a", "1s lease.lost job=b"}),
              testing::ElementsAre("n b: lease.lost job=b happened, which must never be"));
}

TEST_F(OwnInvariants, what_must_follow_comes_in_time_and_of_the_same_job) {
  EXPECT_THAT(judge(after_, {"0s job.started job=a", "1s job.started job=b", "5s job.completed job=a attempt=1",
                             "6s job.completed job=b attempt=1"}),
              testing::IsEmpty());
  const auto missed = [](const char* job, const char* at) {
    return testing::StartsWith(std::string("o ") + job + ": job.started at " + at +
                               " was not followed by job.completed attempt=1 within 5s");
  };
  EXPECT_THAT(judge(after_, {"0s job.started job=a", "5.000000001s job.completed job=a attempt=1"}),
              testing::ElementsAre(missed("a", "0s")));
  EXPECT_THAT(judge(after_, {"0s job.started job=a", "1s job.completed job=b attempt=1"}),
              testing::ElementsAre(missed("a", "0s")));
  EXPECT_THAT(judge(after_, {"0s job.started job=a", "1s job.completed job=a attempt=2"}),
              testing::ElementsAre(missed("a", "0s")));
  EXPECT_THAT(judge(after_, {"1s job.completed job=a attempt=1", "2s job.started job=a"}),
              testing::ElementsAre(missed("a", "2s")));
}

TEST_F(OwnInvariants, listed_job_need_not_be_the_same) {
  OwnInvariant own = after_;
  std::get<After>(own.rule).expect.fields = {{"job", "b"}};
  EXPECT_THAT(judge(own, {"0s job.started job=a", "1s job.completed job=b"}), testing::IsEmpty());
}

TEST_F(OwnInvariants, run_that_is_cut_short_is_not_blamed_for_what_could_still_come) {
  const std::vector<std::string> lines = {"0s job.started job=a"};
  EXPECT_THAT(judge(after_, lines, RunEnd::CutShort, SteadyTime(5s)), testing::IsEmpty());
  EXPECT_EQ(judge(after_, lines, RunEnd::CutShort, SteadyTime(5s + 1ns)).size(), 1u);
  EXPECT_EQ(judge(after_, lines, RunEnd::Complete, SteadyTime(1s)).size(), 1u);
}

TEST_F(OwnInvariants, one_that_is_violated_again_and_again_hides_no_other) {
  const std::vector<OwnInvariant> own = {never_, {"last", Never{{core::EventKind::WorkerStopped, {}}}}};
  const core::Config config;
  Invariants invariants(config, {}, {"jobs"}, own);
  for (int i = 0; i < 100; ++i) invariants.on_event(Line("1s lease.lost job=b").event);
  invariants.on_event(Line("2s worker.stopped job=").event);
  const Findings& findings = invariants.findings();
  ASSERT_EQ(findings.kept().size(), Findings::kMostKept + 1);
  EXPECT_EQ(findings.kept().back().invariant, "last");
  EXPECT_EQ(findings.count(), 101u);
  EXPECT_THAT(findings.left_out(), testing::ElementsAre(testing::Pair("n", 100 - Findings::kMostKept)));
}

}  // namespace
}  // namespace sim
