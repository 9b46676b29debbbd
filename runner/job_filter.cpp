#include "runner/job_filter.h"

namespace runner {

bool JobFilter::matches(const core::QueuedJob& job) const {
  if (reason && job.reason != name_of(*reason)) return false;
  if (!api.empty() && job.last_error.api != api && !job.last_error.api.starts_with(api + ".")) return false;
  if (older_than && !(job.error_ago && *job.error_ago > *older_than)) return false;
  return !newer_than || (job.error_ago && *job.error_ago < *newer_than);
}

}  // namespace runner
