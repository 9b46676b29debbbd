#include <set>

#include "core/time/text.h"
#include "tests/support/llm_answers.h"
#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

Answer ask(const std::vector<HttpRule>& rules, const core::HttpRequest& request, Now now = at(0s)) {
  Llm llm(rules, core::Random(1));
  return llm.handle(request, now);
}

TEST(FakeLlmFaults, a_status_has_the_services_own_error_body) {
  const std::vector<HttpRule> rules = {rule(DoStatus{.status = 429}, "chat")};
  const auto ollama = response_of(ask(rules, ollama_chat_request()));
  EXPECT_EQ(ollama.status, 429);
  EXPECT_TRUE(json_of(ollama).at_pointer("/error").is_string());
  EXPECT_EQ(header(ollama, "retry-after"), "(none)");

  const auto openai = response_of(ask(rules, openai_chat_request()));
  EXPECT_EQ(openai.status, 429);
  const auto json = json_of(openai);
  EXPECT_EQ(text_at(json, "/error/code"), "rate_limit_exceeded");
  for (const char* member : {"/error/message", "/error/type", "/error/param"}) {
    EXPECT_NE(text_at(json, member), "(absent)") << member;
  }
  EXPECT_EQ(text_at(json_of(response_of(ask({rule(DoStatus{.status = 503})}, ollama_chat_request()))), "/error"),
            "server busy, please try again.  maximum pending requests exceeded");
}

TEST(FakeLlmFaults, a_status_is_answered_without_a_look_at_the_body) {
  core::HttpRequest request = ollama_chat_request();
  request.body = "not JSON";
  EXPECT_EQ(response_of(ask({rule(DoStatus{.status = 500})}, request)).status, 500);
}

TEST(FakeLlmFaults, a_status_takes_its_body_and_headers_from_the_rule) {
  DoStatus status{.status = 502};
  status.body = "<html>";
  status.headers = {{"Content-Type", "text/html"}, {"Retry-After", "1"}, {"retry-after", "2"}};
  status.retry_after = RetryAfterSeconds{9s};
  const auto response = response_of(ask({rule(status)}, ollama_chat_request()));
  EXPECT_EQ(response.body, "<html>");
  std::vector<std::string> seen;
  for (const auto& [name, value] : response.headers) {
    if (core::equal_ignoring_case(name, "content-type") || core::equal_ignoring_case(name, "retry-after")) {
      seen.push_back(value);
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"text/html", "1", "2", "9"}));
}

TEST(FakeLlmFaults, a_status_that_has_no_body_gets_none) {
  EXPECT_EQ(response_of(ask({rule(DoStatus{.status = 204})}, ollama_chat_request())).body, "");
}

TEST(FakeLlmFaults, retry_after_has_four_spellings) {
  struct Row {
    RetryAfterSpelling hint;
    core::Duration now;
    std::string_view name, value;
  };
  const Row rows[] = {
      {RetryAfterSeconds{5s}, 0s, "retry-after", "5"},
      {RetryAfterSeconds{1500ms}, 0s, "retry-after", "1.5"},
      {RetryAfterSeconds{0s}, 0s, "retry-after", "0"},
      {RetryAfterMs{1500ms}, 0s, "retry-after-ms", "1500"},
      {RetryAfterMs{1500us}, 0s, "retry-after-ms", "1.5"},
      {RetryAfterRaw{"abc"}, 0s, "retry-after", "abc"},
      {RetryAfterDate{5s}, 0s, "retry-after", "Thu, 01 Jan 2026 00:00:05 GMT"},
      {RetryAfterDate{4001ms}, 0s, "retry-after", "Thu, 01 Jan 2026 00:00:05 GMT"},
      {RetryAfterDate{5s}, 700ms, "retry-after", "Thu, 01 Jan 2026 00:00:05 GMT"},
      {RetryAfterDate{core::Duration::max()}, 0s, "retry-after", "Fri, 11 Apr 2262 23:47:16 GMT"},
  };
  for (const Row& row : rows) {
    DoStatus status{.status = 429};
    status.retry_after = row.hint;
    EXPECT_EQ(header(response_of(ask({rule(status)}, ollama_chat_request(), at(row.now))), row.name), row.value);
  }
}

TEST(FakeLlmFaults, timeouts_refusals_resets_and_floods_are_deliveries_of_their_own) {
  EXPECT_TRUE(std::holds_alternative<NeverAnswer>(ask({rule(DoTimeout{})}, ollama_chat_request()).delivery));
  EXPECT_TRUE(std::holds_alternative<RefuseConnection>(ask({rule(DoRefuse{})}, ollama_chat_request()).delivery));
  for (const auto when : {ResetWhen::Before, ResetWhen::After}) {
    EXPECT_TRUE(std::holds_alternative<ResetConnection>(ask({rule(DoReset{when})}, ollama_chat_request()).delivery));
  }
  const auto flood = std::get<Flood>(ask({rule(DoFlood{DoFlood::Part::Headers, 123})}, ollama_chat_request()).delivery);
  EXPECT_TRUE(flood.headers);
  EXPECT_EQ(flood.bytes, 123U);
}

TEST(FakeLlmFaults, truncation_sends_that_part_of_a_normal_answer) {
  const auto whole = response_of(ask({}, ollama_chat_request()));
  for (const std::uint32_t millionths : {0U, 1U, 500'000U, 999'999U, 1'000'000U}) {
    const auto cut = std::get<Respond>(ask({rule(DoTruncate{millionths})}, ollama_chat_request()).delivery);
    EXPECT_EQ(cut.response.body, whole.body);
    EXPECT_EQ(cut.body_bytes_sent, whole.body.size() * millionths / 1'000'000);
    EXPECT_EQ(cut.body_bytes_sent == whole.body.size(), millionths == 1'000'000U);
  }
}

/// Whether a body is a well-formed answer in the eyes of a client that looks at all it needs.
bool is_chat_answer(const std::string& body, bool openai) {
  return tests::decode(openai ? core::LlmProtocol::OpenAi : core::LlmProtocol::Ollama, body).has_value();
}

TEST(FakeLlmFaults, garbage_is_a_complete_200_of_several_kinds_none_of_them_an_answer) {
  for (const bool openai : {false, true}) {
    for (const bool stream : {false, true}) {
      const std::vector<HttpRule> rules = {rule(DoGarbage{})};
      Llm llm(rules, core::Random(1));
      std::set<std::string> kinds;
      for (int i = 0; i < 10; ++i) {
        const auto request = openai ? openai_chat_request(stream) : ollama_chat_request(stream);
        const Answer answer = llm.handle(request, at(0s));
        EXPECT_EQ(std::get<Respond>(answer.delivery).body_bytes_sent, SIZE_MAX);
        const auto response = response_of(answer);
        EXPECT_EQ(response.status, 200);
        EXPECT_FALSE(is_chat_answer(response.body, openai)) << response.body;
        kinds.insert(response.body);
      }
      EXPECT_EQ(kinds.size(), stream ? 10U : 8U);
    }
  }
}

TEST(FakeLlmFaults, text_and_tool_are_what_the_model_answers) {
  const std::vector<HttpRule> text = {rule(DoText{"Do\"ne."}, "chat")};
  EXPECT_EQ(text_at(json_of(response_of(ask(text, ollama_chat_request()))), "/message/content"), "Do\"ne.");
  EXPECT_EQ(text_at(json_of(response_of(ask(text, openai_chat_request()))), "/choices/0/message/content"), "Do\"ne.");
  const std::vector<HttpRule> tool = {rule(DoTool{"close_issue", R"({"why":"a \"b\""})"}, "chat")};
  const auto ollama = json_of(response_of(ask(tool, ollama_chat_request())));
  EXPECT_EQ(text_at(ollama, "/message/tool_calls/0/function/name"), "close_issue");
  EXPECT_EQ(text_at(ollama, "/message/tool_calls/0/function/arguments/why"), "a \"b\"");
  const auto openai = json_of(response_of(ask(tool, openai_chat_request())));
  EXPECT_EQ(text_at(openai, "/choices/0/message/tool_calls/0/function/arguments"), R"({"why":"a \"b\""})");
  // The model's words do not make up for a request that is wrong.
  EXPECT_EQ(response_of(ask(text, post("http://llm/api/chat", "{}"))).status, 400);
}

TEST(FakeLlmFaults, latency_goes_with_every_kind_of_outcome) {
  for (const HttpAction& action : {HttpAction(), HttpAction(DoStatus{.status = 500}), HttpAction(DoRefuse{})}) {
    HttpRule slow = rule(action);
    slow.latency = core::Duration(10s);
    EXPECT_EQ(ask({slow}, ollama_chat_request()).latency, 10s);
  }
}

TEST(FakeLlmFaults, rules_see_the_job_of_the_correlation_header_percent_decoded) {
  HttpRule for_job = rule(DoStatus{.status = 500});
  for_job.job = "a b/%";
  EXPECT_EQ(response_of(ask({for_job}, ollama_chat_request(false, "a%20b%2f%25"))).status, 500);
  EXPECT_EQ(response_of(ask({for_job}, ollama_chat_request(false, "a%20b"))).status, 200);
  for_job.job = "100%";
  EXPECT_EQ(response_of(ask({for_job}, ollama_chat_request(false, "100%"))).status, 500);
}

TEST(FakeLlmFaults, openais_limiter_tells_what_is_left_and_when_the_window_ends) {
  const std::vector<HttpRule> rules = {rule(DoRateLimit{2, 6min}, "chat")};
  Llm llm(rules, core::Random(1));
  const auto ask_at = [&](core::Duration time) { return response_of(llm.handle(openai_chat_request(), at(time))); };
  auto response = ask_at(10s);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "x-ratelimit-limit-requests"), "2");
  EXPECT_EQ(header(response, "x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(header(response, "x-ratelimit-reset-requests"), "6m0s");
  EXPECT_EQ(header(ask_at(11s), "x-ratelimit-remaining-requests"), "0");

  response = ask_at(370s - 1500ms);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(text_at(json_of(response), "/error/code"), "rate_limit_exceeded");
  EXPECT_EQ(header(response, "x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(header(response, "x-ratelimit-reset-requests"), "1.5s");
  EXPECT_EQ(header(response, "retry-after"), "2");
  EXPECT_EQ(header(response, "retry-after-ms"), "1500");
  EXPECT_EQ(header(ask_at(370s - 12ms), "x-ratelimit-reset-requests"), "12ms");
  EXPECT_EQ(ask_at(370s - 1ns).status, 429);
  EXPECT_EQ(ask_at(370s).status, 200) << "a window is half-open";
  EXPECT_EQ(ask_at(371s).status, 200);
  EXPECT_EQ(ask_at(372s).status, 429);

  core::HttpRequest other = openai_chat_request();
  other.headers.back().value = "Bearer sk-2";
  EXPECT_EQ(response_of(llm.handle(other, at(372s))).status, 200) << "each credential has a window of its own";
}

TEST(FakeLlmFaults, ollamas_limiter_gives_no_hint) {
  const std::vector<HttpRule> rules = {rule(DoRateLimit{1, 1min}, "chat")};
  Llm llm(rules, core::Random(1));
  EXPECT_EQ(response_of(llm.handle(ollama_chat_request(), at(0s))).status, 200);
  const auto response = response_of(llm.handle(ollama_chat_request(), at(1s)));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.size(), 2U) << "content-type and date alone";
}

std::vector<BodyPart> parts_of(const Answer& answer) {
  const auto* respond = std::get_if<Respond>(&answer.delivery);
  return respond == nullptr ? std::vector<BodyPart>() : respond->parts;
}

TEST(FakeLlmFaults, an_answer_that_stalls_is_the_ordinary_one_in_two_parts) {
  const auto whole = response_of(ask({}, ollama_chat_request()));
  const std::size_t size = whole.body.size();
  const Answer goes_on = ask({rule(DoStall{500'000, core::Duration(20s)})}, ollama_chat_request());
  EXPECT_EQ(response_of(goes_on).body, whole.body);
  EXPECT_EQ(parts_of(goes_on), (std::vector<BodyPart>{{size / 2, 0s}, {size, 20s}}));
  const Answer never = ask({rule(DoStall{500'000, {}})}, ollama_chat_request());
  EXPECT_EQ(parts_of(never), (std::vector<BodyPart>{{size / 2, 0s}, {size, core::Duration::max()}}));
  EXPECT_EQ(parts_of(ask({rule(DoStall{0, core::Duration(20s)})}, ollama_chat_request())),
            (std::vector<BodyPart>{{size, 20s}}));
  EXPECT_EQ(parts_of(ask({rule(DoStall{1'000'000, {}})}, ollama_chat_request())), (std::vector<BodyPart>{{size, 0s}}))
      << "nothing is left to wait for";
}

TEST(FakeLlmFaults, an_answer_in_parts_has_equal_ones_and_no_empty_ones) {
  const std::size_t size = response_of(ask({}, openai_chat_request())).body.size();
  const auto four = parts_of(ask({rule(DoPace{4, 200ms})}, openai_chat_request()));
  EXPECT_EQ(four, (std::vector<BodyPart>{{size / 4, 0s}, {size / 2, 200ms}, {size * 3 / 4, 400ms}, {size, 600ms}}));
  EXPECT_EQ(parts_of(ask({rule(DoPace{1, 200ms})}, openai_chat_request())), (std::vector<BodyPart>{{size, 0s}}));
  const auto many = parts_of(ask({rule(DoPace{10'000, core::Duration::max()})}, openai_chat_request()));
  EXPECT_LE(many.size(), size);
  EXPECT_EQ(many.front(), (BodyPart{1, 0s}));
  EXPECT_EQ(many.back(), (BodyPart{size, core::Duration::max()}));
  for (std::size_t i = 1; i < many.size(); ++i) ASSERT_GT(many[i].end, many[i - 1].end);
}

TEST(FakeLlmFaults, several_tools_are_asked_for_in_one_answer) {
  const std::vector<HttpRule> rules = {
      rule(DoTools{{{"comment_on_issue", R"({"body":"a"})"}, {"search", "{}"}, {"comment_on_issue", "{}"}}})};
  const auto ollama = json_of(response_of(ask(rules, ollama_chat_request())));
  EXPECT_EQ(text_at(ollama, "/message/tool_calls/0/function/arguments/body"), "a");
  EXPECT_EQ(text_at(ollama, "/message/tool_calls/1/function/name"), "search");
  EXPECT_EQ(text_at(ollama, "/message/tool_calls/2/function/name"), "comment_on_issue");
  EXPECT_EQ(text_at(ollama, "/message/tool_calls/3"), "(absent)");
  const auto openai = json_of(response_of(ask(rules, openai_chat_request())));
  EXPECT_EQ(text_at(openai, "/choices/0/finish_reason"), "tool_calls");
  std::set<std::string> ids;
  for (const char* place : {"0", "1", "2"}) {
    const std::string call = std::string("/choices/0/message/tool_calls/") + place;
    ids.insert(text_at(openai, call + "/id"));
  }
  EXPECT_EQ(ids.size(), 3U) << "each call has an id of its own";
  EXPECT_EQ(text_at(openai, "/choices/0/message/tool_calls/0/function/arguments"), R"({"body":"a"})");
}

}  // namespace
}  // namespace fakes
