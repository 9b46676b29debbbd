// The event trace of a runner, which only its user may read, in the form that `rehearse check`, `diff` and `replay`
// read. A runner that is started again with the same file adds a run to it, with a header of its own. A disk that is
// full ends the trace, is told once, and never disturbs the jobs. The events of one turn of the loop are written at its
// end: a process that is killed loses those of its last turn at most.
#pragma once

#include <boost/asio/any_io_executor.hpp>
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

  /// Begins a new file or goes on with the one that is there, or says why not by error(). `started` is the wall clock
  /// at the events' time zero; `executor` is of the loop on which the events come, and runs nothing more when this is
  /// gone.
  TraceFile(const std::string& path, boost::asio::any_io_executor executor, const core::Config& config,
            core::WallTime started, OnTrouble on_trouble);

  const std::string& error() const { return file_.error(); }

  void on_event(const core::Event& event) override;

  /// What was told so far is in the file from now on, whatever becomes of the process.
  void flush();

 private:
  boost::asio::any_io_executor executor_;
  cli::GrowingFile file_;
  OnTrouble on_trouble_;
  bool flush_planned_ = false;
  std::string line_;  ///< Kept for its memory.
};

}  // namespace runner
