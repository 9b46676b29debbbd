// How the worker keeps leases, notices that one is lost, and gives jobs back: when it stops, and while a service
// refuses this process's own credential.
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

void Worker::give_back_running() {
  std::vector<std::shared_ptr<LeasedJob>> leased = leased_;
  // Each is put in front of the ready list: from the last to the first, so that their order stays.
  std::ranges::reverse(leased);
  for (const std::shared_ptr<LeasedJob>& job : leased) {
    // A job whose end is being recorded needs no other run.
    if (job->stage != LeasedJob::Stage::Running || job->lost || job->give_back_after) continue;
    give_back_later(*job);
    job->cancel.emit(asio::cancellation_type::terminal);
  }
}

void Worker::give_back_later(LeasedJob& job, Duration delay) {
  // A request that is cut off may still arrive. The next run looks for its effect, and must not look before that.
  if (job.run.effect_in_doubt) delay = std::max(delay, config_.jobs.lease);
  job.give_back_after = std::chrono::ceil<std::chrono::microseconds>(std::min(delay, kLongestCeiling));
}

bool Worker::pause_for(LeasedJob& job, const AgentResult& result) {
  if (job.give_back_after) return true;
  const bool is_first = !pause_.is_on();
  const Credential credential = *result.refused_credential;
  // Another call may have been answered well since.
  if (handler_.credentials().is_refused(credential)) {
    Event event;
    event.kind = EventKind::CredentialRefused;
    event.api = api_of(credential);
    event.status = result.refused_status;
    event.delay = pause_.refuse(credential, environment_.clock.now());
    environment_.emit(event);
    wake();  // To take no more jobs.
  }
  if (!is_first) {
    give_back_later(job);
  } else if (pause_.is_on()) {
    job.stage = LeasedJob::Stage::Ending;
    give_back_running();
  }
  return !is_first;
}

void Worker::on_accepted(Credential credential) {
  if (!pause_.accept(credential)) return;
  Event event;
  event.kind = EventKind::CredentialAccepted;
  event.api = api_of(credential);
  environment_.emit(event);
  wake();
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
  wake();
}

}  // namespace core
