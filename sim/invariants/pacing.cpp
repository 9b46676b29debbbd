// LLM requests of one worker begin at least the minimum interval apart, and no attempt outlasts its timeout.
#include <fmt/format.h>

#include <map>
#include <string>

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
    // A process that is started again begins anew.
    if (event.kind == EventKind::WorkerStarted) last_start_.erase(std::string(event.runner));
  }

  void on_call(const Event& event, const CallState& before) override {
    if (event.kind == EventKind::CallStarted && event.api == "llm.chat") check_interval(event);
    if (event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallFailed) check_timeout(event, before);
  }

 private:
  void check_interval(const Event& event) {
    const auto [last, is_first] = last_start_.try_emplace(std::string(event.runner), event.at);
    if (is_first) return;
    const Duration apart = event.at - last->second;
    if (apart < least_apart_) {
      violated(event.job, event.at,
               fmt::format("llm.chat begins {} after the one before in the same worker; {} is the least",
                           format_duration(apart), format_duration(config_.llm.min_interval)));
    }
    last->second = event.at;
  }

  /// Of an attempt that is one request. The create's may hold look-ups, which have timeouts of their own.
  void check_timeout(const Event& event, const CallState& before) {
    if (before.phase != CallState::Phase::Started) return;
    const Duration most = event.api == "llm.chat"               ? config_.llm.timeout
                          : event.api == "github.token"         ? config_.github.token.timeout
                          : event.api == "github.comments.list" ? config_.github.tools.timeout
                                                                : Duration::max();
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
  std::map<std::string, SteadyTime, std::less<>> last_start_;  ///< By runner.
};

}  // namespace

InvariantPointer make_pacing_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Pacing>(config, setting, findings);
}

}  // namespace sim
