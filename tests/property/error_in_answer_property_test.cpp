// An error that an answer of success carries is read as the same error under its own status is.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <chrono>
#include <string>

#include "core/llm/protocol.h"
#include "core/retry/classify.h"
#include "core/time/text.h"

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kOwn(std::chrono::seconds(1'767'225'600));  // 2026-01-01T00:00:00Z

/// The hint of that error under status 200, by each protocol; the two have to agree.
std::optional<Duration> hint_within(const std::string& body, const HttpHeaders& headers = {}) {
  std::optional<Duration> delays[2];
  for (const LlmProtocol protocol : {LlmProtocol::Ollama, LlmProtocol::OpenAi}) {
    const ChatAnswer answer = protocol_of(protocol).decode_response({200, headers, body}, kOwn);
    if (answer || answer.error().status != 429) return Duration(-1);
    const auto hint = answer.error().hint;
    if (hint) delays[protocol == LlmProtocol::OpenAi ? 1 : 0] = hint->delay;
  }
  return delays[0] == delays[1] ? delays[0] : Duration(-2);
}

std::optional<Duration> hint_under_429(const std::string& body) {
  const auto hint = retry_hint({429, {}, body}, {.service = Service::Llm, .now = kOwn});
  return hint ? std::optional(hint->delay) : std::nullopt;
}

template <std::size_t N>
std::string one_of(const std::array<const char*, N>& texts) {
  return texts[*rc::gen::inRange<std::size_t>(0, N)];
}

/// A member that may ask for a wait, or have one within.
std::string any_member(int depth) {
  const auto key = one_of<14>({"retry_delay", "retryDelay", "Retry-After", "retry_after", "retryAfterMs", "metadata",
                               "resets_in_seconds", "details", "headers", "message", "data", "x", "detail", "errors"});
  const auto scalar = one_of<8>({"34", "\"34.07s\"", R"({"seconds":34,"nanos":70})", "\"Please retry in 6m0s.\"",
                                 "null", R"("Thu, 01 Jan 2026 00:00:10 GMT")", R"({"seconds":"12"})", "[[5],7]"});
  if (depth == 0 || *rc::gen::inRange(0, 3) == 0) return '"' + key + "\":" + scalar;
  const std::string within = '{' + any_member(depth - 1) + ',' + any_member(depth - 1) + '}';
  return '"' + key + "\":" + (*rc::gen::inRange(0, 2) == 0 ? within : "[1," + within + ']');
}

RC_GTEST_PROP(ErrorInAnAnswer, asks_for_the_wait_that_it_asks_for_under_its_own_status, ()) {
  const auto error = one_of<3>({R"("rate limited")", R"({"message":"slow down","retry_delay":{"seconds":3}})",
                                R"({"code":429,"details":[{"retryDelay":"2s"}]})"});
  const std::string body =
      R"({"error":)" + error + R"(,"code":429,)" + any_member(2) + ',' + any_member(3) + R"(,"choices":[]})";
  RC_LOG() << body;
  RC_ASSERT(hint_within(body) == hint_under_429(body));
}

TEST(ErrorInAnAnswer, asks_for_its_wait_in_any_member) {
  for (const std::string body : {R"({"error":"rate limited","code":429,"retry_delay":{"seconds":34}})",
                                 R"({"error":"rate limited","code":429,"data":[{"Retry-After":34}]})",
                                 R"({"error":"rate limited","code":429,"retryInfo":{"retryDelay":"34s"}})",
                                 R"({"error":{"code":429,"info":{"limits":[{"retry_after_ms":34000}]}}})"}) {
    EXPECT_EQ(hint_within(body), 34s) << body;
  }
}

// As under a status of its own: a broken proxy's Date does not count.
TEST(ErrorInAnAnswer, counts_a_moment_by_a_date_that_is_near) {
  const std::string body = R"({"error":{"code":429,"retry_after":"Thu, 01 Jan 2026 00:00:10 GMT"}})";
  EXPECT_EQ(hint_within(body), 10s) << "by the own clock, where there is no Date";
  for (const Duration ahead : {Duration(-490'000h), Duration(600'000h), Duration(-48h)}) {
    EXPECT_EQ(hint_within(body, {{"date", format_http_date(kOwn + ahead)}}), 10s) << ahead.count();
  }
  EXPECT_EQ(hint_within(body, {{"date", format_http_date(kOwn + 7s)}}), 3s);
}

}  // namespace
}  // namespace core
