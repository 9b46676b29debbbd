// Looks at the queue.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/json/escape.h"
#include "core/queue/queue_admin.h"
#include "runner/commands/job_text.h"
#include "runner/commands/prepared.h"
#include "runner/commands/watched.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

using core::QueuedJob;
using core::QueueListing;
using core::QueuePart;

constexpr std::array kParts = {QueuePart::Ready, QueuePart::Delayed, QueuePart::Running, QueuePart::Dead};
constexpr std::uint64_t kAtOnce = 500;

/// "due in 12.5s", "leased for 3s": what the time of a job means depends on where it is.
std::string when(QueuePart part, const QueuedJob& job) {
  if (!job.left) return {};
  const std::string size = duration_text(*job.left);
  const bool past = *job.left < core::Duration::zero();
  if (part == QueuePart::Delayed) return past ? "due for " + size : "due in " + size;
  return past ? "lease over for " + size : "leased for " + size;
}

core::TerminalText row(QueuePart part, const QueuedJob& job) {
  auto text = core::TerminalText::format("  {}", core::printable(job.id, 256));
  if (job.retry_count > 0) text.append("  retries {}", job.retry_count);
  if (job.recoveries > 0) text.append("  recoveries {}", job.recoveries);
  if (const std::string time = when(part, job); !time.empty()) text.append("  {}", time);
  if (!job.owner.empty()) text.append("  by {}", core::printable(core::runner_of(job.owner), 256));
  if (!job.reason.empty()) text.append("  {}", core::printable(job.reason));
  if (part == QueuePart::Dead && job.error_ago) text.append("  {} ago", duration_text(*job.error_ago));
  if (const std::string error = error_text(job.last_error, 200); !error.empty()) text.append("  last error: {}", error);
  return text.append("\n");
}

std::string json(QueuePart part, const QueuedJob& job) {
  std::string text = fmt::format("{{\"state\":\"{}\",\"id\":", name_of(part));
  core::append_json_string(text, job.id);
  text += fmt::format(",\"retry_count\":{},\"recoveries\":{}", job.retry_count, job.recoveries);
  if (job.left) {
    text += fmt::format(",\"{}\":{}", part == QueuePart::Delayed ? "due_in_ns" : "lease_left_ns", job.left->count());
  }
  append_text_json(text, "runner", core::runner_of(job.owner));
  append_text_json(text, "reason", job.reason);
  append_error_json(text, job.last_error, job.error_ago);
  return text + "}\n";
}

/// Prints one part of the queue, page by page: however many jobs there are, few are held at once.
class Part {
 public:
  Part(const ListOptions& options, core::QueueAdmin& admin, QueuePart part)
      : options_(options), admin_(admin), part_(part) {}

  asio::awaitable<std::optional<core::Failure>> print() {
    for (std::uint64_t first = 0; first == 0 || (first < total_ && wants_more());) {
      const bool takes_all = options_.filter.is_empty() || options_.limit == 0;
      const auto listing =
          co_await admin_.list(part_, first, takes_all ? std::min(kAtOnce, options_.limit - shown_) : kAtOnce);
      if (!listing) co_return listing.error();
      if (first == 0) print_head(listing->total);
      if (listing->jobs.empty()) break;
      for (const QueuedJob& job : listing->jobs) print_job(job);
      first += listing->jobs.size();
    }
    if (!options_.json && options_.limit > 0) print_rest();
    co_return std::nullopt;
  }

 private:
  /// With a filter one more than is shown is looked for, to say that there are more.
  bool wants_more() const { return shown_ < options_.limit + (options_.filter.is_empty() ? 0 : 1); }

  void print_head(std::uint64_t total) {
    total_ = total;
    if (!options_.json) cli::print("{} {}\n", total, name_of(part_));
  }

  void print_job(const QueuedJob& job) {
    if (!options_.filter.matches(job)) return;
    if (shown_++ >= options_.limit) return;
    if (options_.json) {
      cli::print_json(json(part_, job));
    } else {
      cli::print(row(part_, job));
    }
  }

  void print_rest() const {
    if (!options_.filter.is_empty()) {
      if (shown_ > options_.limit) cli::print("  and more\n");
      if (shown_ == 0 && total_ > 0) cli::print("  none that was meant\n");
    } else if (total_ > shown_) {
      cli::print("  and {} more\n", total_ - shown_);
    }
  }

  const ListOptions& options_;
  core::QueueAdmin& admin_;
  const QueuePart part_;
  std::uint64_t total_ = 0;
  std::uint64_t shown_ = 0;  ///< And, with a filter, perhaps one more that was not.
};

asio::awaitable<int> print_jobs(const ListOptions& options, Runtime& runtime, const core::Config& config) {
  core::QueueAdmin admin(runtime.environment(), config.redis, config.jobs.lease);
  for (const QueuePart part : kParts) {
    if (options.part && *options.part != part) continue;
    Part printed(options, admin, part);
    const std::optional<core::Failure> failure = co_await printed.print();
    if (!failure) continue;
    cli::print_message("error: the queue cannot be read: " + trouble_text(runtime, *failure));
    co_return kFailed;
  }
  co_return kDone;
}

}  // namespace

int jobs_command(const ListOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  return run_looks(runtime, options, [&] { return print_jobs(options, runtime, prepared->settings.core); });
}

}  // namespace runner
