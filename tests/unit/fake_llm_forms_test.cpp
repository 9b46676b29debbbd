// The fake model's answers in varied forms: whatever the form, the core reads the same answer out of it.
#include "fakes/llm/forms.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/llm/protocol.h"
#include "tests/support/llm_answers.h"
#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

const std::string kThumb = "\xF0\x9F\x91\x8D";

/// The answer as the core reads it, ids left out.
std::string read(core::LlmProtocol protocol, const std::string& body) {
  std::string text = tests::describe(tests::decode(protocol, body));
  for (std::size_t bar = text.find('|'); bar != std::string::npos; bar = text.find('|', bar + 1)) {
    text.erase(bar + 1, text.find(':', bar) - bar - 1);
  }
  return text;
}

struct Case {
  ModelReply reply;
  std::string expected;
};

class Forms : public testing::Test {
 protected:
  static constexpr std::uint64_t kForms = 2000;
  const std::vector<Case> cases_ = {
      {{.text = "Done \xF0\x9F\x91\x8D \"quoted\" and \\ more of it, so that there are pieces."},
       "Done " + kThumb + " \"quoted\" and \\ more of it, so that there are pieces."},
      {{.tools = {{"note", "{\"body\":\"Hi \xF0\x9F\x91\x8D l\xC3\xB6\xC3\xB6k\"}"}}},
       "|:note{\"body\":\"Hi " + kThumb + " l\xC3\xB6\xC3\xB6k\"}"},
      {{.tools = {{"note", "{}"}}}, "|:note{}"},
      {{.text = "Words \xF0\x9F\x91\x8D beside", .tools = {{"note", "{\"a\":\"}\\\"{\"}"}}},
       "Words " + kThumb + " beside|:note{\"a\":\"}\\\"{\"}"},
      {{.tools = {{"note", "{\"body\":\"One of a length that makes pieces.\"}"},
                  {"other", "{}"},
                  {"note", "{\"body\":\"Two \xF0\x9F\x91\x8D\"}"}}},
       "|:note{\"body\":\"One of a length that makes pieces.\"}|:other{}|:note{\"body\":\"Two " + kThumb + "\"}"}};
};

TEST_F(Forms, are_all_read_as_the_same_answer_of_open_ai) {
  std::set<std::string> bodies;
  for (std::uint64_t number = 0; number < kForms; ++number) {
    const Form form = draw_form(core::Random(7).fork(number));
    for (const Case& each : cases_) {
      for (const bool stream : {true, false}) {
        const std::string body =
            varied_openai_chat({.model = "m", .stream = stream}, each.reply, {{}, number}, form_for(form, each.reply));
        ASSERT_EQ(read(core::LlmProtocol::OpenAi, body), each.expected) << number << "\n" << body;
        bodies.insert(body);
      }
    }
  }
  EXPECT_GT(bodies.size(), kForms * 3);
}

TEST_F(Forms, are_all_read_as_the_same_answer_of_ollama) {
  for (std::uint64_t number = 0; number < kForms; ++number) {
    const Form form = draw_form(core::Random(8).fork(number));
    for (const Case& each : cases_) {
      for (const bool stream : {true, false}) {
        const std::string body =
            varied_ollama_chat({.model = "m", .stream = stream}, each.reply, {{}, number}, form_for(form, each.reply));
        ASSERT_EQ(read(core::LlmProtocol::Ollama, body), each.expected) << number << "\n" << body;
      }
    }
  }
}

TEST(FakeLlmForms, are_off_unless_they_are_asked_for_and_the_same_for_a_seed) {
  const std::vector<HttpRule> no_rules;
  const auto body = [&no_rules](std::uint64_t seed, AnswerForms forms) {
    Llm llm(no_rules, core::Random(seed), forms);
    return response_of(llm.handle(openai_chat_request(true), at(0s))).body;
  };
  EXPECT_EQ(body(1, AnswerForms::Plain), body(2, AnswerForms::Plain));
  EXPECT_EQ(body(1, AnswerForms::Varied), body(1, AnswerForms::Varied));
  std::set<std::string> all;
  for (std::uint64_t seed = 0; seed < 20; ++seed) all.insert(body(seed, AnswerForms::Varied));
  EXPECT_GT(all.size(), 15U);
}

TEST(FakeLlmEnds, cut_a_tools_arguments_and_say_why) {
  const std::vector<HttpRule> rules = {rule(DoTool{"note", R"({"body":"long enough"})", "length"})};
  for (const bool stream : {true, false}) {
    Llm llm(rules, core::Random(1));
    const std::string body = response_of(llm.handle(openai_chat_request(stream), at(0s))).body;
    EXPECT_EQ(tests::describe(tests::decode(core::LlmProtocol::OpenAi, body)), " (cut)") << body;
    EXPECT_EQ(body.find("enough"), std::string::npos);
  }
}

TEST(FakeLlmEnds, think_before_they_answer) {
  const std::vector<HttpRule> rules = {rule(DoText{"Hi", "Hm, well", "content_filter"})};
  for (const bool stream : {true, false}) {
    Llm llm(rules, core::Random(1));
    const std::string openai = response_of(llm.handle(openai_chat_request(stream), at(0s))).body;
    EXPECT_EQ(tests::describe(tests::decode(core::LlmProtocol::OpenAi, openai)), "Hi (filtered)") << openai;
    EXPECT_NE(openai.find("Hm, well"), std::string::npos);
    const std::string ollama = response_of(llm.handle(ollama_chat_request(stream), at(0s))).body;
    EXPECT_EQ(tests::describe(tests::decode(core::LlmProtocol::Ollama, ollama)), "Hi (filtered)") << ollama;
    EXPECT_NE(ollama.find("Hm, well"), std::string::npos);
  }
}

TEST(FakeLlmStrictness, refuses_conversations_that_services_refuse) {
  const std::vector<HttpRule> no_rules;
  Llm llm(no_rules, core::Random(1));
  const auto status = [&llm](const char* path, const std::string& messages) {
    return response_of(
               llm.handle(post(path, R"({"model":"m","messages":[{"role":"user","content":"hi"})" + messages + "]}"),
                          at(0s)))
        .status;
  };
  const char* const kOpenAi = "https://llm/v1/chat/completions";
  const char* const kOllama = "https://llm/api/chat";
  const auto call = [](const char* id, const char* arguments) {
    return fmt::format(R"({{"id":"{}","type":"function","function":{{"name":"t","arguments":"{}"}}}})", id, arguments);
  };
  const auto asks = [](const std::string& calls) {
    return R"(,{"role":"assistant","content":null,"tool_calls":[)" + calls + "]}";
  };
  const std::string result = R"(,{"role":"tool","tool_call_id":"a","content":"ok"})";
  EXPECT_EQ(status(kOpenAi, asks(call("a", "{}")) + result), 200);
  EXPECT_EQ(status(kOpenAi, asks(call("a", "{}") + ',' + call("a", "{}")) + result + result), 400);
  EXPECT_EQ(status(kOpenAi, asks(call("a", "{\\\"b")) + result), 400);
  EXPECT_EQ(status(kOpenAi, R"(,{"role":"assistant","content":""})"), 400);
  EXPECT_EQ(status(kOllama, R"(,{"role":"assistant","content":""})"), 400);
  const std::string asked =
      R"(,{"role":"assistant","content":"","tool_calls":[{"function":{"name":"t","arguments":{}}}]})";
  EXPECT_EQ(status(kOllama, asked + R"(,{"role":"tool","tool_name":"t","content":"ok"})"), 200);
  EXPECT_EQ(status(kOllama, asked + R"(,{"role":"tool","tool_name":"u","content":"ok"})"), 400);
}

}  // namespace
}  // namespace fakes
