#include "sim/fuzz/http_fault_kinds.h"

#include <fmt/format.h>

#include <array>

#include "core/api/api.h"
#include "sim/fuzz/answers.h"
#include "sim/fuzz/github_forms.h"
#include "sim/fuzz/swarm.h"

namespace sim {

namespace {

using namespace std::chrono_literals;
using namespace fakes;
using core::Duration;
using core::Service;

// How a rule of each kind is drawn.

RetryAfterSpelling random_hint(Dice& dice) {
  const Duration delay = dice.chance(80) ? Duration(std::chrono::seconds(dice.between(1, 20)))
                                         : Duration(std::chrono::seconds(dice.between(30, 600)));
  constexpr std::array<std::string_view, 6> kRaw = {"0", "-5", "soon", "", "1e3", "1.5"};
  switch (dice.between(0, 3)) {
    case 0:
      return RetryAfterSeconds{delay};
    case 1:
      return RetryAfterDate{delay};
    case 2:
      return RetryAfterMs{delay + dice.duration(0ms, 999ms)};
    default:
      return RetryAfterRaw{std::string(dice.one_of(kRaw))};
  }
}

DoTool random_tool(Dice& dice) {
  if (dice.chance(10)) return {"search_the_web", "{}"};
  // What is cut and escaped in other ways than plain words are.
  constexpr std::array<std::string_view, 6> kWords = {"Words.",
                                                      "Words.",
                                                      R"(He said \"}\" and \"[{\" \\)",
                                                      "\xF0\x9F\x91\x8D \xF0\x9F\x98\x80 l\xC3\xB6\xC3\xB6k",
                                                      "One\\nand\\t\xC3\xA9 {\\\"a\\\": [1, 2]}",
                                                      "\xE2\x80\xA8 \xEF\xBF\xBD \xF4\x8F\xBF\xBF"};
  return {std::string(core::api::kCreateComment.tool),
          fmt::format(R"({{"body":"{} {}"}})", dice.one_of(kWords), dice.between(1, 9))};
}

/// An answer that is cut, filtered or empty, or that ends in the server's trouble.
HttpAction random_end(Dice& dice) {
  constexpr std::array<std::string_view, 8> kEnds = {"length", "length",         "max_tokens", "content_filter",
                                                     "length", "content_filter", "safety",     "error"};
  switch (dice.between(0, 3)) {
    case 0:
      return DoText{.text = "I will now comm", .finish = std::string(dice.one_of(kEnds))};
    case 1:
      return DoTool{.tool = std::string(core::api::kCreateComment.tool),
                    .arguments = R"({"body":"I had a look at it."})",
                    .finish = std::string(dice.one_of(kEnds))};
    case 2:
      return DoText{.text = {}, .thinking = "The user wants a comment."};
    default:
      return DoText{};
  }
}

void make_status(Dice& dice, const Scenario&, Service, HttpRule& rule) {
  constexpr std::array<int, 6> kCurable = {429, 500, 502, 503, 504, 529};
  rule.action = DoStatus{.status = dice.one_of(kCurable)};
}

void make_hint(Dice& dice, const Scenario&, Service, HttpRule& rule) {
  constexpr std::array<int, 4> kHinted = {429, 429, 503, 403};
  const int status = dice.one_of(kHinted);
  rule.action = DoStatus{.status = status, .retry_after = random_hint(dice)};
}

void make_final(Dice& dice, const Scenario&, Service, HttpRule& rule) {
  constexpr std::array<int, 5> kFinal = {401, 403, 404, 422, 400};
  rule.action = DoStatus{.status = dice.one_of(kFinal)};
}

template <class Action>
void make_plain(Dice&, const Scenario&, Service, HttpRule& rule) {
  rule.action = Action{};
}

template <ResetWhen when>
void make_reset(Dice&, const Scenario&, Service, HttpRule& rule) {
  rule.action = DoReset{when};
}

void make_truncated(Dice& dice, const Scenario&, Service, HttpRule& rule) {
  rule.action = DoTruncate{static_cast<std::uint32_t>(dice.between(0, 9)) * 100'000};
}

void make_limit(Dice& dice, const Scenario&, Service, HttpRule& rule) {
  const std::uint64_t limit = dice.between(1, 5);
  rule.action = DoRateLimit{.limit = limit, .per = dice.duration(1s, 60s)};
}

void make_wait_elsewhere(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  rule.action = random_wait_elsewhere(dice, service);
}

void make_rare_answer(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  rule.action = random_rare_answer(dice, service);
}

void make_long_wait(Dice& dice, const Scenario&, Service, HttpRule& rule) {
  rule.action = random_long_wait(dice);
}

void make_refused_token(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  if (service == Service::GitHub) make_new_token_refused(dice, rule);
}

void make_redirection(Dice& dice, const Scenario& scenario, Service service, HttpRule& rule) {
  if (service == Service::GitHub) make_redirect(dice, scenario, rule);
}

void make_words(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  if (service == Service::Llm) rule.action = random_tool(dice);
}

void make_end(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  if (service == Service::Llm) rule.action = random_end(dice);
}

void make_several_tools(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  if (service != Service::Llm) return;
  DoTools action;
  for (std::uint64_t count = dice.between(2, kMostToolsOfAnAnswer); count > 0; --count)
    action.tools.push_back(random_tool(dice));
  rule.action = std::move(action);
}

void make_stall(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  if (service != Service::Llm) return;
  DoStall stall{.millionths = static_cast<std::uint32_t>(dice.between(0, 10)) * 100'000, .goes_on_after = std::nullopt};
  if (dice.chance(70)) stall.goes_on_after = dice.duration(0ms, 40s);
  rule.action = stall;
}

void make_pace(Dice& dice, const Scenario&, Service service, HttpRule& rule) {
  if (service != Service::Llm) return;
  const auto chunks = static_cast<std::uint32_t>(dice.between(1, 20));
  rule.action = DoPace{.chunks = chunks, .every = dice.duration(0ms, 3s)};
}

// What exploration tries.

HttpAction status(int code) {
  return DoStatus{.status = code};
}
HttpAction limited(RetryAfterSpelling hint) {
  return DoStatus{.status = 429, .retry_after = std::move(hint)};
}

std::vector<CallOutcome> hints() {
  return {{"429 retry-after 5", limited(RetryAfterSeconds{5s})},
          {"429 retry-after 0", limited(RetryAfterSeconds{0s})},
          {"429 retry-after 2m (too long)", limited(RetryAfterSeconds{2min})},
          {"429 retry-after a date", limited(RetryAfterDate{7s})},
          {"429 retry-after-ms 1500", limited(RetryAfterMs{1500ms})},
          {"429 retry-after soon (unreadable)", limited(RetryAfterRaw{"soon"})}};
}

HttpAction redirect_elsewhere() {
  return DoStatus{.status = 302, .headers = {{"location", "https://elsewhere.example/repositories/42"}}};
}

}  // namespace

std::span<const HttpFaultKind> http_fault_kinds() {
  static const std::vector<HttpFaultKind> kinds = {
      {&make_status, {{"429", status(429)}, {"503", status(503)}, {"500", status(500)}}},
      {&make_hint, hints()},
      {&make_final, {{"401", status(401)}, {"403", status(403)}}},
      {&make_plain<DoTimeout>, {{"timeout", DoTimeout{}}}},
      {&make_plain<std::monostate>, {}, true},
      {&make_plain<DoRefuse>, {{"refused", DoRefuse{}}}},
      {&make_reset<ResetWhen::Before>, {{"reset before", DoReset{ResetWhen::Before}}}},
      {&make_reset<ResetWhen::After>, {{"reset after", DoReset{ResetWhen::After}}}},
      {&make_truncated, {{"truncated", DoTruncate{500'000}}}},
      {&make_plain<DoGarbage>, {{"garbage", DoGarbage{}}}},
      {&make_limit},
      {&make_wait_elsewhere, {{"403 that names a limit", DoStatus{.status = 403, .retry_after = RetryAfterWords{}}}}},
      {&make_rare_answer, {{"408", status(408)}, {"409", status(409)}}},
      {&make_long_wait, {{"429 retry-after 200h (beyond the ceiling)", limited(RetryAfterSeconds{200h})}}},
      {&make_refused_token},
      {&make_redirection, {{"302 elsewhere", redirect_elsewhere()}}},
      {&make_words},
      {&make_end},
      {&make_several_tools},
      {&make_stall},
      {&make_pace},
  };
  return kinds;
}

}  // namespace sim
