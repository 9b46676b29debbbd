// Looks at the queue.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/json/escape.h"
#include "core/queue/queue_admin.h"
#include "core/time/text.h"
#include "runner/commands/prepared.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

using core::QueuedJob;
using core::QueueListing;
using core::QueuePart;

constexpr std::array kParts = {QueuePart::Ready, QueuePart::Delayed, QueuePart::Running, QueuePart::Dead};

/// "in 12.5s", "for 3s more": what the time of a job means depends on where it is.
std::string when(QueuePart part, const QueuedJob& job) {
  if (!job.left) return {};
  const auto left = std::chrono::round<std::chrono::milliseconds>(*job.left);
  const std::string size = core::format_duration(left < core::Duration::zero() ? -left : left);
  const bool past = left < core::Duration::zero();
  if (part == QueuePart::Delayed) return past ? "due for " + size : "due in " + size;
  return past ? "lease over for " + size : "leased for " + size;
}

std::string row(QueuePart part, const QueuedJob& job) {
  std::string text = "  " + core::printable(job.id, 256);
  if (job.retry_count > 0) text += fmt::format("  retries {}", job.retry_count);
  if (job.recoveries > 0) text += fmt::format("  recoveries {}", job.recoveries);
  if (const std::string time = when(part, job); !time.empty()) text += "  " + time;
  if (!job.reason.empty()) text += "  " + core::printable(job.reason);
  if (!job.last_error.empty()) text += "  last error: " + core::printable(job.last_error, 200);
  return text + "\n";
}

std::string json(QueuePart part, const QueuedJob& job) {
  std::string text = fmt::format("{{\"state\":\"{}\",\"id\":", name_of(part));
  core::append_json_string(text, job.id);
  text += fmt::format(",\"retry_count\":{},\"recoveries\":{}", job.retry_count, job.recoveries);
  if (job.left) {
    text += fmt::format(",\"{}\":{}", part == QueuePart::Delayed ? "due_in_ns" : "lease_left_ns", job.left->count());
  }
  if (!job.reason.empty()) {
    text += ",\"reason\":";
    core::append_json_string(text, job.reason);
  }
  if (!job.last_error.empty()) {
    text += ",\"last_error\":";
    core::append_json_string(text, job.last_error);
  }
  return text + "}\n";
}

asio::awaitable<void> print_jobs(const ListOptions& options, Runtime& runtime, const core::RedisConfig& config,
                                 int& exit_code) {
  core::QueueAdmin admin(runtime.environment(), config);
  for (const QueuePart part : kParts) {
    if (options.part && *options.part != part) continue;
    const auto listing = co_await admin.list(part, 0, options.limit);
    if (!listing) {
      cli::print_message("error: the queue cannot be read: " + trouble_text(runtime, listing.error()));
      exit_code = kFailed;
      co_return;
    }
    if (!options.json) cli::print(fmt::format("{} {}\n", listing->total, name_of(part)));
    for (const QueuedJob& job : listing->jobs) cli::print(options.json ? json(part, job) : row(part, job));
    const std::uint64_t more = listing->total - std::min<std::uint64_t>(listing->total, listing->jobs.size());
    if (!options.json && more > 0 && options.limit > 0) cli::print(fmt::format("  and {} more\n", more));
  }
}

}  // namespace

int jobs_command(const ListOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  int exit_code = kDone;
  run_to_end(runtime, print_jobs(options, runtime, prepared->settings.core.redis, exit_code));
  return exit_code;
}

}  // namespace runner
