// Shows who works on the queue.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/json/escape.h"
#include "core/queue/queue_admin.h"
#include "runner/commands/job_text.h"
#include "runner/commands/prepared.h"
#include "runner/commands/watched.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t kJobsOfAPage = 500;
constexpr std::size_t kNamedJobs = 5;  // Of one worker, in a line for people.

struct SeenWorker {
  bool listens = false;
  bool waits = false;
  std::vector<core::QueuedJob> jobs;
};

/// By what its owner tokens begin with.
using SeenWorkers = std::map<std::string, SeenWorker>;

std::string worker_of(const std::string& owner_token) {
  return owner_token.substr(0, owner_token.rfind('/') + 1);
}

bool is_over(const core::QueuedJob& job) {
  return job.left && *job.left < core::Duration::zero();
}

/// What it does, as far as Redis knows.
std::string_view state_of(const SeenWorker& worker) {
  if (!worker.jobs.empty()) return worker.listens ? "running" : "silent";
  if (!worker.listens) return "gone";
  return worker.waits ? "idle" : "taking none";
}

core::TerminalText row(const std::string& name, const SeenWorker& worker) {
  auto text = core::TerminalText::format("  {}  {}", core::printable(core::runner_of(name), 256), state_of(worker));
  if (worker.jobs.empty()) return text.append("\n");
  text.append("  {} job{}:", worker.jobs.size(), worker.jobs.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(kNamedJobs, worker.jobs.size()); ++i) {
    text.append(" {}", core::printable(worker.jobs[i].id, 256));
    if (is_over(worker.jobs[i])) text.append(" (lease over for {})", duration_text(*worker.jobs[i].left));
  }
  if (worker.jobs.size() > kNamedJobs) text.append(" and {} more", worker.jobs.size() - kNamedJobs);
  return text.append("\n");
}

std::string json(const std::string& name, const SeenWorker& worker) {
  std::string text = "{\"runner\":";
  core::append_json_string(text, core::runner_of(name));
  append_text_json(text, "worker", name);
  text += fmt::format(",\"state\":\"{}\",\"listens\":{},\"jobs\":[", state_of(worker), worker.listens);
  for (std::size_t i = 0; i < worker.jobs.size(); ++i) {
    text += i > 0 ? ",{\"id\":" : "{\"id\":";
    core::append_json_string(text, worker.jobs[i].id);
    if (worker.jobs[i].left) text += fmt::format(",\"lease_left_ns\":{}", worker.jobs[i].left->count());
    text += '}';
  }
  return text + "]}\n";
}

/// The jobs that run are read page by page: some may end, and others begin, meanwhile.
asio::awaitable<std::optional<core::Failure>> add_running(core::QueueAdmin& admin, SeenWorkers& seen) {
  for (std::uint64_t first = 0;;) {
    auto listing = co_await admin.list(core::QueuePart::Running, first, kJobsOfAPage);
    if (!listing) co_return listing.error();
    for (core::QueuedJob& job : listing->jobs) {
      SeenWorker& worker = seen[worker_of(job.owner)];
      const auto is_same = [&job](const core::QueuedJob& each) { return each.id == job.id; };
      if (std::ranges::none_of(worker.jobs, is_same)) worker.jobs.push_back(std::move(job));
    }
    first += listing->jobs.size();
    if (listing->jobs.empty() || first >= listing->total) co_return std::nullopt;
  }
}

asio::awaitable<int> print_runners(const RunnersOptions& options, Runtime& runtime, const core::Config& config) {
  core::QueueAdmin admin(runtime.environment(), config.redis, config.jobs.lease);
  SeenWorkers seen;
  const auto known = co_await admin.workers();
  std::optional<core::Failure> failure = known ? co_await add_running(admin, seen) : known.error();
  if (failure) {
    cli::print_message("error: the queue cannot be read: " + trouble_text(runtime, *failure));
    co_return kFailed;
  }
  for (const core::KnownWorker& worker : known->workers) {
    seen[worker.worker].listens = worker.listens;
    seen[worker.worker].waits = worker.waits;
  }
  std::size_t running = 0;
  for (const auto& [name, worker] : seen) running += worker.jobs.size();
  if (!options.json) {
    cli::print("{} runner{}, {} running job{}{}\n", seen.size(), seen.size() == 1 ? "" : "s", running,
               running == 1 ? "" : "s", known->is_paused ? "; the queue is paused" : "");
  }
  for (const auto& [name, worker] : seen) {
    if (options.json) {
      cli::print_json(json(name, worker));
    } else {
      cli::print(row(name, worker));
    }
  }
  co_return kDone;
}

}  // namespace

int runners_command(const RunnersOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  return run_looks(runtime, options, [&] { return print_runners(options, runtime, prepared->settings.core); });
}

}  // namespace runner
