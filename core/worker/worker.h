// A worker: takes jobs from the queue, runs up to `concurrency` of them at once, keeps their leases, records how they
// end, and stops gracefully. It takes a delayed job when it is due and hears of a new one at once; it recovers jobs
// whose owner has died. Single-threaded: everything runs on the environment's executor.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/jobs/outcome.h"
#include "core/queue/queue.h"
#include "core/queue/wake_up.h"
#include "core/state.h"
#include "core/worker/credential_pause.h"
#include "core/worker/job_handler.h"

namespace core {

class Worker final : public Stateful {
 public:
  /// All that is referred to outlives the worker, and the worker all coroutines that it has started: run() must have
  /// returned, or the executor must have dropped everything, before it is destroyed.
  Worker(const Environment& environment, const Config& config, JobHandler& handler);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Works until stop(), then until the last running job has ended. Called once.
  boost::asio::awaitable<void> run();

  /// Takes no more jobs. Those that run are finished.
  void stop();

  /// For a worker that was told to stop and has no more time: those that still run are ended and given back.
  void give_back();

  /// run() has come to its end.
  bool stopped() const { return stopped_; }

  /// Those of this process that services refuse. Meanwhile no job is taken but, now and then, one to look again.
  const std::set<Credential>& refused_credentials() const { return pause_.refused(); }

  /// How many jobs run now. Includes those that are being given back; excludes those whose end is being recorded.
  std::uint32_t running() const;
  /// No run, no end and no recovery is under way that is still to be reported.
  bool idle() const { return leased_.empty() && !recovering_; }

  /// With that of its queue, its handler and its runs.
  void describe_state(std::string& out, SteadyTime now) const override;

 private:
  struct LeasedJob;
  struct Listening;
  struct Leaving;
  /// Ends waiting calls of a worker that is stopping.
  class StopGuard final : public CallGuard {
   public:
    explicit StopGuard(const Worker& worker) : worker_(worker) {}
    Admission admit(const Attempt& attempt, Waiter& waiter) override;
    void ended(const Attempt&, const Waiter&, AttemptEnd, const Failure*) override {}
    void describe_state(std::string&, SteadyTime) const override {}

   private:
    const Worker& worker_;
  };

  boost::asio::awaitable<void> take_jobs();
  /// Has others woken for jobs that this worker does not take for now.
  boost::asio::awaitable<void> leave();
  boost::asio::awaitable<void> leave_for_good(std::shared_ptr<Leaving> leaving);
  /// Of a worker that takes no more jobs: returns when the last one has ended.
  boost::asio::awaitable<void> finish();
  /// How many more jobs may run. Those whose ends are being recorded leave up to half of the slots free already, so
  /// that the next ones are fetched meanwhile.
  std::uint32_t free_slots() const;
  /// One claim, and what follows from it. False: there is nothing more to do, `idle_until_` says for how long.
  boost::asio::awaitable<bool> take_ready();
  /// False: Redis has not answered.
  boost::asio::awaitable<bool> recover_jobs();
  /// After the attempts at Redis that are allowed: as long as the longest wait between two, whatever happens meanwhile.
  boost::asio::awaitable<void> rest();
  /// A worker that is given a job which it still runs has lost that run's lease, whatever its own clock says: its watch
  /// may not have had its turn yet, and Redis' clock may be ahead.
  boost::asio::awaitable<void> end_older_run(const std::string& id);
  /// A job that `is_given_back` is released without a run.
  void start(ClaimedJob claimed, const ClaimToken& token, bool is_given_back);
  boost::asio::awaitable<void> run_job(std::shared_ptr<LeasedJob> job);
  /// Ends those that run, and gives them back.
  void give_back_running();
  /// After that delay at least.
  void give_back_later(LeasedJob& job, Duration delay = {});
  /// The run has met a refusal of this process's own credential. True: it is to be given back. The first job to meet it
  /// fails, so that an operator finds it.
  bool pause_for(LeasedJob& job, const AgentResult& result);
  void on_accepted(Credential credential);
  boost::asio::awaitable<void> finish_job(LeasedJob& job, AgentResult result);
  boost::asio::awaitable<void> keep_lease(std::shared_ptr<LeasedJob> job);
  /// Ends the run at the moment when, by this worker's own clock, another may take the job.
  boost::asio::awaitable<void> watch_lease(std::shared_ptr<LeasedJob> job);
  /// To be asked after every wait: this process may have stood still meanwhile.
  void let_go_if_over(LeasedJob& job);
  void lose_lease(LeasedJob& job);
  boost::asio::awaitable<void> release_job(std::shared_ptr<LeasedJob> job);
  void forget(LeasedJob& job);
  /// Looks for jobs at once.
  void wake();
  /// Looks for jobs, unless Redis tells this worker when there are any.
  void on_free_slot();
  void hear(const WakeUp& message);
  /// When to look for jobs although nobody says so.
  SteadyTime next_look() const { return std::min(idle_until_, guard_look_); }
  ClaimToken new_token();
  void report(EventKind kind) const;

  const Environment& environment_;
  const Config& config_;
  JobHandler& handler_;
  Queue queue_;
  StopGuard stop_guard_;
  const Guards guards_;  ///< Of calls that a stop ends.

  std::string token_prefix_;
  std::uint64_t tokens_made_ = 0;
  /// How many jobs the next claim asks for. It doubles while there are as many, so that a busy worker takes many at
  /// once and one that finds few leaves some to others.
  std::uint32_t claim_size_ = 1;
  /// A claim that was given up. It may have taken jobs: the next attempt is to be told of them.
  std::optional<ClaimToken> unanswered_claim_;
  CredentialPause pause_;
  std::vector<std::shared_ptr<LeasedJob>> leased_;  ///< Those that run, and that end, in the order of their claims.
  bool started_ = false;
  bool recovering_ = false;
  bool stopping_ = false;
  bool giving_back_ = false;
  bool stopped_ = false;
  bool may_be_known_ = false;  ///< To Redis, as one that waits for jobs.
  /// The last claim left no job that is ready: Redis has this worker on its list of those that wait.
  bool is_listed_ = false;
  bool woken_ = false;  ///< Something has happened since the last claim was sent.
  SteadyTime idle_until_;
  SteadyTime guard_look_;  ///< By then another worker that was woken has taken what is ready, or has died.
  std::shared_ptr<Listening> listening_;
  std::unique_ptr<Timer> idle_;
};

}  // namespace core
