// What is counted of jobs: how their runs end and how long they take, how long jobs waited for this runner, what was
// put off, re-queued, recovered or given up for good.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/events/event.h"
#include "runner/sinks/families.h"

namespace runner {

class JobMetrics {
 public:
  explicit JobMetrics(prometheus::Registry& registry);

  void on_event(const core::Event& event);

  /// A run begins of a job that could have been taken for so long.
  void began_after(core::Duration waited);

 private:
  struct Run {
    core::SteadyTime begun;
    core::AgentOutcome outcome = core::AgentOutcome::Completed;  ///< Of the agent, once it has ended.
  };

  void failed(const core::Event& event);
  void ended(const core::Event& event, const char* how);

  Counters& jobs_;
  Histograms& durations_;
  prometheus::Histogram& waits_;
  Counters& put_off_;
  Counters& recovered_;
  Counters& requeues_;
  Counters& dead_letters_;
  std::map<std::pair<std::string, std::uint32_t>, Run> runs_;  ///< By job and number of the run.
};

}  // namespace runner
