// A credential of the process itself that a service refuses: what is told of it, how long the pause is, and how it is
// judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/retry/classify.h"
#include "core/retry/credentials.h"
#include "core/worker/credential_pause.h"
#include "sim/invariants/invariants.h"
#include "sim/scenario/load.h"
#include "sim/world/world.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::Credential;
using core::SteadyTime;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::optional<Credential> refused_by(int status, core::Service service, const std::string& body = {}) {
  return core::classify({.status = status, .headers = {}, .body = body}, {.service = service})->refused_credential;
}

TEST(RefusedCredential, is_what_a_401_a_402_or_a_used_up_quota_of_a_model_says) {
  const std::string used_up = R"({"error": {"code": "insufficient_quota"}})";
  EXPECT_EQ(refused_by(401, core::Service::Llm), Credential::ModelKey);
  EXPECT_EQ(refused_by(402, core::Service::Llm), Credential::ModelKey);
  EXPECT_EQ(refused_by(429, core::Service::Llm, used_up), Credential::ModelKey);
  for (const int status : {400, 403, 404, 422, 429, 500, 503}) {
    EXPECT_EQ(refused_by(status, core::Service::Llm), std::nullopt) << status;
  }
  // An installation's token is not the process's own.
  EXPECT_EQ(refused_by(401, core::Service::GitHub), std::nullopt);
}

TEST(RefusedCredential, is_told_in_a_stream_too) {
  const core::HttpResponse response{.status = 200, .headers = {}, .body = {}};
  const auto in_stream = [&](std::optional<int> status, const std::string& error) {
    return core::error_in_stream(response, {}, status, "m", error).refused_credential;
  };
  EXPECT_EQ(in_stream(401, "{}"), Credential::ModelKey);
  EXPECT_EQ(in_stream(402, "{}"), Credential::ModelKey);
  EXPECT_EQ(in_stream(std::nullopt, R"({"error": {"code": "insufficient_quota"}})"), Credential::ModelKey);
  EXPECT_EQ(in_stream(500, "{}"), std::nullopt);
}

TEST(CredentialAnswers, say_that_it_is_refused_until_another_comes) {
  core::Credentials credentials;
  std::vector<Credential> accepted;
  credentials.on_accepted([&](Credential credential) { accepted.push_back(credential); });
  core::Failure refusal{.status = 401};
  refusal.refused_credential = Credential::ModelKey;
  const core::Failure unanswered{.kind = core::FailureKind::Timeout};
  const core::Failure trouble{.kind = core::FailureKind::ServerError, .status = 500};

  credentials.hear(Credential::ModelKey, &refusal);
  credentials.hear(Credential::ModelKey, &unanswered);
  credentials.hear(Credential::GithubApp, nullptr);
  EXPECT_TRUE(credentials.is_refused(Credential::ModelKey));
  EXPECT_FALSE(credentials.is_refused(Credential::GithubApp));
  EXPECT_THAT(accepted, IsEmpty());

  credentials.hear(Credential::ModelKey, &trouble);
  EXPECT_FALSE(credentials.is_refused(Credential::ModelKey));
  credentials.hear(Credential::ModelKey, nullptr);
  EXPECT_THAT(accepted, ElementsAre(Credential::ModelKey));
}

TEST(CredentialPause, looks_again_after_1_2_4_seconds_and_at_last_each_minute) {
  core::CredentialPause pause;
  std::vector<std::int64_t> seconds;
  for (int i = 0; i < 8; ++i) {
    seconds.push_back(pause.refuse(Credential::ModelKey, SteadyTime(100s)) / 1s);
    EXPECT_EQ(pause.next_look(), SteadyTime(100s + std::chrono::seconds(seconds.back())));
  }
  EXPECT_THAT(seconds, ElementsAre(1, 2, 4, 8, 16, 32, 60, 60));
}

TEST(CredentialPause, ends_with_the_last_credential_and_begins_anew) {
  core::CredentialPause pause;
  EXPECT_FALSE(pause.accept(Credential::ModelKey));
  pause.refuse(Credential::ModelKey, SteadyTime());
  pause.refuse(Credential::GithubApp, SteadyTime());
  EXPECT_TRUE(pause.accept(Credential::ModelKey));
  EXPECT_TRUE(pause.is_on());
  EXPECT_TRUE(pause.accept(Credential::GithubApp));
  EXPECT_FALSE(pause.is_on());
  EXPECT_EQ(pause.refuse(Credential::ModelKey, SteadyTime()), core::Duration(1s));
}

std::vector<std::string> events_of(const std::string& more, const std::string& words) {
  LoadedScenario loaded = parse_scenario("t.json", R"({"title": "t", "why": "w", )" + more + "}");
  EXPECT_TRUE(loaded.scenario.has_value()) << (loaded.errors.empty() ? "" : core::to_text(loaded.errors[0]));
  Recorder recorder(KeepEvents::Yes);
  const Report report = run_scenario(*loaded.scenario, recorder, {});
  EXPECT_THAT(report.outcome.violations, IsEmpty());
  std::vector<std::string> lines;
  for (const core::Event& event : recorder.events()) {
    if (words.find(core::name_of(event.kind)) == std::string::npos) continue;
    lines.push_back(core::format_duration(event.at.time_since_epoch()) + " " + std::string(core::name_of(event.kind)) +
                    " " + std::string(event.job));
  }
  return lines;
}

TEST(RefusedCredentialWorld, costs_one_job_and_the_others_wait_unspent) {
  EXPECT_THAT(events_of(R"("jobs": [{"id": "a"}, {"id": "b"}], "config": {"jobs": {"concurrency": 2}},
                          "llm": [{"until": "2s", "do": {"status": 401}}])",
                        "credential.refused credential.accepted job.failed job.released job.requeued"),
              ElementsAre("0s credential.refused ", "0s job.failed a", "0s job.released b", "1s credential.refused ",
                          "1s job.released b", "3s credential.accepted "));
}

TEST(RefusedCredentialWorld, gives_back_what_a_claim_brings_after_the_refusal) {
  // The answer to the claim of b is slow, and comes when a has met the refusal.
  EXPECT_THAT(
      events_of(R"("jobs": [{"id": "a"}, {"id": "b", "at": "10ms"}], "config": {"jobs": {"concurrency": 2}},
                          "llm": [{"latency": "50ms", "until": "500ms", "do": {"status": 401}}],
                          "redis": [{"on": "script:claim", "from": "5ms", "calls": "1", "latency": "100ms"}])",
                "credential.refused job.started job.released"),
      ElementsAre("0s job.started a", "50ms credential.refused ", "110ms job.released b", "1.05s job.started b"));
}

TEST(RefusedCredentialWorld, is_looked_at_by_one_job_that_does_not_count_as_an_answer_while_none_comes) {
  // The look at 1 s meets a server that cannot be reached: the pause goes on, and the job is re-queued as ever.
  EXPECT_THAT(events_of(R"("jobs": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
                          "config": {"jobs": {"concurrency": 3},
                                     "llm": {"min_interval": "0s", "retry": {"attempts": 1}}},
                          "llm": [{"until": "500ms", "do": {"status": 401}}, {"until": "1500ms", "do": {"refuse": true}}])",
                        "credential.refused credential.accepted job.started job.requeued"),
              ElementsAre("0s job.started a", "0s job.started b", "0s credential.refused ", "1s job.started c",
                          "1s job.requeued c", "1s job.started b", "1s job.requeued b", "2s job.started b",
                          "2s credential.accepted ", "2s job.started c"));
}

class Refusals : public testing::Test {
 protected:
  std::vector<std::string> judge(const std::vector<std::string>& lines) {
    const core::Config config;  // They refer to it.
    Invariants invariants(config, {.exact = true}, {});
    for (const std::string& text : lines) invariants.on_event(Line(text).event);
    std::vector<std::string> found;
    for (const Violation& each : invariants.findings().kept()) {
      if (each.invariant == "refusals") found.push_back(each.message);
    }
    return found;
  }
  /// Job a meets the refusal, and everything is as it should be.
  std::vector<std::string> refused(const std::vector<std::string>& then) {
    std::vector<std::string> lines = {"0s worker.started",
                                      "0s job.started attempt=1",
                                      "0s call.started api=llm.chat attempt=1",
                                      "1s call.failed api=llm.chat attempt=1 failure=unauthorized status=401",
                                      "1s call.gave_up api=llm.chat attempts=1 reason=not_retryable",
                                      "1s credential.refused job= api=llm.chat status=401 delay=1s",
                                      "1s job.failed reason=not_retryable"};
    lines.insert(lines.end(), then.begin(), then.end());
    return judge(lines);
  }
};

TEST_F(Refusals, allow_one_look_after_the_wait_and_an_end_by_another_answer) {
  EXPECT_THAT(refused({"2s job.started job=b attempt=1", "2s call.started job=b api=llm.chat attempt=1",
                       "3s call.succeeded job=b api=llm.chat attempt=1 status=200",
                       "3s credential.accepted job= api=llm.chat", "3s job.started job=c attempt=1"}),
              IsEmpty());
}

TEST_F(Refusals, must_be_told) {
  EXPECT_THAT(
      judge({"0s job.started attempt=1", "0s call.started api=llm.chat attempt=1",
             "1s call.failed api=llm.chat attempt=1 failure=client_error status=402",
             "1s call.gave_up api=llm.chat attempts=1 reason=not_retryable", "1s job.failed reason=not_retryable"}),
      ElementsAre(HasSubstr("for which it should only wait")));
}

TEST_F(Refusals, cost_no_second_job) {
  EXPECT_THAT(refused({"2s job.started job=b attempt=1", "2s call.started job=b api=llm.chat attempt=1",
                       "2s call.failed job=b api=llm.chat attempt=1 failure=unauthorized status=401",
                       "2s call.gave_up job=b api=llm.chat attempts=1 reason=not_retryable",
                       "2s credential.refused job= api=llm.chat status=401 delay=2s",
                       "2s job.failed job=b reason=not_retryable"}),
              ElementsAre(HasSubstr("fails for a refused credential")));
}

TEST_F(Refusals, allow_no_job_before_the_look_and_none_beside_it) {
  EXPECT_THAT(refused({"1.9s job.started job=b attempt=1"}),
              ElementsAre(HasSubstr("begun 100ms before the next look")));
  EXPECT_THAT(refused({"2s job.started job=b attempt=1", "2s job.started job=c attempt=1"}),
              ElementsAre(HasSubstr("begun beside b")));
}

TEST_F(Refusals, end_the_work_that_goes_on) {
  EXPECT_THAT(refused({"1.5s call.started job=b api=github.comments.create attempt=1"}),
              ElementsAre(HasSubstr("goes on while llm.chat refuses")));
}

TEST_F(Refusals, double_the_wait) {
  EXPECT_THAT(refused({"2s job.started job=b attempt=1", "2s call.started job=b api=llm.chat attempt=1",
                       "2s call.failed job=b api=llm.chat attempt=1 failure=unauthorized status=401",
                       "2s credential.refused job= api=llm.chat status=401 delay=3s"}),
              ElementsAre("the next look at llm.chat is in 3s, not in 2s"));
}

TEST_F(Refusals, are_said_to_be_over_when_another_answer_comes_and_not_before) {
  EXPECT_THAT(
      refused({"2s job.started job=b attempt=1", "2s call.started job=b api=llm.chat attempt=1",
               "3s call.succeeded job=b api=llm.chat attempt=1 status=200", "4s job.completed job=b attempt=1"}),
      ElementsAre("llm.chat accepts the credential of runner-1, which does not say so"));
  EXPECT_THAT(refused({"3s credential.accepted job= api=llm.chat"}),
              ElementsAre(HasSubstr("said to accept a credential, and no answer of it does")));
  EXPECT_THAT(judge({"3s credential.refused job= api=llm.chat delay=1s"}),
              ElementsAre(HasSubstr("said to refuse a credential, and no answer of it does")));
}

}  // namespace
}  // namespace sim
