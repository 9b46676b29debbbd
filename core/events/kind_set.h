// Sets of kinds of events, for saying which of them have something in common.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "core/events/event_kind.h"
#include "core/text/enum_names.h"

namespace core {

class KindSet {
 public:
  static_assert(values_of<EventKind>().size() <= 64, "a bit for each kind");

  constexpr KindSet(std::initializer_list<EventKind> kinds) {
    for (const EventKind kind : kinds) bits_ |= bit_of(kind);
  }

  static constexpr KindSet all() {
    KindSet all{};
    for (const EventKind kind : values_of<EventKind>()) all.bits_ |= bit_of(kind);
    return all;
  }

  constexpr bool contains(EventKind kind) const { return (bits_ & bit_of(kind)) != 0; }

  constexpr KindSet operator|(KindSet other) const {
    other.bits_ |= bits_;
    return other;
  }
  constexpr KindSet operator-(KindSet other) const {
    other.bits_ = bits_ & ~other.bits_;
    return other;
  }

 private:
  static constexpr std::uint64_t bit_of(EventKind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); }

  std::uint64_t bits_ = 0;
};

/// Attempts of a call, and its end.
inline constexpr KindSet kCallKinds{EventKind::CallStarted, EventKind::CallSucceeded, EventKind::CallFailed,
                                    EventKind::CallRetry, EventKind::CallGaveUp};
inline constexpr KindSet kCredentialKinds{EventKind::CredentialRefused, EventKind::CredentialAccepted};
inline constexpr KindSet kCircuitKinds{EventKind::CircuitOpened, EventKind::CircuitClosed};
inline constexpr KindSet kToolKinds{EventKind::ToolStarted, EventKind::ToolSucceeded, EventKind::ToolFailed};
/// What happens in a run of a job.
inline constexpr KindSet kRunKinds =
    kCallKinds | kToolKinds | KindSet{EventKind::JobStarted,   EventKind::JobCompleted, EventKind::JobRequeued,
                                      EventKind::JobFailed,    EventKind::JobReleased,  EventKind::LeaseLost,
                                      EventKind::AgentFinished};
/// What happens to a job.
inline constexpr KindSet kJobKinds =
    kRunKinds | KindSet{EventKind::JobEnqueued, EventKind::JobRecovered, EventKind::OperatorRetry,
                        EventKind::OperatorCancel, EventKind::OperatorDrop};
/// What a client that puts jobs in does, or an operator. A runner's own trace holds none of these.
inline constexpr KindSet kClientKinds{EventKind::JobEnqueued,  EventKind::OperatorRetry, EventKind::OperatorCancel,
                                      EventKind::OperatorDrop, EventKind::OperatorPause, EventKind::OperatorResume};
/// What happens in a runner's process, or to it: all but what a client or an operator does, and Redis.
inline constexpr KindSet kRunnerKinds = KindSet::all() - (kClientKinds | KindSet{EventKind::RedisRestarted});

}  // namespace core
