// HTTP answers as libcurl hands them on, and what they are taken for: within the request's bounds, the same however the
// body comes, and never a hint that says "at once". The first line of an input is the head's first line.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/github/link_header.h"
#include "core/production/http/answer_reader.h"
#include "core/retry/classify.h"
#include "tests/fuzz/property.h"

namespace {

using core::HttpResponse;

constexpr std::size_t kMaxHeaderBytes = 1500;  ///< Small, so that short inputs reach them.
constexpr std::size_t kMaxBodyBytes = 1000;

/// As libcurl does: the heads line by line up to the empty line after the final one, then what there is of a body.
core::AnswerReader read(std::string_view bytes, tests::Cut cut) {
  core::AnswerReader reader(core::HttpRequest{.max_header_bytes = kMaxHeaderBytes, .max_body_bytes = kMaxBodyBytes});
  bool interim = false;
  bool in_head = true;
  while (!bytes.empty() && in_head) {
    const std::string_view line = bytes.substr(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    bytes.remove_prefix(line.size());
    if (line.starts_with("HTTP/")) interim = line.find(" 1") != std::string_view::npos;
    in_head = interim || (line != "\n" && line != "\r\n");
    if (!reader.take_header_line(line)) return reader;
  }
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, cut(bytes));
    bytes.remove_prefix(piece.size());
    if (!reader.take_body(piece)) return reader;
  }
  return reader;
}

std::string outcome_of(core::AnswerReader&& reader) {
  if (reader.too_large()) return "too large";
  const core::HttpResult result = std::move(reader).finish();
  if (!result) return fmt::format("no answer: {}", static_cast<int>(result.error()));
  std::string text = fmt::format("{} {}:{}\n", result->status, result->body.size(), result->body);
  for (const core::HttpHeader& header : result->headers) {
    text += fmt::format("{}:{}|{}:{}\n", header.name.size(), header.name, header.value.size(), header.value);
  }
  return text;
}

void must_be_within_bounds(const HttpResponse& response) {
  tests::must_hold(response.status >= 200 && response.status <= 599, "an answer has a final status");
  tests::must_hold(response.body.size() <= kMaxBodyBytes, "the body is bounded");
  std::size_t bytes = 0;
  for (const core::HttpHeader& header : response.headers) bytes += header.name.size() + header.value.size();
  tests::must_hold(bytes <= kMaxHeaderBytes, "the headers are bounded");
}

void must_be_classified(const HttpResponse& response, const core::ClassifyContext& context) {
  const auto hint = core::retry_hint(response, context);
  tests::must_hold(!hint || hint->delay > core::Duration::zero(), "a hint is longer than nothing");
  const auto failure = core::classify(response, context);
  tests::must_hold(failure.has_value() != (response.status / 100 == 2), "a 2xx answer, and no other, is no failure");
  if (!failure) return;
  tests::must_hold(failure->status == response.status, "a failure has its answer's status");
  tests::must_hold(!failure->hint || (failure->retryable() && failure->hint == hint),
                   "a failure's hint is the answer's, and only where it is retried");
  tests::must_hold(failure->effect == core::Effect::Unknown || response.status / 100 == 4 ||
                       failure->kind == core::FailureKind::Redirected,
                   "only a 4xx and a redirect say that nothing was done");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = tests::input_of(data, size);
  tests::must_equal(outcome_of(read(bytes, tests::whole)), outcome_of(read(bytes, tests::by_its_bytes)),
                    "an answer is the same however its body comes");
  core::AnswerReader reader = read(bytes, tests::whole);
  if (reader.too_large()) return 0;
  const core::HttpResult result = std::move(reader).finish();
  if (!result) {
    tests::must_hold(core::classify(result.error()).retryable(), "an answer that is none is retried");
    return 0;
  }
  must_be_within_bounds(*result);
  (void)core::has_next_page(result->headers);
  constexpr core::WallTime kNow{std::chrono::seconds(1'767'225'600)};
  for (const core::Service service : {core::Service::Llm, core::Service::GitHub}) {
    for (const core::WallTime now : {core::WallTime::min(), kNow, core::WallTime::max()}) {
      must_be_classified(*result, {.service = service, .now = now});
      must_be_classified(*result, {.service = service, .now = now, .rate_limited_403 = core::RateLimited403::Fail});
    }
  }
  return 0;
}
