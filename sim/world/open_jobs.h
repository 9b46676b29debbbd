// The jobs of a world that have not ended. A job has ended when Redis records its end, even if no runner reports it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/scenario/scenario.h"
#include "sim/world/queue_watch.h"

namespace sim {

class OpenJobs {
 public:
  /// `scenario` and `queue` outlive this. At first every job is still to be put in.
  OpenJobs(const Scenario& scenario, QueueWatch& queue);

  bool any() const { return open_ > 0; }
  /// "job-1, job-2": a few of those that have not ended.
  std::string text() const;
  /// As Redis records it; nothing for a job that is not there.
  std::optional<JobState> state_of(std::string_view job);

  /// The client has heard that the job is in the queue.
  void note_acceptance(std::string_view job);
  /// The job may have ended.
  void look_at(std::string_view job);
  /// A job that had ended may have been put in, or brought back, to be run anew.
  void look_whether_open(std::string_view job);
  /// After a restart that lost writes, jobs may be gone that had been accepted, and others may be open again.
  void look_at_all();

 private:
  enum class End : std::uint8_t {
    Coming,  ///< The client has no acknowledgement yet and goes on trying.
    Open,
    Ended,
    Lost,
  };

  static bool is_open(End end) { return end == End::Coming || end == End::Open; }
  void set(std::string_view job, End end);

  const Scenario& scenario_;
  QueueWatch& queue_;
  std::map<std::string_view, End, std::less<>> ends_;
  std::uint64_t open_ = 0;
};

}  // namespace sim
