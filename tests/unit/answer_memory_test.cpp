// What answers that somebody made on purpose take at their peak, measured in a process of their own: a small multiple
// of their text, whatever their values are. Ordinary ones are read as ever.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <string>

#include "core/github/posts.h"
#include "core/github/token_cache.h"
#include "core/llm/protocol.h"
#include "core/queue/job.h"
#include "core/retry/classify.h"
#include "tests/support/fake_environment.h"
#include "tests/support/peak_memory.h"

namespace core {
namespace {

using tests::kIsSanitized;
using tests::peak_of;

constexpr std::size_t kMiB = 1024UL * 1024;
/// Of the text, and what any answer may take.
constexpr std::size_t kMostTimes = 8, kMostBeside = 8 * kMiB;

/// A sanitizer keeps what was given back, and more.
class AnswerMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (kIsSanitized) GTEST_SKIP() << "a sanitizer takes memory of its own";
  }
};

std::string repeated(std::string_view what, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + what.size());
  while (text.size() < bytes) text += what;
  return text;
}

/// Items for an array, or values for all that takes an array, of each kind that takes much.
std::vector<std::pair<std::string, std::string>> hostile_arrays(std::size_t bytes) {
  std::string keys = "[{";
  for (std::size_t i = 0; keys.size() < bytes; ++i) keys += fmt::format("\"{:x}\":0,", i);
  return {{"numbers", "[" + repeated("0,", bytes) + "0]"},
          {"empty objects", "[" + repeated("{},", bytes) + "{}]"},
          {"empty texts", "[" + repeated("\"\",", bytes) + "\"\"]"},
          {"small objects", "[" + repeated("{\"id\":1,\"body\":\"\"},", bytes) + "{}]"},
          {"nested arrays", "[" + repeated("[[[[[[[[0]]]]]]]],", bytes) + "0]"},
          {"parts of text", "[" + repeated("{\"type\":\"text\",\"text\":\"\"},", bytes) + "{}]"},
          {"keys", keys + "\"z\":0}]"}};
}

using Read = std::function<void(std::string body)>;

void expect_little(const std::string& name, const std::string& body, const Read& read) {
  const std::size_t peak = peak_of([&] { read(body); });
  EXPECT_LT(peak, kMostTimes * body.size() + kMostBeside)
      << name << ": " << body.size() / kMiB << " MiB of text took " << peak / kMiB;
  std::printf("%-52s %3zu MiB of text take %4zu MiB\n", name.c_str(), body.size() / kMiB, peak / kMiB);
}

TEST_F(AnswerMemory, of_models_is_a_multiple_of_their_text) {
  constexpr std::size_t kMost = 8 * kMiB;
  for (const LlmProtocol which : {LlmProtocol::Ollama, LlmProtocol::OpenAi}) {
    const bool is_ollama = which == LlmProtocol::Ollama;
    const Read read = [&](std::string body) {
      (void)protocol_of(which).decode_response(HttpResponse{200, {}, std::move(body)}, {});
    };
    for (const auto& [kind, array] : hostile_arrays(kMost - 1000)) {
      const std::vector<std::string_view> forms =
          is_ollama
              ? std::vector<
                    std::
                        string_view>{R"({{"context":{0}}})", R"({{"message":{{"content":{0}}},"done":true}})",
                                     R"({{"error":{0}}})",
                                     R"({{"message":{{"tool_calls":[{{"function":{{"name":"a","arguments":{{"x":{0}}}}}}}]}},"done":true}})"}
              : std::vector<std::string_view>{R"({{"choices":{0}}})", "data: {{\"choices\":{0}}}\n\n",
                                              R"({{"choices":[{{"message":{{"content":{0}}}}}]}})",
                                              R"({{"choices":[{{"message":{{"tool_calls":{0}}}}}]}})"};
      for (const std::string_view form : forms) {
        const std::string name = fmt::format("{} {}: {}", is_ollama ? "ollama" : "openai", kind, form.substr(0, 24));
        expect_little(name, fmt::format(fmt::runtime(form), array), read);
      }
    }
    expect_little("lines", repeated("{}\n", kMost), read);
    expect_little("events", repeated("data:{}\n\n", kMost), read);
    expect_little("data lines", repeated("data:0\n", kMost), read);
    expect_little("levels", repeated("[", kMost), read);
    expect_little("levels of objects", repeated("{\"a\":", kMost), read);
  }
}

TEST_F(AnswerMemory, of_comment_pages_is_a_multiple_of_their_text) {
  tests::FakeEnvironment fake;
  const GitHubConfig config;
  GitHubClient client(fake.environment, config);
  const Attempt attempt{.timeout = std::chrono::seconds(10)};
  const GitHubAccess access{.repo = "octo/hello"};
  const std::string path = in_repository(access.repo, "/issues/1/comments");
  const Read read = [&](std::string body) {
    fake.http.replies = {{HttpResponse{200, {}, std::move(body)}}};
    boost::asio::co_spawn(*fake.context, list_posts(client, attempt, access, path, 1), [](std::exception_ptr, auto) {});
    fake.clock.advance(Duration::zero());
  };
  for (const auto& [kind, array] : hostile_arrays(31 * kMiB)) {
    expect_little("page " + kind, array, read);
    expect_little("page of one, its user " + kind, "[{\"id\":1,\"body\":\"\",\"user\":" + array + "}]", read);
  }
}

TEST_F(AnswerMemory, of_payloads_and_errors_is_a_multiple_of_their_text) {
  for (const auto& [kind, array] : hostile_arrays(kMiB - 100)) {
    expect_little("payload " + kind, "{\"prompt\":" + array + "}", [](std::string body) { (void)decode_job(body); });
  }
  for (const auto& [kind, array] : hostile_arrays(64 * 1024 - 100)) {
    expect_little("error " + kind, array, [](std::string body) {
      (void)classify(HttpResponse{429, {}, std::move(body)}, {.service = Service::GitHub, .now = WallTime{}});
    });
  }
}

}  // namespace
}  // namespace core
