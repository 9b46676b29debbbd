// What is counted of calls: attempts and how long they took, retries and how long was waited before them, calls given
// up. Events tell calls apart by their numbers: many jobs may call one API at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "core/events/event.h"
#include "runner/sinks/families.h"

namespace runner {

class CallMetrics {
 public:
  explicit CallMetrics(prometheus::Registry& registry);

  void on_event(const core::Event& event);

 private:
  /// Before an attempt. While calls wait for a limit, one wait may be announced several times.
  struct Wait {
    core::SteadyTime since;
    core::SteadyTime until;  ///< As it was announced last.
    core::DelaySource source = core::DelaySource::Backoff;
  };
  struct OpenCall {
    std::optional<core::SteadyTime> begun;  ///< The attempt that is under way.
    bool has_failed = false;                ///< An attempt has, and nothing followed it yet.
    std::optional<Wait> wait;
  };

  void attempt_began(const core::Event& event, OpenCall& call);
  void attempt_ended(const core::Event& event, OpenCall& call, std::string_view result);
  void waits(const core::Event& event, OpenCall& call);
  void wait_ended(const core::Event& event, OpenCall& call, core::SteadyTime at);

  Counters& attempts_;
  Histograms& durations_;
  Counters& retries_;
  Counters& held_back_;
  Histograms& waits_;
  Counters& gave_up_;
  std::map<std::uint64_t, OpenCall> open_;  ///< By their numbers.
};

}  // namespace runner
