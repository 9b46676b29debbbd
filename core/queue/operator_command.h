// What an operator can tell the queue to do.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/events/event_kind.h"

namespace core {

enum class OperatorCommand : std::uint8_t {
  Retry,   ///< A job of the dead-letter list is run anew, with all its retries and recoveries; a delayed one at once.
  Cancel,  ///< A job that has not ended fails as `cancelled`, beside the dead-letter list.
  Drop,    ///< A job that has ended is forgotten.
  Pause,   ///< Runners take no more jobs.
  Resume,
};
constexpr std::string_view name_of(OperatorCommand command) {
  switch (command) {
    case OperatorCommand::Retry:
      return "retry";
    case OperatorCommand::Cancel:
      return "cancel";
    case OperatorCommand::Drop:
      return "drop";
    case OperatorCommand::Pause:
      return "pause";
    case OperatorCommand::Resume:
      return "resume";
  }
  return {};
}

/// The event that reports it.
constexpr EventKind event_of(OperatorCommand command) {
  switch (command) {
    case OperatorCommand::Retry:
      return EventKind::OperatorRetry;
    case OperatorCommand::Cancel:
      return EventKind::OperatorCancel;
    case OperatorCommand::Drop:
      return EventKind::OperatorDrop;
    case OperatorCommand::Pause:
      return EventKind::OperatorPause;
    case OperatorCommand::Resume:
      break;
  }
  return EventKind::OperatorResume;
}

/// It is about one job; the others are about the queue.
constexpr bool names_a_job(OperatorCommand command) {
  return command != OperatorCommand::Pause && command != OperatorCommand::Resume;
}

}  // namespace core
