// The core itself, unchanged, on real sockets and real time: the model's client with its retry loop against a server
// that says no first.
#include <gtest/gtest.h>

#include <string>

#include "core/llm/llm_client.h"
#include "tests/support/fake_environment.h"
#include "tests/support/llm_answers.h"
#include "tests/wire/http_wire.h"

namespace tests {
namespace {

using boost::asio::awaitable;

awaitable<void> ask(core::LlmClient& client, std::vector<core::Message> messages, std::optional<std::string>& said) {
  const std::vector<core::ToolDefinition> no_tools;
  const core::Caller caller{"job-1"};
  const auto answer = co_await client.chat(caller, core::Random(1), messages, no_tools);
  said = answer ? answer->message.content : "gave up: " + std::string(core::name_of(answer.error().reason));
}

class LlmOnSockets : public HttpWire {
 public:
  std::string chat(const ScriptedServer& server) {
    core::LlmConfig config{.url = server.url("/api"), .api_key = "secret-key", .timeout = 300ms, .min_interval = 1ms};
    config.retry = {.attempts = 3, .backoff = {.initial_delay = 20ms, .max_delay = 1s}};
    const core::Environment environment{.runner = "runner-1",
                                        .executor = context.get_executor(),
                                        .clock = clock,
                                        .random = core::Random(1),
                                        .http = *transport,
                                        .redis = redis,
                                        .signer = signer,
                                        .secrets = secrets,
                                        .events = trace};
    core::LlmClient client(environment, config);
    std::optional<std::string> said;
    boost::asio::co_spawn(context, ask(client, {{.role = core::Role::User, .content = "Hi"}}, said),
                          boost::asio::detached);
    EXPECT_TRUE(run_until([&said] { return said.has_value(); }));
    return said.value_or("");
  }

  /// The events without their times, and without the length of waits that chance had a part in.
  std::vector<std::string> events() const {
    std::vector<std::string> lines;
    for (const std::string& line : trace.lines) {
      const std::string event = line.substr(line.find(' ') + 1);
      const std::size_t delay = event.find(" delay=");
      lines.push_back(delay == std::string::npos ? event
                                                 : event.substr(0, delay) + event.substr(event.find(' ', delay + 1)));
    }
    return lines;
  }

  tests::NoRedis redis;
  tests::CountingSigner signer;
  tests::NamedSecrets secrets;
  tests::Trace trace;
};

TEST_F(LlmOnSockets, a_rate_limit_with_a_hint_is_waited_for_and_the_second_answer_is_the_one) {
  static core::SteadyTime told_at, asked_again_at;
  static const core::Clock* watch;
  watch = &clock;
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.read_request();
    told_at = watch->now();
    co_await peer.write("HTTP/1.1 429 Too Many Requests\r\nretry-after-ms: 80\r\nContent-Length: 0\r\n\r\n");
    co_await peer.read_request();
    asked_again_at = watch->now();
    co_await peer.write(ok(kOllamaText));
    co_await peer.stall();
  });
  EXPECT_EQ(chat(server), "Héllo");
  EXPECT_GE(asked_again_at - told_at, 80ms) << "the hint was undercut";
  EXPECT_LT(asked_again_at - told_at, 80ms * 5 / 4 + 100ms) << "the jitter on a hint is a quarter at most";
  EXPECT_EQ(server.connections(), 1U);
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests().at(0), server.requests().at(1));
  EXPECT_NE(server.requests().at(0).find("\r\nX-Correlation-Id: job-1\r\n"), std::string::npos);
  EXPECT_EQ(events(),
            (std::vector<std::string>{
                "call.started job=job-1 api=llm.chat attempt=1 max_attempts=3",
                "call.failed job=job-1 api=llm.chat attempt=1 max_attempts=3 status=429 failure=rate_limited "
                "hint=80ms code=ERR_BAD_REQUEST",
                "call.retry job=job-1 api=llm.chat attempt=2 max_attempts=3 failure=rate_limited source=retry_after",
                "call.started job=job-1 api=llm.chat attempt=2 max_attempts=3",
                "call.succeeded job=job-1 api=llm.chat attempt=2 max_attempts=3 status=200"}));
}

TEST_F(LlmOnSockets, every_way_to_lose_a_connection_is_an_attempt_that_is_repeated) {
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.read_request();
    if (peer.number == 1) peer.reset();
    if (peer.number == 2) co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{");
    if (peer.number == 2) peer.close();
    if (peer.number == 3) co_await peer.write(ok(kOllamaText));
  });
  EXPECT_EQ(chat(server), "Héllo");
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(LlmOnSockets, a_model_that_never_answers_is_given_up_and_no_event_holds_the_key) {
  const ScriptedServer server(context, [](Peer& peer) { return peer.stall(); });
  const core::SteadyTime begin = clock.now();
  EXPECT_EQ(chat(server), "gave up: exhausted");
  EXPECT_GE(clock.now() - begin, 900ms) << "three attempts of 300 ms each";
  for (const auto* lines : {&trace.lines, &told}) {
    for (const std::string& line : *lines) EXPECT_EQ(line.find("secret"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace tests
