// A world: the runners of a scenario, the fakes that they talk to and the client that puts the jobs in, on one virtual
// clock. It runs once, until every job has ended and no world entry is left.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/kernel.h"
#include "sim/record/recorder.h"
#include "sim/scenario/scenario.h"
#include "sim/world/blow.h"
#include "sim/world/new_work.h"
#include "sim/world/open_jobs.h"
#include "sim/world/queue_watch.h"
#include "sim/world/report.h"
#include "sim/world/runner_process.h"
#include "sim/world/services.h"

namespace sim {

enum class KeepLog : std::uint8_t { AsExpected, Yes };

/// Looks on while a world runs.
class WorldObserver {
 public:
  virtual ~WorldObserver() = default;
  virtual void on_event(const core::Event& event) = 0;
  /// A runner is about to send it; no fake has seen it.
  virtual void before_request(Services& services, std::string_view runner, const core::HttpRequest& request) = 0;
  /// The fake has acted on the request; `timeout` is the client's that ends the wait for the answer, if one does.
  virtual void on_answer(const fakes::Answer& answer, std::optional<core::TransportError> timeout) {
    (void)answer;
    (void)timeout;
  }
};

/// Thrown out of a run that was told to stop before its end.
class RunStopped final : public std::exception {
 public:
  const char* what() const noexcept override { return "the run was told to stop"; }
};

struct RunOptions {
  KeepLog log = KeepLog::AsExpected;
  std::set<std::string, std::less<>> invariants_off;  ///< By name; none, but where an invariant itself is on trial.
  std::vector<Blow> blows;                            ///< By step.
  WorldObserver* observer = nullptr;
  const std::atomic<bool>* stop = nullptr;          ///< Set: the run throws RunStopped before its next step.
  std::uint64_t step_budget = Kernel::kStepBudget;  ///< As the kernel's.
};

class World final : public core::EventSink {
 public:
  /// `scenario` and `recorder` outlive the world.
  World(const Scenario& scenario, Recorder& recorder, const RunOptions& options = {});
  ~World() override;

  /// Once.
  Outcome run();

  void on_event(const core::Event& event) override;

 private:
  struct Runner {
    std::string name;
    std::uint64_t incarnations = 0;
    std::unique_ptr<RunnerProcess> process;
    core::Duration wall_shift{};  ///< Of its machine, whatever process runs there.
    std::optional<core::SteadyTime> paused_until = std::nullopt;
  };
  struct Doing;

  void before_step();
  void note_progress(const core::Event& event);
  void strike(const Blow& blow);
  /// For how long a blow pauses a runner or cuts it off: a job that it holds becomes another's.
  core::Duration lease_and_more() const;
  void plan_entries();
  void do_entry(const WorldAction& action);
  void start(Runner& runner);
  void crash(Runner& runner);
  void stop(Runner& runner, const StopRunner& stop);
  void shift_wall_clock(const ShiftWallClock& shift);
  void pause(Runner& runner, core::Duration lasts);
  void resume_if_due(Runner& runner, std::uint64_t incarnation);
  void partition(const Runner& runner, const std::vector<Peer>& from, core::Duration lasts);
  void restart_redis(const RestartRedis& restart);
  void describe_runners(std::string& out) const;
  Runner& runner_named(const std::string& name);
  /// Tells the invariants that something is disturbed from now on, for that long: one runner, or all.
  void disturb(core::Duration lasts = {}, std::string_view runner = {}, std::string_view stopping = {});

  bool finished() const;
  Outcome outcome_of(RunResult result);
  std::vector<Violation> liveness_violations(RunResult result);
  std::vector<Violation> violations(RunResult result);
  bool expects_an_unended_job() const;
  bool is_paused_by_an_operator();
  /// Each runner that is up has a credential that is refused, and takes no job until that changes.
  bool only_waits_for_credentials() const;

  const Scenario& scenario_;
  Recorder& recorder_;
  const RunOptions options_;
  std::uint64_t steps_ = 0;
  std::size_t next_blow_ = 0;
  Kernel kernel_;
  Services services_;
  Invariants invariants_;
  QueueWatch queue_watch_;
  OpenJobs jobs_;
  NewWork new_work_;
  std::vector<Runner> runners_;
  std::unique_ptr<EnqueueProcess> client_;
  std::size_t entries_left_ = 0;
  std::uint64_t redis_restarts_ = 0;
  bool keep_log_ = false;
  std::vector<std::string> log_;
  std::optional<core::SteadyTime> last_job_ended_at_;
};

/// Runs the scenario and compares what happened with what it expects.
Report run_scenario(const Scenario& scenario, Recorder& recorder, const RunOptions& options = {});

}  // namespace sim
