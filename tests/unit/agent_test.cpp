// The agent loop, turn by turn: a scripted model, tools that write down what they are asked for, and what the model
// hears in return.
#include "core/agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_environment.h"

namespace core {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class NotingTool final : public Tool {
 public:
  NotingTool(std::string name, std::vector<std::string>& calls) : calls_(calls) {
    definition_ = {.name = std::move(name), .description = "Notes.", .parameters = "{}"};
  }
  const ToolDefinition& definition() const override { return definition_; }
  boost::asio::awaitable<ToolResult> call(JobRun&, const ToolCall& call, std::uint32_t ordinal) override {
    calls_.push_back(fmt::format("{}#{}{}", call.name, ordinal, boost::json::serialize(call.arguments)));
    if (next) co_return *std::exchange(next, std::nullopt);
    co_return ToolAnswer{"noted " + std::to_string(calls_.size())};
  }

  std::optional<ToolResult> next;  ///< In place of the usual answer, once.

 private:
  ToolDefinition definition_;
  std::vector<std::string>& calls_;
};

std::string text(const std::string& said, const std::string& reason = "stop") {
  return R"({"choices":[{"message":{"content":")" + said + R"("},"finish_reason":")" + reason + "\"}]}";
}

/// Calls of `id:name`, whose arguments are empty objects.
std::string calls(const std::vector<std::pair<std::string, std::string>>& all,
                  const std::string& reason = "tool_calls") {
  std::string list;
  for (const auto& [id, name] : all) {
    list += fmt::format(R"({}{{"id":"{}","function":{{"name":"{}","arguments":"{{}}"}}}})", list.empty() ? "" : ",", id,
                        name);
  }
  return R"({"choices":[{"message":{"content":null,"tool_calls":[)" + list + R"(]},"finish_reason":")" + reason +
         "\"}]}";
}

class AgentTest : public testing::Test {
 protected:
  AgentTest() {
    config_.llm.protocol = LlmProtocol::OpenAi;
    config_.llm.retry.backoff.jitter.kind = JitterKind::None;
    config_.llm.min_interval = 0ms;
    std::vector<std::unique_ptr<Tool>> tools;
    for (const char* name : {"note", "look"}) {
      auto tool = std::make_unique<NotingTool>(name, called_);
      tools_[name] = tool.get();
      tools.push_back(std::move(tool));
    }
    llm_.emplace(fake_.environment, config_.llm);
    agent_.emplace(fake_.environment, config_, *llm_, std::move(tools));
    queue_.emplace(fake_.environment, config_.redis, config_.jobs.lease);
    run_.emplace(JobRun{.claimed = {.id = "a"},
                        .spec = {"octo/hello", 1, 1, "Do it.", std::nullopt, std::vector<std::string>{"note", "look"}},
                        .token = "t",
                        .random = Random(1),
                        .queue = *queue_});
  }

  AgentResult run(const std::vector<std::string>& answers) {
    for (const std::string& body : answers) fake_.http.replies.push_back({HttpResponse{200, {}, body}});
    std::optional<AgentResult> result;
    boost::asio::co_spawn(fake_.environment.executor, agent_->run(*run_),
                          [&result](std::exception_ptr error, AgentResult ended) {
                            if (error) std::rethrow_exception(error);
                            result = std::move(ended);
                          });
    fake_.clock.advance(5min);
    EXPECT_TRUE(result.has_value()) << "the agent has not ended";
    return result.value_or(AgentResult{});
  }

  /// The messages of the n-th request, as `role: content` or `role: [ids of calls]` or `tool id: content`.
  std::vector<std::string> heard(std::size_t request) {
    std::vector<std::string> lines;
    const auto body = boost::json::parse(fake_.http.requests.at(request).body);
    for (const auto& message : body.at("messages").as_array()) {
      std::string line(message.at("role").as_string().c_str());
      if (const auto* id = message.as_object().if_contains("tool_call_id")) line += " " + std::string(id->as_string());
      line += ": ";
      if (const auto* asked = message.as_object().if_contains("tool_calls")) {
        for (const auto& call : asked->as_array()) line += "[" + std::string(call.at("id").as_string()) + "]";
      }
      if (const auto* content = message.at("content").if_string()) line += std::string(*content);
      lines.push_back(line);
    }
    return lines;
  }
  std::size_t requests() const { return fake_.http.requests.size(); }

  tests::FakeEnvironment fake_;
  Config config_;
  std::vector<std::string> called_;
  std::map<std::string, NotingTool*> tools_;
  std::optional<LlmClient> llm_;
  std::optional<Agent> agent_;
  std::optional<Queue> queue_;
  std::optional<JobRun> run_;
};

TEST_F(AgentTest, refuses_a_call_beyond_the_most_and_begins_nothing) {
  config_.tools["note"].most_calls = 2;
  EXPECT_EQ(
      run({calls({{"1", "note"}, {"2", "note"}, {"3", "note"}, {"4", "look"}}), calls({{"5", "note"}}), text("Done.")})
          .outcome,
      AgentOutcome::Completed);
  EXPECT_THAT(called_, ElementsAre("note#1{}", "note#2{}", "look#1{}"));
  EXPECT_THAT(heard(1), ElementsAre("user: Do it.", "assistant: [1][2][3][4]", "tool 1: noted 1", "tool 2: noted 2",
                                    "tool 3: Refused: note may be called 2 times for this task, and has been.",
                                    "tool 4: noted 3"));
  EXPECT_THAT(heard(2).back(), HasSubstr("Refused: note may be called 2 times"));
}

TEST_F(AgentTest, allows_twenty_calls_of_a_tool) {
  std::vector<std::pair<std::string, std::string>> all;
  for (int id = 1; id <= 21; ++id) all.emplace_back(std::to_string(id), "note");
  run({calls(all), text("Done.")});
  EXPECT_EQ(called_.size(), 20U);
  EXPECT_THAT(heard(1).back(), HasSubstr("may be called 20 times"));
}

TEST_F(AgentTest, ends_with_a_text) {
  EXPECT_EQ(run({text("Done.")}).outcome, AgentOutcome::Completed);
  EXPECT_THAT(heard(0), ElementsAre("user: Do it."));
  EXPECT_TRUE(called_.empty());
}

TEST_F(AgentTest, calls_a_tool_and_tells_the_model_its_result) {
  EXPECT_EQ(run({calls({{"c1", "note"}}), text("Done.")}).outcome, AgentOutcome::Completed);
  EXPECT_THAT(called_, ElementsAre("note#1{}"));
  EXPECT_THAT(heard(1), ElementsAre("user: Do it.", "assistant: [c1]", "tool c1: noted 1"));
}

TEST_F(AgentTest, calls_several_tools_in_their_order_each_once_and_counts_each_for_itself) {
  run({calls({{"c1", "note"}, {"c2", "look"}, {"c3", "note"}}), calls({{"c4", "look"}}), text("Done.")});
  EXPECT_THAT(called_, ElementsAre("note#1{}", "look#1{}", "note#2{}", "look#2{}"));
  EXPECT_THAT(heard(1), ElementsAre("user: Do it.", "assistant: [c1][c2][c3]", "tool c1: noted 1", "tool c2: noted 2",
                                    "tool c3: noted 3"));
}

TEST_F(AgentTest, makes_up_ids_that_are_missing_or_were_used_before) {
  run({calls({{"", "note"}, {"c", "note"}, {"c", "look"}}), calls({{"c", "note"}, {"call00003", "note"}}),
       text("Done.")});
  EXPECT_THAT(heard(1), ElementsAre("user: Do it.", "assistant: [call00001][c][call00002]", "tool call00001: noted 1",
                                    "tool c: noted 2", "tool call00002: noted 3"));
  EXPECT_EQ(heard(2).at(5), "assistant: [call00003][call00004]");
  EXPECT_EQ(heard(2).at(7), "tool call00004: noted 5");
}

TEST_F(AgentTest, tells_the_model_of_a_tool_that_there_is_not) {
  EXPECT_EQ(run({calls({{"c1", "rm"}}), text("Done.")}).outcome, AgentOutcome::Completed);
  EXPECT_TRUE(called_.empty());
  EXPECT_EQ(heard(1).at(2), "tool c1: There is no such tool.");
}

TEST_F(AgentTest, tells_the_model_of_a_tools_error_and_goes_on) {
  tools_["note"]->next = ToolError{"body is missing"};
  EXPECT_EQ(run({calls({{"c1", "note"}, {"c2", "look"}}), text("Done.")}).outcome, AgentOutcome::Completed);
  EXPECT_THAT(heard(1),
              ElementsAre("user: Do it.", "assistant: [c1][c2]", "tool c1: body is missing", "tool c2: noted 2"));
}

TEST_F(AgentTest, ends_where_a_tool_gave_up_and_calls_no_other) {
  tools_["note"]->next = GaveUp{GiveUpReason::Exhausted, {.kind = FailureKind::Unavailable, .message = "down"}};
  const AgentResult result = run({calls({{"c1", "note"}, {"c2", "look"}})});
  EXPECT_EQ(result.outcome, AgentOutcome::ServiceError);
  EXPECT_EQ(result.error.text, "down");
  EXPECT_THAT(called_, ElementsAre("note#1{}"));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(AgentTest, ends_where_the_model_gave_up) {
  fake_.http.replies.push_back({HttpResponse{401, {}, "{}"}});
  const AgentResult result = run({});
  EXPECT_EQ(result.outcome, AgentOutcome::Failed);
  EXPECT_EQ(result.fail_reason, JobFailReason::NotRetryable);
}

TEST_F(AgentTest, has_no_more_turns_than_it_is_given) {
  config_.llm.max_turns = 2;
  const AgentResult result = run({calls({{"c1", "note"}}), calls({{"c2", "note"}}), text("Late.")});
  EXPECT_EQ(result.fail_reason, JobFailReason::TurnsExceeded);
  EXPECT_EQ(requests(), 2U);
}

TEST_F(AgentTest, tells_the_model_once_that_its_answer_was_cut) {
  EXPECT_EQ(run({text("I will now comm", "length"), text("Done.")}).outcome, AgentOutcome::Completed);
  const auto messages = heard(1);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[1], "assistant: I will now comm");
  EXPECT_THAT(messages[2], HasSubstr("user: Your last answer was cut off"));
  EXPECT_THAT(fake_.trace.lines, Not(testing::Contains(HasSubstr("call.retry"))));
}

TEST_F(AgentTest, runs_no_tool_of_an_answer_that_was_cut_and_sends_none_of_them_back) {
  run({calls({{"c1", "note"}}, "length"), text("Done.")});
  EXPECT_TRUE(called_.empty());
  EXPECT_EQ(heard(1).at(1), "assistant: (cut off)");
}

TEST_F(AgentTest, fails_the_second_time_that_an_answer_is_cut) {
  const AgentResult result = run({text("I wi", "length"), calls({{"c1", "note"}}), text("I wi", "max_tokens")});
  EXPECT_EQ(result.outcome, AgentOutcome::Failed);
  EXPECT_EQ(result.fail_reason, JobFailReason::IncompleteAnswer);
  EXPECT_THAT(result.error.text, HasSubstr("length limit"));
  EXPECT_EQ(requests(), 3U);
}

TEST_F(AgentTest, fails_by_the_reason_of_the_second_one) {
  const AgentResult result = run({text("I wi", "length"), text("", "content_filter")});
  EXPECT_EQ(result.fail_reason, JobFailReason::FilteredAnswer);
  EXPECT_THAT(result.error.text, HasSubstr("content filter"));
}

TEST_F(AgentTest, hears_of_a_filtered_answer_in_its_own_words) {
  run({text("", "content_filter"), text("Done.")});
  EXPECT_EQ(heard(1).at(1), "assistant: (filtered)");
  EXPECT_THAT(heard(1).at(2), HasSubstr("content filter"));
}

TEST_F(AgentTest, asks_again_for_an_answer_that_is_empty) {
  EXPECT_EQ(run({text(""), text("<think>Hm.</think>"), text("Done.")}).outcome, AgentOutcome::Completed);
  EXPECT_EQ(requests(), 3U);
  EXPECT_EQ(heard(2), heard(0));
  EXPECT_THAT(fake_.trace.lines, testing::Contains(HasSubstr("failure=empty_answer")));
}

TEST_F(AgentTest, has_no_more_to_say_after_a_tool) {
  EXPECT_EQ(run({calls({{"c1", "note"}}), text("")}).outcome, AgentOutcome::Completed);
  EXPECT_EQ(requests(), 2U);
}

TEST_F(AgentTest, asks_again_where_the_model_waits_for_tools_that_it_did_not_name) {
  EXPECT_EQ(run({calls({{"c1", "note"}}), text("", "tool_calls"), text("Done.")}).outcome, AgentOutcome::Completed);
  EXPECT_EQ(requests(), 3U);
}

}  // namespace
}  // namespace core
