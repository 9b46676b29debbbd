// The log: what the core did, in the retry summary's own lines, and what the process has to say itself. For people a
// line is `time LEVEL runner job message`; for machines it is one JSON object with the event's fields beside the
// message. Whatever a job's payload or a service put into a text, a line stays one line. The runner does not wait for
// the reader of its log: lines that found no room are dropped, and `log.dropped` says how many as soon as there is room
// again.
#pragma once

#include <string>
#include <string_view>

#include "cli/line_writer.h"
#include "core/events/event.h"
#include "core/time/clock.h"
#include "runner/settings.h"

namespace runner {

enum class Level : std::uint8_t { Info, Warning, Error };

class Log final : public core::EventSink {
 public:
  /// `lines` and `clock` outlive this.
  Log(LogFormat format, const core::Clock& clock, std::string runner, cli::LineWriter& lines)
      : format_(format), clock_(clock), runner_(std::move(runner)), lines_(lines) {}

  void on_event(const core::Event& event) override;

  /// Of the process itself.
  void say(Level level, std::string_view message);

  /// Waits for a reader who reads. Lines that were dropped are told of first.
  void flush();

 private:
  void tell_dropped();
  std::string time() const;
  std::string text_line(Level level, std::string_view job, std::string_view message) const;
  /// `fields` is what goes between runner and message, each with a comma before it.
  std::string json_line(Level level, std::string_view fields, std::string_view message) const;

  LogFormat format_;
  const core::Clock& clock_;
  std::string runner_;
  cli::LineWriter& lines_;
};

}  // namespace runner
