// The event trace of a runner, in the form that `rehearse check`, `diff` and `replay` read. A disk that is full ends
// the trace, is told once, and never disturbs the jobs.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/growing_file.h"
#include "core/events/event.h"
#include "core/time/time.h"

namespace core {
struct Config;
}

namespace runner {

class TraceFile final : public core::EventSink {
 public:
  using OnTrouble = std::function<void(std::string_view message)>;

  /// Begins a new file, or says why not by error(). `started` is the wall clock at the events' time zero.
  TraceFile(const std::string& path, const core::Config& config, core::WallTime started, OnTrouble on_trouble);

  const std::string& error() const { return file_.error(); }

  void on_event(const core::Event& event) override;

  /// What was written so far is in the file from now on, whatever becomes of the process.
  void flush();

 private:
  cli::GrowingFile file_;
  OnTrouble on_trouble_;
  std::string line_;  ///< Kept for its memory.
};

}  // namespace runner
