#include "sim/fuzz/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/retry/account_words.h"
#include "core/text/ascii.h"

namespace sim {

namespace {

using namespace std::chrono_literals;
using fakes::RetryAfterBody, fakes::RetryAfterReset, fakes::RetryAfterWords;

core::Duration random_wait(Dice& dice) {
  return dice.chance(80) ? dice.duration(1ms, 20s) : dice.duration(30s, 10min);
}

fakes::RetryAfterSpelling model_wait(Dice& dice) {
  const core::Duration delay = random_wait(dice);
  if (dice.chance(50)) {
    return RetryAfterReset{delay, dice.chance(50) ? RetryAfterReset::Of::Requests : RetryAfterReset::Of::Tokens,
                           static_cast<RetryAfterReset::As>(dice.between(0, 3))};
  }
  return RetryAfterBody{delay, static_cast<RetryAfterBody::As>(dice.between(0, 6))};
}

char upper_case(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// An error that names one of the words as its code, in one of the shapes that services send it in.
std::string body_naming(Dice& dice, const core::AccountWord& word) {
  if (word.place == core::AccountWord::Place::Sentence) {
    return fmt::format(R"({{"error":{{"code":429,"message":"Your {}.","status":"RESOURCE_EXHAUSTED"}}}})", word.word);
  }
  std::string code(word.word);
  if (dice.chance(30)) std::ranges::transform(code, code.begin(), upper_case);
  const bool is_number = std::ranges::all_of(code, core::is_digit);
  if (!is_number || dice.chance(50)) code = '"' + code + '"';
  switch (dice.between(0, 3)) {
    case 0:
      return fmt::format(R"({{"error":{{"message":"m","type":{0},"param":null,"code":{0}}}}})", code);
    case 1:
      return fmt::format(R"({{"type":"error","error":{{"type":"rate_limit_error","code":{}}}}})", code);
    case 2:
      return fmt::format(R"({{"code":{},"message":"m"}})", code);
    default:
      return fmt::format(R"([{{"error":{{"code":429,"details":{{"error_code":{}}}}}}}])", code);
  }
}

}  // namespace

fakes::HttpAction random_wait_elsewhere(Dice& dice, core::Service service) {
  if (service == core::Service::Llm) {
    constexpr std::array<int, 4> kStatuses = {429, 429, 503, 408};
    return fakes::DoStatus{.status = dice.one_of(kStatuses), .retry_after = model_wait(dice)};
  }
  constexpr std::array<int, 3> kStatuses = {403, 429, 422};
  if (dice.chance(50)) {
    return fakes::DoStatus{
        .status = dice.chance(50) ? 403 : 429,
        .retry_after = RetryAfterReset{random_wait(dice), RetryAfterReset::Of::GitHub, RetryAfterReset::As::Duration}};
  }
  return fakes::DoStatus{.status = dice.one_of(kStatuses),
                         .retry_after = RetryAfterWords{static_cast<RetryAfterWords::Words>(dice.between(0, 3))}};
}

fakes::HttpAction random_rare_answer(Dice& dice, core::Service service) {
  if (service == core::Service::Llm && dice.chance(40)) {
    const auto words = core::account_words();
    const core::AccountWord& word = words[dice.between(0, words.size() - 1)];
    return fakes::DoStatus{.status = 429, .body = body_naming(dice, word)};
  }
  // For a list these are none, and for a comment or a token no answer; nothing was done.
  if (service == core::Service::GitHub && dice.chance(30)) {
    constexpr std::array<std::string_view, 4> kBodies = {"[]", R"([{"id":5}])", R"({"message":"m"})", "[null]"};
    // An empty list under 200 would be the truth to anybody.
    const std::string_view body = dice.one_of(kBodies);
    return fakes::DoStatus{.status = body == "[]" || dice.chance(50) ? 202 : 200, .body = std::string(body)};
  }
  constexpr std::array<int, 5> kStatuses = {402, 408, 409, 409, 425};
  return fakes::DoStatus{.status = dice.one_of(kStatuses)};
}

fakes::HttpAction random_long_wait(Dice& dice) {
  constexpr std::array<std::string_view, 3> kEndless = {"inf", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"};
  fakes::RetryAfterSpelling hint = fakes::RetryAfterSeconds{dice.duration(1h, 200h)};
  if (dice.chance(20)) hint = fakes::RetryAfterRaw{std::string(dice.one_of(kEndless))};
  return fakes::DoStatus{.status = 429, .retry_after = std::move(hint)};
}

}  // namespace sim
