#include "core/retry/classify.h"

#include <gtest/gtest.h>

#include "core/http/status_text.h"
#include "core/retry/rate_limit.h"

namespace core {
namespace {
using namespace std::chrono_literals;

const ClassifyContext kLlm{.service = Service::Llm, .now = WallTime(1000h)};
const ClassifyContext kGitHub{.service = Service::GitHub, .now = WallTime(1000h)};
const ClassifyContext kStrictGitHub{
    .service = Service::GitHub, .now = WallTime(1000h), .rate_limited_403 = RateLimited403::Fail};

struct StatusCase {
  int status;
  std::string_view kind;
  Retryability retryability;
  Effect effect;
  std::string_view code;
};

TEST(Classify, follows_the_table_of_statuses_for_every_service) {
  constexpr auto kRetry = Retryability::Retryable;
  constexpr auto kFinal = Retryability::Final;
  const StatusCase cases[] = {{100, "malformed", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"},
                              {199, "malformed", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"},
                              {400, "client_error", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {401, "unauthorized", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {402, "client_error", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {403, "forbidden", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {404, "not_found", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {408, "timeout", kRetry, Effect::None, "ERR_BAD_REQUEST"},
                              {410, "client_error", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {422, "client_error", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {425, "unavailable", kRetry, Effect::None, "ERR_BAD_REQUEST"},
                              {428, "client_error", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {429, "rate_limited", kRetry, Effect::None, "ERR_BAD_REQUEST"},
                              {499, "client_error", kFinal, Effect::None, "ERR_BAD_REQUEST"},
                              {500, "server_error", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"},
                              {501, "server_error", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"},
                              {502, "server_error", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"},
                              {503, "unavailable", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"},
                              {504, "server_error", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"},
                              {599, "server_error", kRetry, Effect::Unknown, "ERR_BAD_RESPONSE"}};
  for (const StatusCase& expected : cases) {
    for (const ClassifyContext& context : {kLlm, kGitHub, kStrictGitHub}) {
      const auto failure = classify({.status = expected.status}, context);
      ASSERT_TRUE(failure) << expected.status;
      EXPECT_EQ(name_of(failure->kind), expected.kind) << expected.status;
      EXPECT_EQ(failure->retryability, expected.retryability) << expected.status;
      EXPECT_EQ(failure->effect, expected.effect) << expected.status;
      EXPECT_EQ(failure->code, expected.code) << expected.status;
      EXPECT_EQ(failure->status, expected.status);
      EXPECT_EQ(failure->message, "Request failed with status code " + std::to_string(expected.status));
      EXPECT_FALSE(failure->hint) << expected.status;
    }
  }
  for (const int status : {200, 201, 204, 299}) EXPECT_FALSE(classify({.status = status}, kLlm)) << status;
}

TEST(Classify, retries_a_409_of_models_alone) {
  const Failure of_a_model = classify({.status = 409}, kLlm).value();
  EXPECT_EQ(of_a_model.kind, FailureKind::Unavailable);
  EXPECT_TRUE(of_a_model.retryable());
  EXPECT_EQ(of_a_model.effect, Effect::None);
  EXPECT_EQ(of_a_model.code, "ERR_BAD_REQUEST");
  for (const ClassifyContext& context : {kGitHub, kStrictGitHub}) {
    const Failure of_github = classify({.status = 409}, context).value();
    EXPECT_EQ(of_github.kind, FailureKind::ClientError);
    EXPECT_FALSE(of_github.retryable());
  }
}

TEST(Classify, takes_githubs_403_429_or_422_that_names_a_limit_in_its_body_for_a_limit_of_a_minute) {
  for (const std::string_view words :
       {"API rate limit exceeded for installation ID 1.",
        "You have triggered an abuse detection mechanism. Please wait a few minutes.", "was submitted too quickly"}) {
    const std::string body = R"({"message":")" + std::string(words) + "\"}";
    for (const int status : {403, 422, 429}) {
      const Failure failure = classify({status, {}, body}, kGitHub).value();
      EXPECT_EQ(failure.kind, FailureKind::RateLimited) << status << words;
      EXPECT_EQ(failure.hint, (RetryHint{60s, DelaySource::RateLimitReset})) << status << words;
      EXPECT_EQ(failure.effect, Effect::None);
    }
    EXPECT_EQ(classify({403, {}, body}, kStrictGitHub)->kind, FailureKind::Forbidden);
    EXPECT_EQ(classify({422, {}, body}, kStrictGitHub)->kind, FailureKind::RateLimited);
    EXPECT_EQ(classify({404, {}, body}, kGitHub)->kind, FailureKind::NotFound);
    EXPECT_EQ(classify({422, {}, body}, kLlm)->kind, FailureKind::ClientError);
    EXPECT_EQ(classify({403, {}, body}, kLlm)->kind, FailureKind::Forbidden);
  }
}

TEST(Classify, quotes_githubs_own_reason) {
  const std::string body =
      R"x({"message":"Validation Failed","errors":[{"resource":"IssueComment","code":"unprocessable","field":"data",)x"
      R"x("message":"body is too long (maximum is 65536 characters)"}]})x";
  const Failure failure = classify({422, {}, body}, kGitHub).value();
  EXPECT_EQ(failure.reason, "Validation Failed: body is too long (maximum is 65536 characters)");
  EXPECT_EQ(failure.message, "Request failed with status code 422: " + failure.reason);
  EXPECT_EQ(classify({422, {}, body}, kLlm)->message, "Request failed with status code 422");
}

TEST(Classify, takes_a_redirect_of_github_for_one_that_was_not_followed) {
  constexpr auto kFinal = Retryability::Final;
  const StatusCase cases[] = {{300, "redirected", kFinal, Effect::Unknown, ""},
                              {301, "redirected", kFinal, Effect::None, ""},
                              {302, "redirected", kFinal, Effect::None, ""},
                              {303, "redirected", kFinal, Effect::Unknown, ""},
                              {304, "malformed", Retryability::Retryable, Effect::Unknown, ""},
                              {307, "redirected", kFinal, Effect::None, ""},
                              {308, "redirected", kFinal, Effect::None, ""},
                              {399, "redirected", kFinal, Effect::Unknown, ""}};
  for (const StatusCase& expected : cases) {
    const auto failure = classify({.status = expected.status}, kGitHub);
    ASSERT_TRUE(failure) << expected.status;
    EXPECT_EQ(name_of(failure->kind), expected.kind) << expected.status;
    EXPECT_EQ(failure->retryability, expected.retryability) << expected.status;
    EXPECT_EQ(failure->effect, expected.effect) << expected.status;
    EXPECT_EQ(failure->status, expected.status);
    const auto of_model = classify({.status = expected.status}, kLlm);
    EXPECT_EQ(name_of(of_model->kind), "malformed") << "nobody is redirected by a model";
  }
}

TEST(Classify, says_of_a_refusal_for_how_long_the_token_may_be_too_new) {
  struct Case {
    int status;
    ClassifyContext context;
    HttpHeaders headers;
    bool settles;
  };
  const Case cases[] = {{401, kGitHub, {}, true},
                        {403, kGitHub, {}, true},
                        {401, kStrictGitHub, {}, true},
                        {403, kStrictGitHub, {}, false},
                        {403, kGitHub, {{"retry-after", "5"}}, false},
                        {401, kGitHub, {{"x-should-retry", "false"}}, false},
                        {404, kGitHub, {}, false},
                        {422, kGitHub, {}, false},
                        {500, kGitHub, {}, false},
                        {401, kLlm, {}, false},
                        {403, kLlm, {}, false}};
  for (const Case& each : cases) {
    ClassifyContext context = each.context;
    context.settling = 3s;
    const auto failure = classify({.status = each.status, .headers = each.headers}, context);
    EXPECT_EQ(failure->settling, each.settles ? std::optional<Duration>(3s) : std::nullopt) << each.status;
    EXPECT_FALSE(classify({.status = each.status, .headers = each.headers}, each.context)->settling);
  }
}

TEST(Classify, follows_the_table_of_transport_errors) {
  struct Case {
    TransportError error;
    std::string_view kind;
    Effect effect;
    std::string_view code;
  };
  const Case cases[] = {{TransportError::Timeout, "timeout", Effect::Unknown, "ECONNABORTED"},
                        {TransportError::FirstByteTimeout, "timeout", Effect::Unknown, "ECONNABORTED"},
                        {TransportError::IdleTimeout, "timeout", Effect::Unknown, "ECONNABORTED"},
                        {TransportError::Refused, "connection", Effect::None, "ECONNREFUSED"},
                        {TransportError::Reset, "connection", Effect::Unknown, "ECONNRESET"},
                        {TransportError::Truncated, "connection", Effect::Unknown, "ECONNRESET"},
                        {TransportError::TooLarge, "malformed", Effect::Unknown, "ERR_BAD_RESPONSE"},
                        {TransportError::BadMessage, "malformed", Effect::Unknown, "ERR_BAD_RESPONSE"}};
  for (const Case& expected : cases) {
    const Failure failure = classify(expected.error);
    EXPECT_EQ(name_of(failure.kind), expected.kind) << expected.code;
    EXPECT_EQ(failure.effect, expected.effect) << expected.code;
    EXPECT_EQ(failure.code, expected.code);
    EXPECT_TRUE(failure.retryable()) << expected.code;
    EXPECT_FALSE(failure.status) << expected.code;
    EXPECT_FALSE(failure.message.empty()) << expected.code;
  }
}

TEST(Classify, takes_a_403_for_a_rate_limit_only_from_github_and_only_on_evidence) {
  struct Case {
    HttpHeaders headers;
    std::string body;
    bool is_rate_limit;
  };
  const Case cases[] = {
      {{}, "", false},
      {{}, R"({"message":"Resource not accessible by integration"})", false},
      {{{"x-ratelimit-remaining", "1"}}, "", false},
      {{{"x-ratelimit-remaining", ""}}, "", false},
      {{{"x-ratelimit-remaining", "10"}}, "", false},
      {{{"x-ratelimit-reset", "5"}}, "", false},
      {{{"Retry-After", "5"}}, "", true},
      {{{"retry-after", "unreadable"}}, "", true},
      {{{"X-RateLimit-Remaining", " 0 "}}, "", true},
      {{}, R"({"message":"You have exceeded a secondary rate limit. Please wait a few minutes."})", true},
      {{}, R"({"message":"You have exceeded a Secondary Rate Limit"})", true},
  };
  for (const auto& [headers, body, is_rate_limited] : cases) {
    const HttpResponse response{403, headers, body};
    const Failure failure = classify(response, kGitHub).value();
    EXPECT_EQ(failure.kind, is_rate_limited ? FailureKind::RateLimited : FailureKind::Forbidden) << body;
    EXPECT_EQ(failure.retryable(), is_rate_limited) << body;
    EXPECT_EQ(failure.effect, Effect::None);
    EXPECT_EQ(failure.code, "ERR_BAD_REQUEST");
    for (const ClassifyContext& context : {kLlm, kStrictGitHub}) {
      const Failure strict = classify(response, context).value();
      EXPECT_EQ(strict.kind, FailureKind::Forbidden) << body;
      EXPECT_FALSE(strict.retryable()) << body;
      EXPECT_FALSE(strict.hint) << body;
    }
  }
}

TEST(Classify, knows_a_quota_that_no_waiting_cures) {
  struct Case {
    std::string body;
    bool is_final;
  };
  std::vector<Case> cases = {
      {R"({"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})", true},
      {R"({"error":{"message":"m","code":"insufficient_quota"}})", true},
      {R"({"error":{"message":"m","type":"insufficient_quota","code":null}})", true},
      {R"({"error":{"message":"not insufficient_quota","code":"rate_limit_exceeded"}})", false},
      {R"({"code":"insufficient_quota"})", true},
      {R"({"error":"insufficient_quota"})", true},
      {R"([{"error":{"status":"insufficient_quota"}}])", true},
      {R"({"error":{"code":1113}})", true},
      {R"({"error":{"code":"1113"}})", true},
      {R"({"error":{"code":"billing_not_active"}})", true},
      {R"({"error":{"type":"exceeded_current_quota_error"}})", true},
      {R"(["insufficient_quota"])", false},
      {R"({"error":{"code":"insufficient_quota")", false},
  };
  std::string long_body = R"({"error":{"code":"insufficient_quota"},"filler":")";
  while (long_body.size() <= 64 * 1024) long_body += "0123456789";
  cases.push_back({long_body + "\"}", false});
  std::string deep_body = "insufficient_quota";
  while (deep_body.size() < 60'000) deep_body.insert(0, "[[[[[[[[[[");
  cases.push_back({deep_body, false});
  for (const auto& [body, is_final] : cases) {
    const Failure failure = classify({429, {{"retry-after", "5"}}, body}, kLlm).value();
    const std::string start = body.substr(0, 100);
    EXPECT_EQ(failure.kind, is_final ? FailureKind::ClientError : FailureKind::RateLimited) << start;
    EXPECT_EQ(failure.retryable(), !is_final) << start;
    EXPECT_EQ(failure.hint.has_value(), !is_final) << start;
    EXPECT_EQ(failure.effect, Effect::None);
    EXPECT_EQ(failure.code, "ERR_BAD_REQUEST");
  }
  EXPECT_EQ(classify({429, {}, cases[0].body}, kGitHub)->kind, FailureKind::RateLimited);
  EXPECT_EQ(classify({403, {}, cases[0].body}, kLlm)->kind, FailureKind::Forbidden);
}

TEST(Classify, obeys_a_server_that_says_not_to_retry_but_not_one_that_says_to) {
  for (const int status : {429, 500, 503, 302}) {
    EXPECT_FALSE(classify({status, {{"X-Should-Retry", " False "}}}, kLlm)->retryable()) << status;
    EXPECT_TRUE(classify({status, {{"x-should-retry", "true"}}}, kLlm)->retryable()) << status;
    EXPECT_TRUE(classify({status, {{"x-should-retry", "no"}}}, kLlm)->retryable()) << status;
    const Failure refused = classify({status, {{"x-should-retry", "false"}, {"retry-after", "3"}}}, kLlm).value();
    EXPECT_FALSE(refused.hint) << status;
  }
  EXPECT_EQ(classify({429, {{"x-should-retry", "false"}}}, kLlm)->kind, FailureKind::RateLimited);
  for (const int status : {400, 401, 402, 403, 404, 410}) {
    EXPECT_FALSE(classify({status, {{"x-should-retry", "true"}}}, kLlm)->retryable()) << status;
  }
}

TEST(Classify, keeps_what_the_body_says_out_of_the_message) {
  const Failure failure = classify({401, {}, "Incorrect API key provided: sk-secret"}, kLlm).value();
  EXPECT_EQ(failure.message.find("sk-"), std::string::npos);
}

TEST(Malformed, is_retried_and_its_effect_is_unknown) {
  const Failure failure = malformed(201, "no id");
  EXPECT_EQ(failure.kind, FailureKind::Malformed);
  EXPECT_TRUE(failure.retryable());
  EXPECT_EQ(failure.effect, Effect::Unknown);
  EXPECT_EQ(failure.status, 201);
  EXPECT_EQ(failure.code, "ERR_BAD_RESPONSE");
  EXPECT_EQ(failure.message, "no id");
}

TEST(Malformed, quotes_foreign_text_short_and_printable) {
  EXPECT_EQ(malformed(200, "a\n\x1b[31m\\\xff").message, "a\\x0a\\x1b[31m\\x5c\\xff");
  for (const char filler : {'a', '\n'}) {
    const std::string message = malformed(200, std::string(100'000, filler)).message;
    EXPECT_LE(message.size(), 200U);
    EXPECT_TRUE(message.ends_with("..."));
  }
}

TEST(ErrorInStream, is_classified_by_the_status_that_it_names) {
  struct Case {
    std::optional<int> named;
    FailureKind kind;
    int status;
    Effect effect;
  };
  const Case cases[] = {{std::nullopt, FailureKind::Malformed, 200, Effect::Unknown},
                        {429, FailureKind::RateLimited, 429, Effect::None},
                        {503, FailureKind::Unavailable, 503, Effect::Unknown},
                        {500, FailureKind::ServerError, 500, Effect::Unknown},
                        {401, FailureKind::Unauthorized, 401, Effect::None},
                        {400, FailureKind::ClientError, 400, Effect::None},
                        {200, FailureKind::Malformed, 200, Effect::Unknown},
                        {0, FailureKind::Malformed, 200, Effect::Unknown},
                        {-429, FailureKind::Malformed, 200, Effect::Unknown},
                        {1000, FailureKind::Malformed, 200, Effect::Unknown}};
  for (const auto& [named, kind, status, effect] : cases) {
    const Failure failure = error_in_stream({.status = 200}, {}, named, "server busy", "{}");
    EXPECT_EQ(failure.kind, kind) << named.value_or(-1);
    EXPECT_EQ(failure.status, status) << named.value_or(-1);
    EXPECT_EQ(failure.effect, effect) << named.value_or(-1);
    EXPECT_EQ(failure.message, "server busy");
  }
}

TEST(StatusText, names_statuses_and_falls_back_to_their_class) {
  const std::pair<int, std::string_view> cases[] = {{429, "Too Many Requests"},
                                                    {503, "Service Unavailable"},
                                                    {200, "OK"},
                                                    {422, "Unprocessable Content"},
                                                    {499, "Client Error"},
                                                    {599, "Server Error"},
                                                    {99, ""},
                                                    {600, ""},
                                                    {-1, ""}};
  for (const auto& [status, text] : cases) EXPECT_EQ(status_text(status), text) << status;
}

}  // namespace
}  // namespace core
