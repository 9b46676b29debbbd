#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/github/jwt_signer.h"
#include "core/llm/llm_client.h"
#include "tests/support/jumping_clock.h"

namespace core {
namespace {
using namespace std::chrono_literals;

struct NoRedis : Redis {
  boost::asio::awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> connect(
      SteadyTime) override {
    co_return RedisError::Refused;
  }
};

struct NoSecrets : Secrets {
  std::string draw(std::string_view) override { return {}; }
};

struct NoSigner : JwtSigner {
  boost::system::result<std::string, SigningError> sign(std::string_view) override { return SigningError{}; }
};

struct RecordedEvents : EventSink {
  void on_event(const Event& event) override {
    std::string line(name_of(event.kind));
    for_each_field(event, [&line](std::string_view name, const auto& value) {
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) {
        if (name == "failure" || name == "reason") line.append(" ").append(value);
      }
    });
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

/// Answers in the order of the script, each a second after it was asked.
struct ScriptedTransport : HttpTransport {
  explicit ScriptedTransport(Clock& its_clock) : clock(its_clock) {}

  boost::asio::awaitable<HttpResult> send(const HttpRequest& request, SteadyTime deadline) override {
    requests.push_back(request);
    sent_at.push_back(clock.now().time_since_epoch());
    deadlines.push_back(deadline.time_since_epoch());
    co_await clock.sleep_until(clock.now() + 1s);
    HttpResult answer = script.front();
    script.pop_front();
    co_return answer;
  }

  Clock& clock;
  std::deque<HttpResult> script;
  std::vector<HttpRequest> requests;
  std::vector<Duration> sent_at;
  std::vector<Duration> deadlines;
};

const std::string kDone = R"({"message":{"role":"assistant","content":"Done."},"done":true,"done_reason":"stop"})"
                          "\n";

struct LlmClientTest : testing::Test {
  LlmClientTest() {
    config.retry.backoff.jitter.kind = JitterKind::None;
    config.min_interval = 0ms;
    config.timeout = 30s;
  }

  static boost::asio::awaitable<void> run(LlmClientTest& test, LlmClient& client, std::string job) {
    const std::vector<Message> messages{{.role = Role::User, .content = "Say hi"}};
    const std::vector<ToolDefinition> tools;
    const Caller caller{job};
    CallResult<ModelAnswer> result = co_await client.chat(caller, Random(1), messages, tools);
    test.results.push_back(std::move(result));
  }

  const CallResult<ModelAnswer>& chat(const std::string& job = "abc-123") {
    client.emplace(environment, config);
    boost::asio::co_spawn(clock.context(), run(*this, *client, job), [](std::exception_ptr e) {
      if (e) std::rethrow_exception(e);
    });
    clock.advance(1h);
    return results.at(0);
  }

  const HttpRequest& first_request() { return transport.requests.at(0); }
  std::string header(std::string_view name) {
    return std::string(find_header(first_request().headers, name).value_or("(none)"));
  }

  tests::JumpingClock clock;
  ScriptedTransport transport{clock};
  NoRedis redis;
  NoSigner signer;
  NoSecrets secrets;
  RecordedEvents events;
  Environment environment{
      "runner-1", clock.context().get_executor(), clock, Random(1), transport, redis, signer, secrets, events};
  LlmConfig config;
  std::optional<LlmClient> client;
  std::vector<CallResult<ModelAnswer>> results;
};

TEST_F(LlmClientTest, asks_once_when_the_answer_is_good) {
  transport.script = {HttpResponse{200, {}, kDone}};
  const auto& result = chat();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->message.content, "Done.");
  EXPECT_EQ(transport.deadlines, std::vector<Duration>{30s});
  EXPECT_EQ(events.lines, (std::vector<std::string>{"call.started", "call.succeeded"}));
}

TEST_F(LlmClientTest, sends_what_the_service_and_its_logs_need) {
  config.api_key = "secret-key";
  transport.script = {HttpResponse{200, {}, kDone}};
  chat("team/job 7");
  EXPECT_EQ(first_request().method, "POST");
  EXPECT_EQ(first_request().url, "https://ollama.com/api/chat");
  EXPECT_EQ(header("content-type"), "application/json");
  EXPECT_EQ(header("accept"), "application/x-ndjson");
  EXPECT_EQ(header("user-agent").substr(0, 16), "rehearse-runner/");
  EXPECT_EQ(header("authorization"), "Bearer secret-key");
  EXPECT_EQ(header(kJobHeader), "team%2Fjob%207");
  EXPECT_EQ(header(kRunnerHeader), "runner-1");
  EXPECT_EQ(first_request().body,
            R"({"model":"glm-4.6","stream":true,"messages":[{"role":"user","content":"Say hi"}]})");
}

TEST_F(LlmClientTest, without_a_key_there_is_no_authorization) {
  transport.script = {HttpResponse{200, {}, kDone}};
  chat();
  EXPECT_EQ(header("authorization"), "(none)");
}

TEST_F(LlmClientTest, speaks_openai_when_told_so) {
  config.protocol = LlmProtocol::OpenAi;
  config.url = "http://localhost:8080/v1/";
  config.stream = false;
  transport.script = {
      HttpResponse{200, {}, R"({"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]})"}};
  const auto& result = chat();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->message.content, "Hi");
  EXPECT_EQ(first_request().url, "http://localhost:8080/v1/chat/completions");
  EXPECT_EQ(header("accept"), "application/json");
}

TEST_F(LlmClientTest, repeats_the_same_request_after_what_can_be_cured) {
  transport.script = {HttpResponse{429, {}, "{}"}, TransportError::Reset, HttpResponse{200, {}, "<html>"},
                      HttpResponse{200, {}, kDone}};
  const auto& result = chat();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->message.content, "Done.");
  EXPECT_EQ(transport.sent_at, (std::vector<Duration>{0s, 2s, 5s, 10s}));
  EXPECT_EQ(transport.deadlines, (std::vector<Duration>{30s, 32s, 35s, 40s}));
  EXPECT_EQ(transport.requests[3].body, transport.requests[0].body);
  EXPECT_EQ(events.lines,
            (std::vector<std::string>{"call.started", "call.failed rate_limited", "call.retry rate_limited",  //
                                      "call.started", "call.failed connection", "call.retry connection",      //
                                      "call.started", "call.failed malformed", "call.retry malformed",        //
                                      "call.started", "call.succeeded"}));
}

TEST_F(LlmClientTest, a_cut_stream_is_given_up_after_five_attempts_and_never_a_short_answer) {
  const std::string cut = R"({"message":{"content":"Half of "},"done":false})";
  transport.script = std::deque<HttpResult>(5, HttpResponse{200, {}, cut});
  const auto& result = chat();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().reason, GiveUpReason::Exhausted);
  EXPECT_EQ(result.error().failure.kind, FailureKind::Malformed);
  EXPECT_EQ(transport.requests.size(), 5u);
}

TEST_F(LlmClientTest, what_no_waiting_cures_is_not_repeated) {
  transport.script = {HttpResponse{401, {}, R"({"error":"unauthorized"})"}};
  const auto& result = chat();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().reason, GiveUpReason::NotRetryable);
  EXPECT_EQ(result.error().failure.kind, FailureKind::Unauthorized);
}

TEST_F(LlmClientTest, an_error_that_sends_the_key_back_does_not_give_it_away) {
  config.api_key = "sk-very-secret";
  for (const int status : {401, 200}) {
    results.clear();
    transport.script = std::deque<HttpResult>(5, HttpResponse{status, {}, R"({"error":"bad key sk-very-secret"})"});
    const auto& result = chat();
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().failure.message.find("sk-very"), std::string::npos) << result.error().failure.message;
  }
  // The one under 200 is quoted, so that the key's absence says something.
  EXPECT_NE(results.at(0).error().failure.message.find("bad key [api key]"), std::string::npos);
}

TEST_F(LlmClientTest, an_error_that_sends_the_key_back_in_escapes_does_not_give_it_away) {
  config.api_key = "sk-very-secret";
  for (const char* key : {R"(s\u006b-very-secret)", R"(\\u0073k-very\u002dsecret)", R"(\u0073\u006B-very-secret)"}) {
    results.clear();
    const std::string body = fmt::format(R"({{"error":"bad key {}"}})", key);
    transport.script = std::deque<HttpResult>(5, HttpResponse{200, {}, body});
    const auto& result = chat();
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().failure.message.find("bad key [api key]"), std::string::npos)
        << result.error().failure.message;
  }
}

TEST_F(LlmClientTest, requests_of_all_jobs_and_their_retries_keep_the_interval) {
  config.min_interval = 10s;
  transport.script = {HttpResponse{429, {}, "{}"}, HttpResponse{200, {}, kDone}, HttpResponse{200, {}, kDone}};
  client.emplace(environment, config);
  for (const char* job : {"a", "b"}) {
    boost::asio::co_spawn(clock.context(), run(*this, *client, job), [](std::exception_ptr) {});
  }
  clock.advance(1h);
  EXPECT_EQ(transport.sent_at, (std::vector<Duration>{0s, 10s, 20s}));
  EXPECT_EQ(results.size(), 2u);
}

}  // namespace
}  // namespace core
