// What a replay reads out of events, on hand-made ones.
#include "sim/replay/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/replay/redis_rules.h"
#include "sim/replay/requests.h"

namespace {

using core::Event;
using core::EventKind;
using core::FailureKind;
using sim::Request;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kChat = "llm.chat";
constexpr std::string_view kCreate = "github.comments.create";
constexpr std::string_view kList = "github.comments.list";

Event at(int seconds, EventKind kind, std::string_view api = {}) {
  return {.kind = kind, .at = core::SteadyTime(std::chrono::seconds(seconds)), .runner = "r", .job = "a", .api = api};
}

Event failed(int seconds, std::string_view api, FailureKind failure) {
  Event event = at(seconds, EventKind::CallFailed, api);
  event.failure = failure;
  return event;
}

Event succeeded(int seconds, std::string_view api, int status) {
  Event event = at(seconds, EventKind::CallSucceeded, api);
  event.status = status;
  return event;
}

/// "on number latency" with what is special about it.
std::vector<std::string> texts(const std::vector<Event>& events) {
  std::vector<std::string> result;
  for (const Request& request : sim::requests_of(events)) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(request.latency).count();
    result.push_back(request.on + " " + std::to_string(request.number) + " " + std::to_string(seconds) + "s" +
                     (request.answered ? "" : " unanswered") + (request.failure ? " failed" : "") +
                     (request.effect_applied ? " effect" : "") + (request.has_tool_result ? " result" : ""));
  }
  return result;
}

TEST(ReplayRequests, a_comment_that_is_found_was_posted_by_the_request_before) {
  EXPECT_THAT(texts({at(0, EventKind::CallStarted, kCreate), failed(10, kCreate, FailureKind::Timeout),
                     at(11, EventKind::CallStarted, kCreate), at(11, EventKind::CallStarted, kList),
                     succeeded(13, kList, 200), succeeded(13, kCreate, 200)}),
              ElementsAre("comments.create 1 10s failed effect", "comments.list 1 2s"));
}

TEST(ReplayRequests, an_attempt_whose_look_up_failed_posted_nothing) {
  EXPECT_THAT(texts({at(0, EventKind::CallStarted, kCreate), failed(10, kCreate, FailureKind::Timeout),
                     at(11, EventKind::CallStarted, kCreate), at(11, EventKind::CallStarted, kList),
                     failed(13, kList, FailureKind::ServerError), failed(13, kCreate, FailureKind::ServerError),
                     at(15, EventKind::CallStarted, kCreate), at(15, EventKind::CallStarted, kList),
                     succeeded(18, kList, 200), succeeded(22, kCreate, 201)}),
              ElementsAre("comments.create 1 10s failed", "comments.list 1 2s failed", "comments.create 2 4s",
                          "comments.list 2 3s"));
}

TEST(ReplayRequests, an_answer_without_a_tool_that_did_not_end_the_run_was_cut) {
  Event first = at(0, EventKind::CallStarted, kChat), second = at(2, EventKind::CallStarted, kChat);
  first.attempt = second.attempt = 1;
  Event ended = at(3, EventKind::JobFailed);
  ended.reason = core::JobFailReason::FilteredAnswer;
  const auto requests = sim::requests_of(
      {first, succeeded(1, kChat, 200), second, succeeded(3, kChat, 200), at(3, EventKind::AgentFinished), ended});
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].finish, "length");
  EXPECT_EQ(requests[1].finish, "content_filter");
}

TEST(ReplayRequests, a_call_without_an_end_was_not_answered) {
  EXPECT_THAT(texts({at(0, EventKind::CallStarted, kChat), at(3, EventKind::WorkerCrashed),
                     at(5, EventKind::CallStarted, kChat), succeeded(6, kChat, 200)}),
              ElementsAre("chat 1 0s unanswered", "chat 2 1s"));
}

TEST(ReplayRequests, each_run_of_a_job_is_a_conversation_of_its_own) {
  Event tool = at(1, EventKind::ToolSucceeded);
  tool.tool = "comment_on_issue";
  EXPECT_THAT(texts({at(0, EventKind::JobStarted), at(0, EventKind::CallStarted, kChat), succeeded(0, kChat, 200), tool,
                     at(1, EventKind::CallStarted, kChat), failed(1, kChat, FailureKind::Unavailable),
                     at(2, EventKind::JobStarted), at(2, EventKind::CallStarted, kChat), succeeded(2, kChat, 200)}),
              ElementsAre("chat 1 0s", "chat 2 0s failed result", "chat 3 0s"));
}

TEST(ReplayRequests, a_tool_that_waited_for_a_token_in_vain_refused_nothing) {
  const auto is_bad = [](const Event& last) {
    Event tool = at(1, EventKind::ToolStarted);
    Event end = at(2, EventKind::ToolFailed);
    tool.tool = end.tool = "comment_on_issue";
    return sim::requests_of({at(0, EventKind::CallStarted, kChat), succeeded(1, kChat, 200), tool, end, last})
        .at(0)
        .tools.at(0)
        .bad_arguments;
  };
  Event finished = at(2, EventKind::AgentFinished);
  finished.outcome = core::AgentOutcome::RateLimited;
  EXPECT_FALSE(is_bad(finished));
  finished.outcome = core::AgentOutcome::Failed;
  EXPECT_TRUE(is_bad(finished));
  EXPECT_TRUE(is_bad(at(2, EventKind::CallStarted, kChat)));
}

TEST(ReplayRequests, an_answer_that_asked_for_several_tools_has_them_all) {
  const auto tool = [](EventKind kind, std::string_view name) {
    Event event = at(1, kind);
    event.tool = name;
    return event;
  };
  const auto requests =
      sim::requests_of({at(0, EventKind::CallStarted, kChat), succeeded(1, kChat, 200),
                        tool(EventKind::ToolStarted, "unknown"), tool(EventKind::ToolFailed, "unknown"),
                        tool(EventKind::ToolStarted, "comment_on_issue"), at(1, EventKind::CallStarted, kCreate),
                        succeeded(2, kCreate, 201), tool(EventKind::ToolSucceeded, "comment_on_issue"),
                        at(2, EventKind::CallStarted, kChat), succeeded(3, kChat, 200)});
  std::vector<std::string> names;
  for (const sim::UsedTool& used : requests.at(0).tools)
    names.push_back(used.name + (used.bad_arguments ? " bad" : ""));
  EXPECT_THAT(names, ElementsAre("unknown bad", "comment_on_issue"));
  EXPECT_THAT(requests.at(2).tools, IsEmpty());
}

TEST(ReplayScenario, ends_a_models_answer_by_the_timeout_that_ended_it) {
  sim::ReplaySource source{"t", "w"};
  source.config.llm.first_byte_timeout = std::chrono::seconds(5);
  const auto rules_after = [&](int seconds) {
    const std::string text = sim::replay_scenario(
        source, {at(0, EventKind::CallStarted, kChat), failed(seconds, kChat, FailureKind::Timeout)});
    const std::size_t begin = text.find("\"do\"");
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(rules_after(5), R"("do": {"timeout": true}})");
  EXPECT_EQ(rules_after(30), R"("do": {"stall": {"after": 0.5}}})") << "the first byte had come";
  source.config.llm.idle_timeout = std::chrono::seconds(4);
  EXPECT_EQ(rules_after(7), R"("do": {"stall": {"after": 0.5}}})");
  EXPECT_THAT(rules_after(30), HasSubstr(R"("pace": {"chunks": 17, "every": "2s"})")) << "bytes came until the end";
}

TEST(ReplayRedisRules, are_for_the_instant_at_which_the_command_was_sent) {
  const Event first = failed(10, "redis.claim", FailureKind::Connection);
  Event timeout = failed(30, "redis.renew", FailureKind::Timeout);
  timeout.job = "b";
  const auto rules = sim::redis_rules_of({first, first, timeout}, core::Config{});
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].on, "script:claim");
  EXPECT_EQ(rules[0].job, "a");
  EXPECT_EQ(rules[0].calls, (std::vector<fakes::CallRange>{{1, 2}}));
  EXPECT_EQ(rules[0].from, core::SteadyTime(std::chrono::seconds(10)));
  EXPECT_EQ(rules[0].until, core::SteadyTime(std::chrono::seconds(10)) + core::Duration(1));
  EXPECT_EQ(rules[0].action, fakes::RedisAction(fakes::DoReset{fakes::ResetWhen::Before}));
  EXPECT_EQ(rules[1].job, "b");
  EXPECT_EQ(rules[1].calls, (std::vector<fakes::CallRange>{{1, 1}}));
  EXPECT_EQ(rules[1].from, core::SteadyTime(std::chrono::seconds(25)));
  EXPECT_EQ(rules[1].action, fakes::RedisAction(fakes::DoTimeout{}));
}

TEST(ReplayRedisRules, leave_out_what_a_restart_does_itself) {
  Event restart = at(10, EventKind::RedisRestarted);
  Event refused = failed(12, "redis.claim", FailureKind::Connection);
  refused.code = "ECONNREFUSED";
  const std::vector<Event> events = {restart, failed(10, "redis.claim", FailureKind::Connection), refused};
  EXPECT_THAT(sim::redis_rules_of(events, core::Config{}), IsEmpty());
  const auto down = sim::redis_downtimes_of(events);
  ASSERT_EQ(down.size(), 1U);
  EXPECT_EQ(down.at(0), std::chrono::seconds(2) + core::Duration(1));
}

TEST(ReplayRedisRules, a_runners_own_trace_tells_of_a_restart_by_refused_connections) {
  const auto refused = [](int seconds, std::string_view runner) {
    Event event = failed(seconds, "redis.claim", FailureKind::Connection);
    event.code = "ECONNREFUSED";
    event.runner = runner;
    return event;
  };
  const Event reset = failed(9, "redis.renew", FailureKind::Connection);
  const Event reached = at(13, EventKind::CallSucceeded, "redis.claim");
  const std::vector<Event> events = {reset, refused(10, "r"), refused(12, "other"), reached, refused(40, "r")};
  const auto restarts = sim::untold_restarts(events);
  ASSERT_EQ(restarts.size(), 2U);
  EXPECT_EQ(restarts[0].at, core::SteadyTime(std::chrono::seconds(10)));
  EXPECT_EQ(std::get<sim::RestartRedis>(restarts[0].action).down, std::chrono::seconds(2) + core::Duration(1));
  EXPECT_EQ(std::get<sim::RestartRedis>(restarts[0].action).lose, core::Duration::zero());
  EXPECT_EQ(restarts[1].at, core::SteadyTime(std::chrono::seconds(40)));
  EXPECT_EQ(std::get<sim::RestartRedis>(restarts[1].action).down, core::Duration(1));
  EXPECT_THAT(sim::untold_restarts({reset, at(13, EventKind::CallSucceeded, kChat)}), IsEmpty());
  EXPECT_THAT(sim::untold_restarts({at(9, EventKind::RedisRestarted), refused(10, "r")}), IsEmpty());
}

TEST(ReplayScenario, begins_with_the_first_event_and_names_the_runners_anew) {
  Event started = at(1'000, EventKind::WorkerStarted);
  Event crashed = at(1'005, EventKind::WorkerCrashed);
  started.runner = crashed.runner = "host-7:421";
  started.job = crashed.job = {};
  const std::string text = sim::replay_scenario({"t", "w"}, {started, at(1'002, EventKind::JobEnqueued), crashed});
  EXPECT_THAT(text, HasSubstr(R"({"id": "a", "at": "2s"})"));
  EXPECT_THAT(text, HasSubstr(R"({"at": "5s", "crash": "runner-1"})"));
  EXPECT_THAT(text, HasSubstr(R"("limit": "3605s")"));
}

TEST(ReplayScenario, holds_no_masked_secret) {
  sim::ReplaySource source{"t", "w"};
  source.config.llm.api_key = "***";
  EXPECT_THAT(sim::replay_scenario(source, {}), Not(HasSubstr("***")));
}

}  // namespace
