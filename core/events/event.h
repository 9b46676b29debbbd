// The one stream that log lines, metrics, traces, timelines, invariants and reports are made from: every action of the
// core is one Event. Its texts are views that live as long as the call of on_event; whoever keeps an event copies them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <variant>

#include "core/events/event_kind.h"
#include "core/events/kind_set.h"
#include "core/retry/decide.h"
#include "core/retry/failure.h"
#include "core/time/time.h"

namespace core {

/// Why: of call.gave_up a GiveUpReason, of job.requeued a RequeueReason, of job.failed a JobFailReason.
class Reason {
 public:
  constexpr Reason() = default;
  constexpr Reason(GiveUpReason reason) : value_(reason) {}   // NOLINT(google-explicit-constructor)
  constexpr Reason(RequeueReason reason) : value_(reason) {}  // NOLINT(google-explicit-constructor)
  constexpr Reason(JobFailReason reason) : value_(reason) {}  // NOLINT(google-explicit-constructor)

  bool operator==(const Reason&) const = default;

  /// Empty where there is no reason.
  constexpr std::string_view name() const {
    return std::visit([](const auto& reason) { return name_of(reason); }, value_);
  }

  /// Nothing where the reason is none of that kind.
  template <class Enum>
  constexpr std::optional<Enum> as() const {
    const Enum* reason = std::get_if<Enum>(&value_);
    return reason != nullptr ? std::optional(*reason) : std::nullopt;
  }

 private:
  static constexpr std::string_view name_of(std::monostate) { return {}; }
  template <class Enum>
  static constexpr std::string_view name_of(Enum reason) {
    return core::name_of(reason);
  }

  std::variant<std::monostate, GiveUpReason, RequeueReason, JobFailReason> value_;
};

/// Which fields an event has depends on its kind; absent ones are empty.
struct Event {
  EventKind kind = EventKind::JobEnqueued;
  SteadyTime at;
  std::string_view runner;  ///< "runner-1"; empty for a client that is no runner.
  std::string_view job;
  std::optional<std::uint32_t> run;   ///< Counts the job's runs from 1, over all runners.
  std::optional<std::uint64_t> call;  ///< Tells the calls of one process apart; a new process starts over.
  std::string_view api;               ///< "llm.chat", "github.token", "github.comments.create", "redis.claim", ...
  std::string_view credential;        ///< "llm", "app" or "installation 7".
  std::string_view tool;              ///< "comment_on_issue".
  std::optional<std::uint32_t> attempt;
  std::optional<std::uint32_t> max_attempts;
  std::optional<std::uint32_t> attempts;
  std::optional<std::uint32_t> retry_count;
  std::optional<std::uint32_t> max_retries;
  std::optional<int> status;
  std::optional<FailureKind> failure;
  std::optional<Duration> hint;  ///< For how long the server asked not to be called again.
  std::optional<Duration> delay;
  std::optional<Duration> lost;
  std::optional<Duration> deadline;  ///< How far away the job's is, not below zero.
  std::optional<DelaySource> source;
  Reason reason;
  std::optional<AgentOutcome> outcome;
  std::string_view code;  ///< As in Failure.

  bool operator==(const Event&) const = default;  ///< Texts by what they say.
};

/// A field of an event: its name in traces and scenarios (a duration's key in a trace has "_ns" behind it), what it
/// says, and which kinds of events can have it.
template <class Value>
struct EventField {
  std::string_view name;
  std::string_view says;
  Value Event::* member;
  KindSet kinds;
};
template <class Value>
EventField(std::string_view, std::string_view, Value Event::*, KindSet) -> EventField<Value>;

/// All fields but the kind, the time and the runner (which is of kRunnerKinds), in the order in which they are written.
/// Traces, digests, recordings, expectations and the search for secrets are made from this table.
inline constexpr std::tuple kEventFields{
    EventField{"job", "The job's id.", &Event::job, kJobKinds},
    EventField{"run", "Which run of the job, from 1, over all runners.", &Event::run, kRunKinds},
    EventField{"call", "The call's number, from 1 in each process.", &Event::call, kCallKinds},
    EventField{"api", "The API, as llm.chat or github.comments.create.", &Event::api,
               kCallKinds | kCredentialKinds | kCircuitKinds},
    EventField{"credential", "Whose calls: llm, app, or installation N.", &Event::credential, kCircuitKinds},
    EventField{"tool", "The tool's name.", &Event::tool, kToolKinds},
    EventField{"attempt",
               "The attempt's number, from 1.",
               &Event::attempt,
               {EventKind::JobEnqueued, EventKind::JobStarted, EventKind::JobCompleted, EventKind::CallStarted,
                EventKind::CallSucceeded, EventKind::CallFailed, EventKind::CallRetry}},
    EventField{"max_attempts", "How many attempts there may be.", &Event::max_attempts, kCallKinds},
    EventField{"attempts", "How many attempts there were.", &Event::attempts, {EventKind::CallGaveUp}},
    EventField{"retry_count", "How often the job was put back.", &Event::retry_count, {EventKind::JobRequeued}},
    EventField{"max_retries", "How often the job may be put back.", &Event::max_retries, {EventKind::JobRequeued}},
    // A call that has only begun has no status; the page of the format names the field for it all the same.
    EventField{"status",
               "The HTTP status.",
               &Event::status,
               {EventKind::CallStarted, EventKind::CallSucceeded, EventKind::CallFailed, EventKind::CredentialRefused}},
    EventField{"failure", "What went wrong.", &Event::failure, {EventKind::CallFailed, EventKind::CallRetry}},
    EventField{"hint", "How long the server asked to wait.", &Event::hint, {EventKind::CallFailed}},
    EventField{"delay",
               "The wait.",
               &Event::delay,
               {EventKind::JobRequeued, EventKind::JobReleased, EventKind::CallRetry, EventKind::WorkerPaused,
                EventKind::CredentialRefused, EventKind::CircuitOpened}},
    EventField{"lost", "The last stretch whose writes are gone.", &Event::lost, {EventKind::RedisRestarted}},
    EventField{"deadline", "How far away the job's deadline is.", &Event::deadline, {EventKind::JobStarted}},
    EventField{"source", "Where the wait's length came from.", &Event::source, {EventKind::CallRetry}},
    EventField{"reason",
               "Why it was given up, put back or failed.",
               &Event::reason,
               {EventKind::JobRequeued, EventKind::JobFailed, EventKind::CallGaveUp}},
    EventField{"outcome", "How the agent ended.", &Event::outcome, {EventKind::AgentFinished}},
    EventField{"code", "The error code of the log line, as ECONNRESET.", &Event::code, {EventKind::CallFailed}},
};

/// Calls visit(field) with each EventField of the table.
template <class Visitor>
constexpr void for_each_event_field(Visitor&& visit) {
  std::apply([&visit](const auto&... field) { (visit(field), ...); }, kEventFields);
}

namespace detail {

/// How a field's value is shown: nothing where it is absent.
inline std::optional<std::string_view> shown(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
inline std::optional<std::string_view> shown(const Reason& reason) {
  return shown(reason.name());
}
inline std::optional<Duration> shown(std::optional<Duration> duration) {
  return duration;
}
template <class Value>
auto shown(const std::optional<Value>& value) {
  if constexpr (std::is_enum_v<Value>) {
    return value ? std::optional(name_of(*value)) : std::nullopt;
  } else {
    return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
  }
}

}  // namespace detail

/// Calls visit(name, value) for each field that is present, in the table's order: value is a std::string_view, a
/// std::int64_t or a Duration.
template <class Visitor>
void for_each_field(const Event& event, Visitor&& visit) {
  for_each_event_field([&](const auto& field) {
    if (const auto value = detail::shown(event.*(field.member))) visit(field.name, *value);
  });
}

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace core
