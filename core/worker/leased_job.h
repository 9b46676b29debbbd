// A job that a worker runs; of the worker's own files alone.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "core/worker/worker.h"

namespace core {

/// Shared by the coroutine that runs it and those that keep and watch its lease.
struct Worker::LeasedJob final : Permit {
  enum class Stage : std::uint8_t {
    Running,
    Releasing,  ///< It is being given back, as long as the lease lasts.
    Ending,     ///< Its end is being recorded: the script alone knows whether the job is still this worker's.
    Ended,
  };

  LeasedJob(Worker& its_worker, JobRun job_run, Duration lease, Clock& clock)
      : worker(its_worker),
        run(std::move(job_run)),
        lease_end(saturating_add(run.claimed.claimed_at, lease)),
        renewal(clock.make_timer()),
        expiry(clock.make_timer()) {
    run.lease = this;
  }
  LeasedJob(const LeasedJob&) = delete;
  LeasedJob& operator=(const LeasedJob&) = delete;

  void check() override {
    worker.let_go_if_over(*this);
    if (lost) throw LeaseLostError{};
  }

  bool holds() const override { return !lost && worker.environment_.clock.now() < lease_end; }

  /// Until the job's deadline; the end of time where it has none.
  Duration remaining() const {
    const bool has_none = run.deadline == SteadyTime::max();
    return has_none ? Duration::max() : run.deadline - worker.environment_.clock.now();
  }

  Event event(EventKind kind) const {
    Event event;
    event.kind = kind;
    event.job = run.claimed.id;
    event.run = run.claimed.run;
    return event;
  }

  void describe_state(std::string& out, SteadyTime now) const {
    append_state(out, run.claimed.id);
    append_state(out, static_cast<int>(stage));
    append_state(out, lost);
    append_state(out, lease_end, now);
    append_state(out, run.effect_in_doubt);
    append_state(out, remaining());
    append_state(out, give_back_after ? give_back_after->count() : -1);
    append_state(out, run.under_way.size());
    for (const Stateful* part : run.under_way) part->describe_state(out, now);
  }

  void end() {
    stage = Stage::Ended;
    // Who waits is woken and goes; the signal is for a renewal that is under way.
    expiry->wake();
    renewal->wake();
    end_keeping.emit(boost::asio::cancellation_type::terminal);
  }

  Worker& worker;
  JobRun run;
  SteadyTime lease_end;
  boost::asio::cancellation_signal cancel, end_release;
  std::unique_ptr<Timer> renewal, expiry;
  boost::asio::cancellation_signal end_keeping;
  Stage stage = Stage::Running;
  bool lost = false;
  std::optional<Duration> give_back_after;  ///< It is being cancelled, and is then to be released with this delay.
};

}  // namespace core
