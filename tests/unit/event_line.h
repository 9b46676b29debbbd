// Events out of lines of text, for hand-made timelines.
#pragma once

#include <charconv>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

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
    if (name == "runner") event.runner = kept(value);
    core::for_each_event_field([&](const auto& field) {
      if (field.name == name) read(value, event.*(field.member));
    });
  }

  std::string_view kept(const std::string& value) { return *texts_.insert(value).first; }

  void read(const std::string& value, std::string_view& text) { text = kept(value); }
  void read(const std::string& value, std::optional<core::Duration>& duration) { duration = duration_of(value); }
  void read(const std::string& value, core::Reason& reason) {
    if (event.kind == core::EventKind::CallGaveUp) reason = *core::value_named<core::GiveUpReason>(value);
    if (event.kind == core::EventKind::JobRequeued) reason = *core::value_named<core::RequeueReason>(value);
    if (event.kind == core::EventKind::JobFailed) reason = *core::value_named<core::JobFailReason>(value);
  }
  template <class Value>
  void read(const std::string& value, std::optional<Value>& field) {
    if constexpr (std::is_enum_v<Value>) {
      field = core::value_named<Value>(value);
    } else {
      Value number{};
      std::from_chars(value.data(), value.data() + value.size(), number);
      field = number;
    }
  }

  std::set<std::string> texts_;
};

}  // namespace sim
