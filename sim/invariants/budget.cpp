// Where repeated calls are bounded over all jobs (config.budget): a worker never makes more of them than its minimum
// and its share of the other calls cover, counted since it began. Operations that many credentials are used for have a
// budget for each, which events do not tell apart: they are not judged.
#include <fmt/format.h>

#include <map>
#include <string>

#include "core/api/api.h"
#include "core/time/wide.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::SteadyTime;

class BudgetKept final : public Invariant {
 public:
  BudgetKept(const core::Config& config, Findings& findings) : Invariant(findings), config_(config) {}

  std::string_view name() const override { return "budget"; }

  void on_event(const Event& event) override {
    if (event.kind == EventKind::WorkerStarted) workers_[std::string(event.runner)] = {.since = event.at};
    if (config_.budget.enabled && event.kind == EventKind::JobStarted) {
      known_of(is_rerun_, event.runner, event.job) = event.attempt.value_or(1) > 1;
    }
  }

  void on_call(const Event& event, const CallState&) override {
    const bool is_token = event.api == core::api::kToken;
    if (!config_.budget.enabled || event.kind != EventKind::CallStarted) return;
    if (!is_token && event.api != core::api::kChat) return;
    Worker& worker = workers_[std::string(event.runner)];
    Calls& calls = is_token ? worker.token : worker.chat;
    const bool is_of_a_rerun = !is_token && known_of(is_rerun_, event.runner, event.job);
    if (event.attempt.value_or(1) == 1 && !is_of_a_rerun) {
      ++calls.others;
      return;
    }
    ++calls.repeats;
    if (calls.repeats <= most(calls, event.at - worker.since)) return;
    violated(event.job, event.at,
             fmt::format("{} is repeated {} times beside {} other calls, more than the budget covers", event.api,
                         calls.repeats, calls.others));
  }

  void on_job_over(std::string_view runner, std::string_view job) override { forget_run(is_rerun_, runner, job); }

 private:
  struct Calls {
    std::uint64_t others = 0, repeats = 0;
  };
  struct Worker {
    SteadyTime since;
    Calls chat, token;
  };

  std::uint64_t most(const Calls& calls, core::Duration elapsed) const {
    const core::BudgetConfig& budget = config_.budget;
    const core::UnsignedWide by_time = static_cast<core::UnsignedWide>(elapsed.count()) * budget.minimum /
                                       static_cast<std::uint64_t>(budget.window.count());
    const core::UnsignedWide by_calls = core::UnsignedWide{calls.others} * budget.ratio.millionths / 1'000'000;
    constexpr std::uint64_t kRoundedUp = 2;
    return budget.minimum + static_cast<std::uint64_t>(by_time + by_calls) + kRoundedUp;
  }

  const core::Config& config_;
  std::map<std::string, Worker, std::less<>> workers_;
  RunMap<bool> is_rerun_;
};

}  // namespace

InvariantPointer make_budget_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<BudgetKept>(config, findings);
}

}  // namespace sim
