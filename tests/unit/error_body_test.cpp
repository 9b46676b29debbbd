#include "core/retry/error_body.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "core/retry/account_words.h"
#include "core/retry/wait_text.h"
#include "core/time/text.h"

namespace core {
namespace {
using namespace std::chrono_literals;

const WallTime kNow = parse_utc("2026-01-01T00:00:00Z").value();

bool names_account_trouble(std::string_view body) {
  return ErrorBody(body).account_word().has_value();
}

TEST(AccountWords, are_each_found_where_services_put_them) {
  for (const AccountWord& each : account_words()) {
    if (each.place == AccountWord::Place::Sentence) {
      EXPECT_TRUE(names_account_trouble(fmt::format(R"([{{"error":{{"message":"Your {}."}}}}])", each.word)));
      EXPECT_FALSE(names_account_trouble(fmt::format(R"({{"error":{{"code":"{}"}}}})", each.word))) << each.word;
      continue;
    }
    for (const std::string_view key : {"code", "type", "status", "error_code", "reason"}) {
      EXPECT_TRUE(names_account_trouble(fmt::format(R"({{"{}":"{}"}})", key, each.word))) << key << each.word;
      EXPECT_TRUE(names_account_trouble(fmt::format(R"({{"error":{{"{}":"{}"}}}})", key, each.word))) << key;
      EXPECT_TRUE(names_account_trouble(fmt::format(R"([{{"error":{{"x":[{{"{}":"{}"}}]}}}}])", key, each.word)));
    }
    EXPECT_TRUE(names_account_trouble(fmt::format(R"({{"error":"{}"}})", each.word))) << each.word;
    EXPECT_FALSE(names_account_trouble(fmt::format(R"({{"error":{{"message":"{}"}}}})", each.word))) << each.word;
    EXPECT_FALSE(names_account_trouble(fmt::format(R"({{"error":{{"code":"not_{}"}}}})", each.word))) << each.word;
    EXPECT_FALSE(names_account_trouble(fmt::format(R"({{"error":{{"code":"{}_"}})", each.word))) << "cut";
    EXPECT_FALSE(names_account_trouble(each.word)) << "no JSON";
  }
  EXPECT_TRUE(names_account_trouble(R"({"error":{"metadata":{"raw":"E: {\"code\":\"insufficient_quota\"}"}}})"))
      << "within";
  EXPECT_TRUE(names_account_trouble(R"({"error":{"code":1113}})")) << "a number";
  EXPECT_TRUE(names_account_trouble(R"({"error":{"code":"INSUFFICIENT_QUOTA"}})")) << "in any case";
}

TEST(AccountWords, are_a_table_without_doubles_and_with_sources) {
  std::set<std::string_view> words;
  for (const AccountWord& each : account_words()) {
    EXPECT_TRUE(words.insert(each.word).second) << each.word;
    EXPECT_NE(each.source.find(": "), std::string_view::npos) << each.word;
  }
}

TEST(AccountWords, do_not_hold_those_of_limits_that_end) {
  for (const std::string_view word :
       {"rate_limit_exceeded", "RESOURCE_EXHAUSTED", "rate_limit_reached_error", "engine_overloaded_error", "tokens",
        "requests", "slow_down", "429", "1302", "1303", "1305", "1308"}) {
    EXPECT_FALSE(names_account_trouble(fmt::format(R"({{"error":{{"code":"{0}","type":"{0}"}}}})", word))) << word;
  }
}

TEST(ErrorBody, reads_a_wait_in_every_shape) {
  const std::pair<std::string_view, std::optional<Duration>> cases[] = {
      {R"([{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}]}}])",
       34'070ms},
      {R"({"error":{"details":[{"retryDelay":{"seconds":34,"nanos":70000000}}]}})", 34'070ms},
      {R"({"error":{"details":[{"retry_delay":{"seconds":"7"}}]}})", 7s},
      {R"({"error":{"retry_after":12}})", 12s},
      {R"({"error":{"retry_after":"12.5"}})", 12'500ms},
      {R"({"error":{"retry_after":0.3}})", 300ms},
      {R"({"retry_after_ms":1500})", 1500ms},
      {R"({"retryAfterMs":"1500"})", 1500ms},
      {R"({"retryAfter":"20s"})", 20s},
      {R"({"retry-after":3})", 3s},
      {R"({"retry_after_seconds":3,"error":{"retry_after":9}})", 9s},
      {R"({"retryAfter":"2026-01-01T00:00:30Z"})", 30s},
      {R"({"error":{"message":"Please try again in 6m0s."}})", 6min},
      {R"({"error":"Please retry after 13 seconds."})", 13s},
      {R"({"detail":"Please wait 20 seconds."})", 20s},
      {R"({"errors":[{"message":"try again in 2s"}]})", 2s},
      {"Please try again in 20s", 20s},
      {"<html>try again in 1 minute</html>", 1min},
      {R"({"retry_after":1e300})", std::nullopt},
      {R"({"retry_after":99999999999999999999})", kTooLong},
      {R"({"retry_after":-5,"retryDelay":"-5s","retryAfter":null,"retry_after_ms":true})", std::nullopt},
      {R"({"retry_after":0})", std::nullopt},
      {R"({"retry_after":"soon"})", std::nullopt},
      {R"({"retries_after":5,"delay":"5s"})", std::nullopt},
      {R"({"prompt":"try again in 5s"})", std::nullopt},
      {R"({"retry_after":5)", std::nullopt},
      {"", std::nullopt},
      {"[]", std::nullopt},
      {"null", std::nullopt}};
  for (const auto& [body, wait] : cases) EXPECT_EQ(ErrorBody(body).wait(kNow), wait) << body;
}

TEST(ErrorBody, is_bounded) {
  std::string deep;
  while (deep.size() < 60'000) deep += R"({"error":)";
  EXPECT_FALSE(ErrorBody(deep).wait(kNow));
  const std::string filler(70'000, 'x');
  EXPECT_FALSE(ErrorBody(R"({"filler":")" + filler + R"(","retry_after":5})").wait(kNow));
  EXPECT_FALSE(ErrorBody(filler + "secondary rate limit").names_github_limit());
  EXPECT_TRUE(ErrorBody("secondary rate limit" + filler).names_github_limit());
}

TEST(ErrorBody, knows_githubs_words_for_a_limit) {
  const std::pair<std::string_view, bool> cases[] = {
      {R"({"message":"API rate limit exceeded for installation ID 1."})", true},
      {R"({"message":"You have exceeded a Secondary Rate Limit."})", true},
      {R"({"message":"You have triggered an abuse detection mechanism. Please wait a few minutes."})", true},
      {R"({"message":"Validation Failed","errors":[{"code":"custom","message":"was submitted too quickly"}]})", true},
      {R"({"message":"Validation Failed","errors":["was submitted too quickly"]})", true},
      {"<html>You have exceeded a secondary rate limit</html>", true},
      {R"({"message":"Validation Failed","errors":[{"code":"invalid","value":"rate limit"}]})", false},
      {R"({"message":"Not Found","documentation_url":"https://docs.github.com/rest/rate limit"})", false},
      {R"({"message":"Resource not accessible by integration"})", false},
      {"", false}};
  for (const auto& [body, is_limit] : cases) EXPECT_EQ(ErrorBody(body).names_github_limit(), is_limit) << body;
}

TEST(ErrorBody, what_github_quotes_is_not_its_own_word) {
  EXPECT_FALSE(
      ErrorBody(R"({"message":"No","errors":[{"value":"{\"message\":\"rate limit\"}"}]})").names_github_limit());
}

TEST(ErrorBody, gives_githubs_reason) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"message":"Validation Failed","errors":[{"resource":"IssueComment","code":"unprocessable","field":"data",)"
       R"x("message":"body is too long (maximum is 65536 characters)"}]})x",
       "Validation Failed: body is too long (maximum is 65536 characters)"},
      {R"({"message":"Validation Failed","errors":[{"field":"body","message":"is too long"}]})",
       "Validation Failed: body is too long"},
      {R"({"message":"Validation Failed","errors":[{"field":"body","message":"Body is too long"}]})",
       "Validation Failed: Body is too long"},
      {R"({"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]})",
       "Validation Failed: title missing_field"},
      {R"({"message":"Validation Failed","errors":["a","b"]})", "Validation Failed: a; b"},
      {R"({"message":"Not Found"})", "Not Found"},
      {R"({"errors":["a"]})", "a"},
      {R"({"message":"line\n\u001b[31m","errors":[{}]})", "line\\x0a\\x1b[31m"},
      {R"({"message":"bad token ghs_0123456789abcdefghijABCDEFGHIJ012345, sorry"})", "bad token [secret], sorry"},
      {R"({"message":"bad token \\u0067hs_0123456789abcdefghijABCDEFGHIJ012345"})", "bad token [secret]"},
      {R"({"message":"bad JWT eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmVk"})", "bad JWT [secret]"},
      {R"({"message":7,"errors":7})", ""},
      {R"(["message"])", ""},
      {"Not Found", ""}};
  for (const auto& [body, reason] : cases) EXPECT_EQ(ErrorBody(body).github_reason(), reason) << body;
  std::string many = R"({"message":"m","errors":[)";
  for (int i = 0; i < 100; ++i) many += "\"" + std::string(300, 'x') + "\",";
  const std::string reason = ErrorBody(many + "\"y\"]}").github_reason();
  EXPECT_LE(reason.size(), 600U);
  EXPECT_TRUE(reason.ends_with("..."));
}

}  // namespace
}  // namespace core
