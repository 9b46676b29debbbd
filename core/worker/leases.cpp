// The worker's part that keeps leases, notices their loss, and gives jobs back.
#include <algorithm>

#include "core/worker/leased_job.h"

namespace core {

namespace asio = boost::asio;

asio::awaitable<void> Worker::keep_lease(std::shared_ptr<LeasedJob> job) {
  const Duration third = std::max(config_.jobs.lease / 3, Duration(1));
  const ClaimedJob& claimed = job->run.claimed;
  SteadyTime renewed_at = claimed.claimed_at;
  for (;;) {
    // At the first third after the last renewal: those that an outage of Redis has let pass are not made up for.
    const std::int64_t thirds = (renewed_at - claimed.claimed_at) / third + 1;
    co_await job->renewal->wait_until(claimed.claimed_at + third * thirds);
    if (job->stage == LeasedJob::Stage::Ended) co_return;
    let_go_if_over(*job);
    if (job->lost) co_return;
    const auto lease_end = co_await queue_.renew(job->run.token, claimed.id, config_.jobs.lease, claimed.run);
    if (!lease_end) {
      if (job->stage == LeasedJob::Stage::Running) lose_lease(*job);
      co_return;
    }
    job->lease_end = *lease_end;
    renewed_at = *lease_end - config_.jobs.lease;
  }
}

asio::awaitable<void> Worker::watch_lease(std::shared_ptr<LeasedJob> job) {
  while (job->stage != LeasedJob::Stage::Ended && environment_.clock.now() < job->lease_end) {
    co_await job->expiry->wait_until(job->lease_end);
  }
  let_go_if_over(*job);
}

void Worker::let_go_if_over(LeasedJob& job) {
  const bool needs_lease = job.stage == LeasedJob::Stage::Running || job.stage == LeasedJob::Stage::Releasing;
  if (needs_lease && environment_.clock.now() >= job.lease_end) lose_lease(job);
}

void Worker::lose_lease(LeasedJob& job) {
  if (std::exchange(job.lost, true)) return;
  environment_.emit(job.event(EventKind::LeaseLost));
  job.cancel.emit(asio::cancellation_type::terminal);
  job.end_release.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> Worker::release_job(std::shared_ptr<LeasedJob> job) {
  job->stage = LeasedJob::Stage::Releasing;
  try {
    const Ownership ownership =
        co_await queue_.release(job->run.token, job->run.claimed.id, *job->give_back_after, job->run.claimed.run);
    if (ownership == Ownership::Held) {
      Event released = job->event(EventKind::JobReleased);
      if (*job->give_back_after > Duration::zero()) released.delay = *job->give_back_after;
      environment_.emit(released);
    } else {
      lose_lease(*job);
    }
  } catch (const boost::system::system_error& error) {
    // The lease has ended first: then there is nothing to give back.
    if (!is_cancellation(error)) throw;
  }
  forget(*job);
}

}  // namespace core
