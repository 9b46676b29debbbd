// What a search ought to meet at least once: a search that never met it has not looked there.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sim/world/world.h"

namespace sim {

enum class Probe : std::uint8_t {
  LlmExhausted,
  TokenExhausted,
  ToolExhausted,
  JobExhausted,
  JobCompleted,
  JobDeadLettered,
  OutcomeUnknown,
  HintTooLong,
  HintBeyondTheCeiling,
  HintWaitedFor,
  RateLimitReset,
  ResetOfAModel,
  HintInTheBody,
  LimitInWords,
  UsedUpQuota,
  Status402,
  Status408,
  Status409OfAModel,
  Status409OfGitHub,
  Status425,
  CallCancelled,
  LookUpAfterALostAnswer,
  LeaseLost,
  JobGivenBack,
  ModelKeyRefused,
  AppRefused,
  RefusedAgain,
  CredentialAccepted,
  JobRecovered,
  RecoveredTooOften,
  CrashWhileAJobRuns,
  CrashWhileACommentIsOnItsWay,
  RedisRestarted,
  RedisLostWrites,
  Shuffled,
  VariedForms,
  IncompleteAnswer,
  FilteredAnswer,
  NewTokenTriedAgain,
  NewTokenGivenUp,
  RedirectFollowed,
  CommentsOverPages,
  EnterpriseServer,
  RuleForOneRunner,
  RuleForEveryNthCall,
  SeveralToolsInOneAnswer,
  ToolCalledTooOften,
  AnswerThatStalls,
  AnswerInParts,
  FirstByteTooLate,
  SilenceTooLong,
  RunnerPaused,
  PausedOverALease,
  RunnerCutOff,
  RedisFull,
  RedisReadOnly,
  EnqueuedAgain,
  OperatorRetry,
  OperatorCancel,
  OperatorDrop,
  OperatorResume,
  OneClockShifted,
  FirstOfFailures,  ///< From here on each kind of failure: curable ones at each of the first attempts, final ones at
                    ///< any.
};
inline constexpr std::size_t kCurableFailures = 7;
inline constexpr std::size_t kFinalFailures = 5;
inline constexpr std::size_t kProbedAttempts = 5;  ///< The last one stands for all that follow.
inline constexpr std::size_t kProbes =
    static_cast<std::size_t>(Probe::FirstOfFailures) + kCurableFailures * kProbedAttempts + kFinalFailures;

/// "failure timeout at attempt 3"
std::string probe_name(std::size_t probe);

using Probes = std::bitset<kProbes>;

/// Marks what a world meets.
class ProbeWatch final : public WorldObserver {
 public:
  explicit ProbeWatch(const Scenario& scenario);

  const Probes& met() const { return met_; }

  void on_event(const core::Event& event) override;
  void before_request(Services& services, std::string_view runner, const core::HttpRequest& request) override;
  void on_answer(const fakes::Answer& answer, std::optional<core::TransportError> timeout) override;

 private:
  void meet(Probe probe) { met_.set(static_cast<std::size_t>(probe)); }
  void on_operator(core::EventKind kind);
  void on_retry(const core::Event& event);
  void on_failure(const core::Event& event);
  void on_give_up(const core::Event& event);
  void on_crash();
  void on_rule(const fakes::HttpRule& rule);

  Probes met_;
  std::set<core::Duration> asked_in_bodies_;  ///< By rules of the model's.
  bool limits_calls_ = false;                 ///< A tool has a limit of its own.
  std::uint32_t running_ = 0;
  bool comment_on_its_way_ = false;
  bool refused_ = false;  ///< The last failure: of a create by a 401.
  std::optional<core::SteadyTime> resumed_at_;
};

}  // namespace sim
