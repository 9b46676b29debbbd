// Events out of lines of text, for hand-made timelines.
#pragma once

#include <charconv>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "core/events/event.h"
#include "core/text/enum_names.h"
#include "core/time/text.h"

namespace sim {

inline core::Duration duration_of(const std::string& text) {
  return *core::parse_duration(text);
}

/// "1s call.failed job=a api=llm.chat attempt=1 failure=rate_limited status=429 hint=5s"; runner-1 and job a unless
/// said otherwise.
class Line {
 public:
  explicit Line(const std::string& text) {
    std::istringstream words(text);
    std::string word;
    words >> word;
    event.at = core::SteadyTime(duration_of(word));
    words >> word;
    event.kind = *core::value_named<core::EventKind>(word);
    event.runner = "runner-1";
    event.job = "a";
    while (words >> word) set(word.substr(0, word.find('=')), word.substr(word.find('=') + 1));
  }

  core::Event event;

 private:
  void set(const std::string& name, const std::string& value) {
    const std::string_view kept = *texts_.insert(value).first;
    const auto number = [&] {
      std::uint32_t result = 0;
      std::from_chars(value.data(), value.data() + value.size(), result);
      return result;
    };
    if (name == "runner") event.runner = kept;
    if (name == "job") event.job = kept;
    if (name == "api") event.api = kept;
    if (name == "tool") event.tool = kept;
    if (name == "attempt") event.attempt = number();
    if (name == "attempts") event.attempts = number();
    if (name == "retry_count") event.retry_count = number();
    if (name == "status") event.status = static_cast<int>(number());
    if (name == "failure") event.failure = core::value_named<core::FailureKind>(value);
    if (name == "hint") event.hint = duration_of(value);
    if (name == "delay") event.delay = duration_of(value);
    if (name == "lost") event.lost = duration_of(value);
    if (name == "source") event.source = kept;
    if (name == "reason") event.reason = kept;
    if (name == "outcome") event.outcome = kept;
    if (name == "code") event.code = kept;
  }

  std::set<std::string> texts_;
};

}  // namespace sim
