// The invariant of answers: what the model asked for, what was called, what it was told, and what a job ends on.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::SteadyTime;
using fakes::ModelSaid;
using Kind = ModelSaid::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

const std::string kQuestion = R"({"messages":[{"role":"user","content":"Do it."}]})";

/// The second question: calls and results, each as `id:name`.
std::string told(const std::vector<std::pair<std::string, std::string>>& calls,
                 const std::vector<std::pair<std::string, std::string>>& results) {
  std::string body = R"({"messages":[{"role":"user","content":"Do it."},{"role":"assistant","tool_calls":[)";
  for (const auto& [id, name] : calls) {
    body += fmt::format(R"({}{{"id":"{}","function":{{"name":"{}"}}}})", body.ends_with('[') ? "" : ",", id, name);
  }
  body += "]}";
  for (const auto& [id, name] : results) {
    body += R"(,{"role":"tool",)" + (name.empty() ? std::string() : R"("tool_name":")" + name + "\",") +
            R"("tool_call_id":")" + id + R"("})";
  }
  return body + "]}";
}

class Answers : public testing::Test {
 protected:
  Answers() { event("0s job.started job=a attempt=1"); }

  void event(const char* line) { invariants_.on_event(Line(line).event); }
  /// A question and the answer that arrived; nothing where a rule wrote it itself.
  void ask(const std::string& body, std::optional<ModelSaid> said, std::optional<int> status = 200) {
    Exchange exchange{"runner-1", "chat", "a", SteadyTime(0s), SteadyTime(1s), status};
    exchange.body = body;
    exchange.said = said ? &*said : nullptr;
    invariants_.on_exchange(exchange);
  }
  std::vector<std::string> found() const {
    std::vector<std::string> messages;
    for (const Violation& violation : invariants_.findings().kept()) {
      if (violation.invariant == "answers") messages.push_back(violation.message);
    }
    return messages;
  }

  const ModelSaid text_{Kind::Text, {}};
  const ModelSaid two_calls_{Kind::ToolCalls, {{"c1", "note"}, {"c2", "look"}}};
  core::Config config_;
  Invariants invariants_{config_, {.servers_watched = true}};
};

TEST_F(Answers, hold_where_each_call_has_its_result) {
  ask(kQuestion, two_calls_);
  event("1s tool.started job=a tool=note");
  event("1s tool.started job=a tool=unknown");
  ask(told({{"c1", "note"}, {"c2", "look"}}, {{"c1", ""}, {"c2", ""}}), std::nullopt, 503);
  ask(told({{"c1", "note"}, {"c2", "look"}}, {{"c1", ""}, {"c2", ""}}), text_);
  event("2s job.completed job=a attempt=1");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Answers, notice_a_result_that_is_missing_twice_or_of_another) {
  const std::vector<std::pair<std::string, std::string>> calls = {{"c1", "note"}, {"c2", "look"}};
  ask(kQuestion, two_calls_);
  ask(told(calls, {{"c1", ""}}), two_calls_);
  ask(told(calls, {{"c1", ""}, {"c1", ""}}), two_calls_);
  ask(told(calls, {{"", "look"}, {"", "note"}}), two_calls_);
  ask(told({{"c1", "note"}, {"c3", "look"}}, {{"c1", ""}, {"c3", ""}}), text_);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("not told once of each"), HasSubstr("at place 1"), HasSubstr("at place 0"),
                                   HasSubstr("at place 1"), HasSubstr("at place 1")));
}

TEST_F(Answers, notice_a_tool_that_nobody_asked_for) {
  ask(kQuestion, two_calls_);
  event("1s tool.started job=a tool=look");
  event("1s tool.started job=a tool=look");
  event("1s tool.started job=a tool=note");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("look was called"), HasSubstr("had not asked for")));
}

TEST_F(Answers, notice_a_job_that_is_completed_on_no_answer) {
  for (const Kind kind : {Kind::Cut, Kind::Filtered, Kind::Nothing, Kind::Trouble, Kind::ToolCalls}) {
    ask(kQuestion, ModelSaid{kind, {}});
    event("1s job.completed job=a attempt=1");
    event("2s job.started job=a attempt=1");
  }
  EXPECT_EQ(found().size(), 5U);
}

TEST_F(Answers, notice_arguments_that_were_changed) {
  const std::string body = R"({"messages":[{"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"note",)"
                           R"("arguments":"{\"body\": \"hi\"}"}}]},{"role":"tool","tool_call_id":"c1"}]})";
  ask(kQuestion, ModelSaid{Kind::ToolCalls, {{"c1", "note", R"({"body":"hi"})"}}});
  ask(body, ModelSaid{Kind::ToolCalls, {{"c1", "note", R"({"body":"ho"})"}}});
  EXPECT_THAT(found(), IsEmpty());
  ask(body, text_);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("another call")));
}

TEST_F(Answers, notice_that_the_model_is_asked_after_two_cut_answers) {
  ask(kQuestion, ModelSaid{Kind::Cut, {}});
  ask(kQuestion, ModelSaid{Kind::Filtered, {}});
  EXPECT_THAT(found(), IsEmpty());
  ask(kQuestion, text_);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("after two cut answers")));
}

TEST_F(Answers, let_the_model_have_no_more_to_say_after_a_tool) {
  ask(kQuestion, ModelSaid{Kind::ToolCalls, {{"c1", "note"}}});
  event("1s tool.started job=a tool=note");
  ask(told({{"c1", "note"}}, {{"c1", ""}}), ModelSaid{Kind::Nothing, {}});
  event("2s job.completed job=a attempt=1");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Answers, notice_a_whole_answer_that_is_thrown_away) {
  ask(kQuestion, text_);
  event("1s call.failed job=a api=llm.chat attempt=1 failure=malformed status=200");
  ask(kQuestion, std::nullopt);
  event("2s call.failed job=a api=llm.chat attempt=2 failure=malformed status=200");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("came whole")));
}

TEST_F(Answers, say_nothing_of_what_a_rule_wrote_itself) {
  ask(kQuestion, std::nullopt);
  event("1s tool.started job=a tool=note");
  event("2s job.completed job=a attempt=1");
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace sim
