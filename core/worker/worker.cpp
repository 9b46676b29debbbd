#include "core/worker/worker.h"

#include <fmt/compile.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "core/async/spawn.h"
#include "core/check.h"
#include "core/queue/wake_listener.h"
#include "core/text/compose.h"
#include "core/worker/hold_sharing.h"
#include "core/worker/leased_job.h"

namespace core {

namespace asio = boost::asio;

/// The coroutines own it, too: Asio holds a part of a coroutine's state in the signal.
struct Worker::Listening {
  explicit Listening(Worker& worker)
      : sharing(worker.environment_, worker.config_, worker.queue_, worker.handler_),
        listener(
            worker.environment_, worker.config_.redis, worker.queue_, worker.token_prefix_,
            [&worker](const WakeUp& message) { worker.hear(message); }, hear_hold()) {}

  std::function<void(std::string_view)> hear_hold() {
    if (!sharing.is_on()) return {};
    return [this](std::string_view message) { sharing.hear(message); };
  }
  HoldSharing sharing;
  WakeListener listener;
  asio::cancellation_signal end, end_sharing;
};

struct Worker::Leaving {
  asio::cancellation_signal end;
  bool is_over = false;
};

namespace {

/// After this time those that were to be woken look by themselves.
constexpr std::chrono::milliseconds kLongestLeaving(500);

/// Half of the jobs that may run, so that a worker whose jobs are short begins one half while Redis brings the other.
std::uint32_t largest_claim(const JobsConfig& jobs) {
  return std::clamp(jobs.concurrency / 2, 1U, 100U);
}

Event job_event(EventKind kind, std::string_view job) {
  Event event;
  event.kind = kind;
  event.job = job;
  return event;
}

}  // namespace

Worker::Worker(const Environment& environment, const Config& config, JobHandler& handler)
    : environment_(environment),
      config_(config),
      handler_(handler),
      queue_(environment, config.redis, config.jobs.lease),
      stop_guard_(*this),
      guards_({&stop_guard_}),
      token_prefix_(compose(FMT_COMPILE("{}/{:016x}/"), environment.runner, environment.random.fork("owner").bits())),
      listening_(std::make_shared<Listening>(*this)),
      idle_(environment.clock.make_timer()) {
  handler.credentials().on_accepted([this](Credential credential) { on_accepted(credential); });
}

Worker::~Worker() {
  handler_.credentials().on_accepted({});
  handler_.on_hold({});
}

Admission Worker::StopGuard::admit(const Attempt&, Waiter&) {
  if (worker_.stopping_) return Refuse{GiveUpReason::Cancelled};
  return Admit{};
}

asio::awaitable<void> Worker::run() {
  check(!std::exchange(started_, true), "a worker runs once");
  report(EventKind::WorkerStarted);
  spawn(environment_.executor, listening_->listener.run(), listening_->end, listening_);
  if (listening_->sharing.is_on()) {
    spawn(environment_.executor, listening_->sharing.run(), listening_->end_sharing, listening_);
  }
  co_await take_jobs();
  listening_->end.emit(asio::cancellation_type::terminal);
  co_await finish();
  // The jobs that ran on may have met limits.
  listening_->end_sharing.emit(asio::cancellation_type::terminal);
  handler_.stop();
  stopped_ = true;
  report(EventKind::WorkerStopped);
}

void Worker::stop() {
  stopping_ = true;
  wake();
}

void Worker::give_back() {
  stop();
  giving_back_ = true;
  give_back_running();
}

void Worker::wake() {
  woken_ = true;
  idle_->wake();
}

void Worker::on_free_slot() {
  if (!is_listed_) woken_ = true;
  idle_->wake();
}

void Worker::hear(const WakeUp& message) {
  if (message.kind == WakeUp::Kind::Look) return wake();
  // Redis counts microseconds from a time that it has rounded up.
  const auto now = std::chrono::ceil<std::chrono::microseconds>(environment_.clock.now());
  const SteadyTime then = saturating_add(SteadyTime(now), message.in);
  if (message.kind == WakeUp::Kind::Guard) {
    guard_look_ = std::min(guard_look_, then);
  } else {
    idle_until_ = std::min(idle_until_, then);
    if (message.kind == WakeUp::Kind::Taken) guard_look_ = SteadyTime::max();
  }
  idle_->wake();
}

asio::awaitable<void> Worker::take_jobs() {
  while (!stopping_) {
    woken_ = is_listed_ = false;
    idle_until_ = guard_look_ = SteadyTime::max();
    bool took = false;
    if (free_slots() > 0) {
      took = co_await take_ready();
    } else if (pause_.is_on()) {
      co_await leave();
      if (leased_.empty()) idle_until_ = std::min(idle_until_, pause_.next_look());
    }
    if (took || woken_) continue;
    do {
      co_await idle_->wait_until(next_look());
    } while (!woken_ && environment_.clock.now() < next_look());
  }
}

asio::awaitable<void> Worker::leave() {
  if (!may_be_known_) co_return;
  const bool is_done = co_await queue_.leave(token_prefix_);
  may_be_known_ = !is_done;
}

asio::awaitable<void> Worker::leave_for_good(std::shared_ptr<Leaving> leaving) {
  try {
    co_await leave();
  } catch (const boost::system::system_error& error) {
    if (!is_cancellation(error)) throw;
  }
  leaving->is_over = true;
  idle_->wake();
}

asio::awaitable<void> Worker::finish() {
  const auto leaving = std::make_shared<Leaving>();
  spawn(environment_.executor, leave_for_good(leaving), leaving->end, leaving);
  const SteadyTime end = saturating_add(environment_.clock.now(), kLongestLeaving);
  while (!leaving->is_over && environment_.clock.now() < end) co_await idle_->wait_until(end);
  leaving->end.emit(asio::cancellation_type::terminal);
  while (!leaving->is_over || !leased_.empty()) co_await idle_->wait_until(SteadyTime::max());
}

std::uint32_t Worker::running() const {
  const auto runs = [](const std::shared_ptr<LeasedJob>& job) { return job->stage != LeasedJob::Stage::Ending; };
  return static_cast<std::uint32_t>(std::ranges::count_if(leased_, runs));
}

std::uint32_t Worker::free_slots() const {
  if (pause_.is_on()) return leased_.empty() && environment_.clock.now() >= pause_.next_look() ? 1 : 0;
  const std::uint32_t concurrency = config_.jobs.concurrency, run = running();
  const std::uint32_t ending = static_cast<std::uint32_t>(leased_.size()) - run;
  const std::uint32_t used = run + ending - std::min(ending, concurrency / 2);
  return concurrency - std::min(used, concurrency);
}

asio::awaitable<bool> Worker::take_ready() {
  const std::uint32_t room = free_slots();
  const ClaimSize size{.most = std::min(claim_size_, room), .has_more_room = claim_size_ < room};
  bool is_look = pause_.is_on();
  const ClaimToken token = unanswered_claim_ ? *std::exchange(unanswered_claim_, {}) : new_token();
  may_be_known_ = true;
  std::optional<Claim> answer = co_await queue_.claim(token, size, config_.jobs.lease, guards_);
  if (!answer) {
    unanswered_claim_ = token;
    co_await rest();
    co_return true;
  }
  Claim& claim = *answer;
  // A job of an answer that took as long as the lease may be another worker's by now. The same claim made again renews
  // what is still this worker's, and tells of it.
  const bool is_late =
      !claim.jobs.empty() && environment_.clock.now() >= saturating_add(claim.asked_at, config_.jobs.lease);
  if (is_late) {
    unanswered_claim_ = token;
    co_return true;
  }
  claim_size_ =
      claim.may_be_more && claim.jobs.size() == size.most ? std::min(2 * claim_size_, largest_claim(config_.jobs)) : 1;
  for (ClaimedJob& job : claim.jobs) {
    co_await end_older_run(job.id);
    // A claim that was made before the refusal, and is answered now, may bring more than the one job that looks.
    start(std::move(job), token, giving_back_ || (pause_.is_on() && !std::exchange(is_look, false)));
  }
  if (claim.lease_ran_out && !co_await recover_jobs()) {
    co_await rest();
    co_return true;
  }
  if (claim.lease_ran_out || claim.may_be_more) co_return true;
  if (claim.next) idle_until_ = std::min(idle_until_, *claim.next);
  is_listed_ = true;
  co_return false;
}

asio::awaitable<bool> Worker::recover_jobs() {
  struct Recovering {
    bool& flag;
    explicit Recovering(bool& of_worker) : flag(of_worker) { flag = true; }
    ~Recovering() { flag = false; }
  } recovering(recovering_);
  const auto jobs = co_await queue_.recover(new_token().text(), config_.jobs.recoveries, guards_);
  if (!jobs) co_return false;
  for (const RecoveredJob& job : *jobs) {
    Event event = job_event(job.failed ? EventKind::JobFailed : EventKind::JobRecovered, job.id);
    if (job.failed) event.reason = JobFailReason::RecoveredTooOften;
    environment_.emit(event);
  }
  co_return true;
}

asio::awaitable<void> Worker::end_older_run(const std::string& id) {
  const auto older_run = [&] {
    return std::ranges::find_if(leased_, [&id](const std::shared_ptr<LeasedJob>& each) {
      return each->run.claimed.id == id && each->stage == LeasedJob::Stage::Running;
    });
  };
  const auto older = older_run();
  if (older == leased_.end()) co_return;
  lose_lease(**older);
  while (older_run() != leased_.end()) co_await idle_->wait_until(SteadyTime::max());
}

void Worker::start(ClaimedJob claimed, const ClaimToken& token, bool is_given_back) {
  Random random = environment_.random.fork("job").fork(claimed.id).fork(claimed.run);
  auto job = std::make_shared<LeasedJob>(*this, JobRun{std::move(claimed), {}, token.text(), random, queue_},
                                         config_.jobs.lease, environment_.clock);
  if (is_given_back) job->give_back_after = Duration::zero();
  leased_.push_back(job);
  spawn(environment_.executor, keep_lease(job), job->end_keeping, job);
  spawn(environment_.executor, watch_lease(job));
  spawn(environment_.executor, run_job(job), job->cancel, job);
}

asio::awaitable<void> Worker::run_job(std::shared_ptr<LeasedJob> job) {
  bool recorded = false;  // How it ended.
  try {
    // The next claim goes out first: Redis sees to it while the jobs run.
    co_await asio::post(environment_.executor, asio::use_awaitable);
    let_go_if_over(*job);
    // One whose claim was under way when the others were given back is not begun.
    if (!job->give_back_after && !job->lost) {
      Event started = job->event(EventKind::JobStarted);
      started.attempt = job->run.claimed.retry_count + 1;
      handler_.read(job->run);
      if (const auto left = job->remaining(); left != Duration::max())
        started.deadline = std::max(left, Duration::zero());
      environment_.emit(started);
      AgentResult result = co_await handler_.run(job->run);
      if (result.put_off) {
        give_back_later(*job, *result.put_off);
      } else if (!result.refused_credential || !pause_for(*job, result)) {
        co_await finish_job(*job, std::move(result));
        recorded = true;
      }
    }
  } catch (const LeaseLostError&) {
    lose_lease(*job);
  } catch (const boost::system::system_error& error) {
    if (!is_cancellation(error)) throw;
  }
  if (job->give_back_after && !job->lost && !recorded) {
    // This coroutine may be cancelled: then it can wait for nothing any more.
    spawn(environment_.executor, release_job(job), job->end_release, job);
    co_return;
  }
  forget(*job);
  // Only a job that is over leaves nothing to look for.
  if (!recorded) wake();
}

void Worker::forget(LeasedJob& job) {
  job.end();
  std::erase_if(leased_, [&job](const std::shared_ptr<LeasedJob>& each) { return each.get() == &job; });
  on_free_slot();
}

asio::awaitable<void> Worker::finish_job(LeasedJob& job, AgentResult result) {
  job.stage = LeasedJob::Stage::Ending;
  on_free_slot();
  const ClaimedJob& claimed = job.run.claimed;
  const JobStep step =
      next_step(result, claimed.retry_count, config_.jobs.retry, job.run.random.fork("requeue"), job.remaining());
  if (const auto* requeue = std::get_if<RequeueJob>(&step)) {
    const auto count =
        co_await queue_.requeue(job.run.token, claimed.id, requeue->delay, std::move(result.error),
                                job.run.effect_in_doubt ? config_.jobs.lease : Duration::zero(), claimed.run);
    if (!count) throw LeaseLostError{};
    wake();  // The next claim tells when the job is due.
    Event event = job.event(EventKind::JobRequeued);
    event.retry_count = count;
    event.max_retries = config_.jobs.retry.requeues;
    event.delay = requeue->delay;
    event.reason = requeue->reason;
    environment_.emit(event);
    co_return;
  }
  if (const auto* fail = std::get_if<FailJob>(&step)) {
    const Ownership ownership =
        co_await queue_.fail(job.run.token, claimed.id, fail->reason, std::move(result.error), claimed.run);
    if (ownership == Ownership::Lost) throw LeaseLostError{};
    Event event = job.event(EventKind::JobFailed);
    event.reason = fail->reason;
    environment_.emit(event);
    co_return;
  }
  const Ownership ownership = co_await queue_.complete(job.run.token, claimed.id, claimed.run);
  if (ownership == Ownership::Lost) throw LeaseLostError{};
  Event event = job.event(EventKind::JobCompleted);
  event.attempt = claimed.retry_count + 1;
  environment_.emit(event);
}

asio::awaitable<void> Worker::rest() {
  const SteadyTime end = queue_.end_of_rest();
  while (!stopping_ && environment_.clock.now() < end) co_await idle_->wait_until(end);
}

ClaimToken Worker::new_token() {
  return {token_prefix_, ++tokens_made_};
}

void Worker::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, claim_size_);
  for (const bool flag :
       {stopping_, giving_back_, recovering_, may_be_known_, is_listed_, woken_, unanswered_claim_.has_value()}) {
    append_state(out, flag);
  }
  append_state(out, idle_until_, now);
  append_state(out, guard_look_, now);
  pause_.describe_state(out, now);
  queue_.describe_state(out, now);
  listening_->sharing.describe_state(out, now);
  handler_.describe_state(out, now);
  append_state(out, leased_.size());
  for (const std::shared_ptr<LeasedJob>& job : leased_) job->describe_state(out, now);
}

void Worker::report(EventKind kind) const {
  Event event;
  event.kind = kind;
  environment_.emit(event);
}

}  // namespace core
