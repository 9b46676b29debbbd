// The log: what the core did, in the retry summary's own lines, and what the process has to say itself. For people a
// line is `time LEVEL runner job message`; for machines it is one JSON object with the event's fields beside the
// message. Whatever a job's payload or a service put into a text, a line stays one line.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "core/events/event.h"
#include "core/time/clock.h"
#include "runner/settings.h"

namespace runner {

enum class Level : std::uint8_t { Info, Warning, Error };

class Log final : public core::EventSink {
 public:
  /// `file` and `clock` outlive this. Every line is written at once.
  Log(LogFormat format, const core::Clock& clock, std::string runner, std::FILE* file)
      : format_(format), clock_(clock), runner_(std::move(runner)), file_(file) {}

  void on_event(const core::Event& event) override;

  /// Of the process itself.
  void say(Level level, std::string_view message);

 private:
  std::string time() const;
  void write_text(Level level, std::string_view job, std::string_view message);
  void write_json(Level level, const core::Event* event, std::string_view message);

  LogFormat format_;
  const core::Clock& clock_;
  std::string runner_;
  std::FILE* file_;
};

}  // namespace runner
