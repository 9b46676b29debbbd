// LLM requests of one worker begin at least the minimum interval apart, no attempt outlasts its timeout, and no more
// jobs of a worker have calls under way than it may run at once.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "core/time/text.h"
#include "sim/invariants/families.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::SteadyTime;

// On a real machine an event is stamped a little after what it tells of, and a busy process notices a timeout late.
constexpr Duration kStampedLate = std::chrono::milliseconds(1);
constexpr Duration kNoticedLate = std::chrono::seconds(1);

class Pacing final : public Invariant {
 public:
  Pacing(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings),
        config_(config),
        least_apart_(config.llm.min_interval - (setting.exact ? Duration::zero() : kStampedLate)),
        grace_(setting.exact ? Duration::zero() : kNoticedLate) {}

  std::string_view name() const override { return "pacing"; }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::WorkerStarted:
        // A process that is started again begins anew.
        workers_.erase(std::string(event.runner));
        return;
      case EventKind::WorkerResumed:
        workers_[std::string(event.runner)].resumed_at = event.at;
        return;
      case EventKind::JobCompleted:
      case EventKind::JobRequeued:
      case EventKind::JobReleased:
      case EventKind::JobFailed:
      case EventKind::LeaseLost:
        if (core::ends_a_run(event)) end_call(event);
        return;
      default:
        return;
    }
  }

  void on_call(const Event& event, const CallState& before) override {
    // Tokens are fetched for all jobs, and the queue is the worker's own.
    const bool is_of_job = !core::is_of(core::Service::Redis, event.api) && event.api != core::api::kToken;
    if (event.kind == EventKind::CallStarted && event.api == core::api::kChat) check_interval(event);
    if (event.kind == EventKind::CallStarted && is_of_job) begin_call(event);
    if (event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallFailed) check_timeout(event, before);
    const bool is_end = event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallGaveUp;
    if (is_end && is_of_job) end_call(event);
  }

 private:
  void check_interval(const Event& event) {
    std::optional<SteadyTime>& last = workers_[std::string(event.runner)].last_start;
    const Duration apart = last ? event.at - *last : Duration::max();
    if (apart < least_apart_) {
      violated(event.job, event.at,
               fmt::format("llm.chat begins {} after the one before in the same worker; {} is the least",
                           format_duration(apart), format_duration(config_.llm.min_interval)));
    }
    last = event.at;
  }

  /// A look-up that belongs to a call ends the job's part in the count early, never too late.
  void begin_call(const Event& event) {
    auto& in_call = workers_[std::string(event.runner)].in_call;
    if (!in_call.emplace(event.job).second || in_call.size() <= config_.jobs.concurrency) return;
    violated(event.job, event.at,
             fmt::format("with {} calls of {} jobs are under way in one worker; it may run {} at once", event.api,
                         in_call.size(), config_.jobs.concurrency));
  }

  void end_call(const Event& event) {
    const auto worker = workers_.find(event.runner);
    if (worker == workers_.end()) return;
    const auto job = worker->second.in_call.find(event.job);
    if (job != worker->second.in_call.end()) worker->second.in_call.erase(job);
  }

  /// Of an attempt that is one request. A tool's may hold look-ups, which have timeouts of their own.
  void check_timeout(const Event& event, const CallState& before) {
    if (before.phase != CallState::Phase::Started) return;
    // A process that stood still learns late what came meanwhile.
    const auto worker = workers_.find(event.runner);
    if (worker != workers_.end() && worker->second.resumed_at == event.at) return;
    const core::Api* api = core::find_api(event.api);
    if (api == nullptr || core::is_call_of_tool(event.api) || api->service == core::Service::Redis) return;
    const Duration most = config_.timeout_of(*api);
    const Duration took = event.at - before.since;
    if (took - grace_ > most) {
      violated(event.job, event.at,
               fmt::format("{} attempt {} took {}; its timeout is {}", event.api, event.attempt.value_or(0),
                           format_duration(took), format_duration(most)));
    }
  }

  const core::Config& config_;
  const Duration least_apart_;
  const Duration grace_;
  struct Worker {
    std::optional<SteadyTime> last_start;        ///< Of a request to the LLM.
    std::optional<SteadyTime> resumed_at;        ///< After it stood still.
    std::set<std::string, std::less<>> in_call;  ///< Jobs.
  };
  std::map<std::string, Worker, std::less<>> workers_;
};

}  // namespace

InvariantPointer make_pacing_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Pacing>(config, setting, findings);
}

}  // namespace sim
