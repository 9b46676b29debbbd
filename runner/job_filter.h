// Which jobs of the dead-letter list are meant.
#pragma once

#include <optional>
#include <string>

#include "core/queue/queue_admin.h"

namespace runner {

/// What is given must all hold.
struct JobFilter {
  std::optional<core::JobFailReason> reason;
  /// Of the call that met the last error: "github.comments.create", or what such names begin with: "github".
  std::string api;
  /// Since it failed. A job of which nobody knows matches neither.
  std::optional<core::Duration> older_than;
  std::optional<core::Duration> newer_than;

  bool is_empty() const { return !reason && api.empty() && !older_than && !newer_than; }
  bool matches(const core::QueuedJob& job) const;
};

}  // namespace runner
