// The second view of the invariant `jobs`: what stands in Redis of each job after every script of the queue that ran
// for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "sim/invariants/invariant.h"
#include "sim/invariants/job_maps.h"

namespace sim {

/// For so long a job that is completed can be looked up, and guards its id against a second enqueue.
inline constexpr std::chrono::hours kRetention(24);

/// What a script did to a job's life.
enum class JobTurn : std::uint8_t {
  None,
  Revived,    ///< An operator put it back after it had failed.
  PutInAnew,  ///< Its id was free again, long after it was completed.
  PutBack,    ///< Nothing was known of it, and an operator's command left it waiting.
  GivenBack,  ///< By its owner, without an end.
  Dropped,    ///< By an operator, after its end.
};

class RecordedJobs {
 public:
  RecordedJobs(const core::Config& config, Findings& findings) : config_(config), findings_(findings) {}

  JobTurn on_step(const QueueStep& step);
  /// A restart took back what was acknowledged in a stretch; which that was nobody can tell from outside.
  void forget();

  /// Whether anybody tells what stands in Redis. If so, its steps are believed, and not the events, which may come
  /// late.
  bool sees_queue() const { return sees_queue_; }
  bool lost_writes() const { return lost_writes_; }
  bool knows(std::string_view job) const { return jobs_.contains(job); }
  bool is_running(std::string_view job) const;
  /// The queue has counted that many of its re-queues, or nothing is known of it.
  bool may_be_requeued(std::string_view job, std::int64_t times) const;
  /// The queue ended it because it was recovered too often; or nothing is known of it.
  bool may_be_recovered_too_often(std::string_view job) const;

  void forget(std::string_view job) {
    if (const auto found = jobs_.find(job); found != jobs_.end()) jobs_.erase(found);
  }

 private:
  /// What stood in Redis after the last script for the job.
  struct Recorded {
    std::string state;
    std::string owner;
    std::optional<std::int64_t> due_us;
    std::optional<std::int64_t> lease_us;
    std::int64_t retries = 0;
    std::uint32_t recoveries = 0;  ///< Counted here, by the steps that were seen.
    bool counted = true;           ///< False where lost writes have taken the count back to nobody knows what.
    bool recovered_too_often = false;
    bool is_dropped = false;  ///< By an operator: its id is free again.
    core::SteadyTime ended_at;
  };

  static bool took_effect(const QueueStep& step, const Recorded& before);
  static bool is_recovery(const QueueStep& step, const Recorded& before);
  static bool is_counted_anew(const QueueStep& step, const Recorded& before);
  static std::uint32_t recoveries_after(const QueueStep& step, const Recorded& before);
  static Recorded after(const QueueStep& step, const Recorded& before);

  void fail(const QueueStep& step, std::string message);
  void check_place(const QueueStep& step);
  JobTurn check_new_life(const QueueStep& step, Recorded& before);
  JobTurn on_dropped(const QueueStep& step, Recorded& before);
  void check_cancel(const QueueStep& step, const Recorded& before);
  void check_claim(const QueueStep& step, const Recorded& before);
  void check_recovery(const QueueStep& step, const Recorded& before);
  void check_owner(const QueueStep& step, const Recorded& before);
  void check_retries(const QueueStep& step, const Recorded& before);

  const core::Config& config_;
  Findings& findings_;
  bool lost_writes_ = false;
  bool sees_queue_ = false;
  JobMap<Recorded> jobs_;
};

}  // namespace sim
