// Every scenario's trace, made into a scenario again: its run makes the same decisions at the same times.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/trace/trace_diff.h"
#include "sim/replay/divergence.h"
#include "sim/replay/replay.h"
#include "sim/scenario/load.h"
#include "sim/world/world.h"
#include "tests/support/folders.h"

namespace {

std::vector<std::string> files_in(const std::vector<std::string>& folders) {
  std::vector<std::string> paths;
  for (const std::string& folder : folders) paths.push_back(tests::source_path("scenarios/" + folder));
  return sim::find_scenario_files(paths).paths;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param.substr(info.param.rfind("scenarios/") + 10)) {
    name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  }
  return name;
}

/// What events do not tell: how long Redis took for what it did, whether it had done what it did not answer, that a
/// runner which could not give its job back had been told to, and what the wall clock said. Nor do they tell what stood
/// in GitHub before, how many pages of it a look-up read or under which status it failed, when an answer's first byte
/// came, which calls a partition cut or a pause kept waiting, which connection a fault met, or which of several claims
/// of one instant, what a client met before its job was in the queue, that a job was put in again, which of two things
/// at one instant an operator heard of first, and how an API answers after the trace's end, when a runner looks again
/// whether its credential is accepted.
constexpr auto kHidesWhatMatters = std::to_array<std::string_view>({
    "a-look-brings-more-than-one-job",
    "a-refusal-told-again-is-too-long-to-sleep",
    "comment-looked-for-again-after-a-refusal",
    "a-token-refused-while-a-look-up-lasts",
    "one-is-on-the-way-that-does-not-come",
    "a-run-that-was-not-begun-is-in-no-doubt",
    "requeue-told-after-the-job-was-cancelled",
    "credential-app-refused-for-good",
    "redis-slow",
    "due-when-redis-is-slow",
    "claim-answered-after-its-lease",
    "lost-answer-requeue",
    "late-word-of-a-requeue-after-lost-writes",
    "late-word-of-a-requeue-before-lost-writes",
    "late-word-of-a-job-given-back",
    "late-word-of-a-job-given-back-and-completed",
    "late-words-of-two-requeues",
    "world-stop-while-redis-is-down",
    "claim-under-way-when-given-back",
    "claim-repeated-after-its-lease",
    "hint-to-an-older-run",
    "lease-that-ends-within-a-microsecond",
    "recovered-by-a-runner-that-dies",
    "the-next-begins-while-an-end-is-recorded",
    "claim-repeated-beyond-its-lease",
    "github-enterprise",
    "github-look-up-over-pages",
    "llm-first-byte-in-time",
    "world-enqueue-again-after-a-day",
    "world-partition-from-redis",
    "world-partition-past-the-lease",
    "world-partition-timeouts-run-on",
    "world-pause-posts-no-second-comment",
    "world-redis-full-after-a-restart",
    "one-call-for-an-id-at-a-time",
    "token-refused-while-the-journal-was-written",
    "claim-repeated-beside-another",
    "claim-repeated-when-its-job-is-another-s",
    "comment-beyond-the-last-page",
    "comment-list-that-cannot-be-read",
    "end-refused-once-it-was-recovered",
    "end-said-while-another-is-recorded",
    "github-links-in-other-spellings",
    "github-redirect-of-the-second-page",
    "job-found-once-redis-is-reached-again",
    "journal-is-refused-to-a-former-owner",
    "redis-connect-goes-on-for-the-others",
    "redis-connect-is-tried-once-for-all",
    "redis-late-loss-of-an-older-connection",
    "token-renewal-leaves-the-others",
    "world-pause-while-another-token-is-fetched",
    "operator-told-after-the-end",
    "token-read-after-a-pause",
    "token-refused-during-a-pause",
    "end-that-nobody-could-tell",
    "late-claim-is-made-again",
    "recovered-too-often-told-after-an-operator",
    "failure-told-after-an-operator",
    "comment-looked-up-on-pages-without-links",
    "failed-before-a-restart-told-after-it",
    "lost-job-is-put-in-again",
    "redirects-of-two-attempts-in-a-row",
    "requeue-told-after-recovered-too-often",
    "script-asked-again-by-text-after-readonly",
    "two-jobs-want-a-token-that-has-to-wait",
    "completed-told-after-the-job-was-lost",
    "end-of-an-older-run-beside-a-newer",
    "a-403-that-is-final-asks-for-no-wait",
    "what-is-left-of-a-wait-for-a-token",
    "claim-answered-as-its-lease-ends",
    "lost-job-begun-before-its-client-hears",
    "new-token-is-new-when-it-is-read",
    "end-told-after-the-restart-that-lost-it",
    "two-installations-have-no-token",
    "breaker-of-one-installation",
    "wait-too-long-told-after-an-operator",
    "a-connection-belongs-to-its-session",
});

bool hides_what_matters(const std::string& path) {
  return std::ranges::any_of(kHidesWhatMatters,
                             [&path](std::string_view name) { return std::filesystem::path(path).stem() == name; });
}

class Replay : public testing::TestWithParam<std::string> {};

TEST_P(Replay, makes_the_same_decisions) {
  const sim::LoadedScenario original = sim::load_scenario(GetParam());
  ASSERT_TRUE(original.scenario);
  sim::Recorder trace(sim::KeepEvents::Yes);
  sim::run_scenario(*original.scenario, trace);
  const std::string text = sim::replay_scenario(
      {"replay", "A test.", original.scenario->seed, original.scenario->schedule, original.scenario->config},
      trace.events());
  const sim::LoadedScenario made = sim::parse_scenario("replay.json", text);
  for (const core::InputError& error : made.errors) ADD_FAILURE() << core::to_text(error);
  ASSERT_TRUE(made.scenario) << text;
  sim::Recorder replay(sim::KeepEvents::Yes);
  sim::run_scenario(*made.scenario, replay);
  const auto divergence = sim::first_divergence(trace.events(), replay.events(), sim::Comparison::Exact);
  if (hides_what_matters(GetParam())) {
    EXPECT_TRUE(divergence) << "this can be replayed now";
  } else if (divergence) {
    ADD_FAILURE() << reports::difference_text(divergence->trace, divergence->replay, divergence->place).str() << text;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Replay, testing::ValuesIn(files_in({"documented", "smoke", "regress"})), test_name);

}  // namespace
