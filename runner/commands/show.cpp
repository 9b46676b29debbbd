// Shows all that Redis knows of jobs.
#include <fmt/format.h>

#include "core/json/escape.h"
#include "core/queue/queue_admin.h"
#include "runner/commands/job_text.h"
#include "runner/commands/prepared.h"
#include "runner/commands/watched.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

/// Of any one text that is printed.
constexpr std::uint64_t kMostShownBytes = 64UL * 1024;
constexpr std::size_t kShownLetters = 4000;

std::string state_text(const core::ShownJob& job) {
  const bool is_past = job.left < core::Duration::zero();
  const std::string left = duration_text(job.left);
  if (job.state == "delayed") return job.state + (is_past ? ", due for " : ", due in ") + left;
  if (job.state == "running") return job.state + (is_past ? ", its lease is over for " : ", leased for ") + left;
  if (job.state == "waiting" && job.place) return fmt::format("waiting, {} before it", *job.place);
  return job.state;
}

core::TerminalText shown_text(const std::string& id, const core::ShownJob& job) {
  auto text = core::TerminalText::format("{}\n", core::printable(id, 256));
  const auto line = [&text](std::string_view name, const std::string& value) {
    if (!value.empty()) text.append("  {:<11} {}\n", name, value);
  };
  line("state", state_text(job));
  line("runner", core::printable(job.owner, 256));
  line("runs", fmt::format("{}; re-queued {}, recovered {}", job.runs, job.retry_count, job.recoveries));
  line("reason", core::printable(job.reason));
  line("last error", error_text(job.last_error, kShownLetters));
  if (job.error_ago) line("", duration_text(*job.error_ago) + " ago");
  const bool is_left_out = job.payload.empty() && job.payload_bytes > 0;
  line("payload", is_left_out ? fmt::format("{} bytes, not shown", job.payload_bytes)
                              : core::printable(job.payload, kShownLetters));
  for (const auto& [entry, said] : job.journal) {
    line("journal", core::printable(entry, 256) + ": " +
                        (said.empty() ? std::string("not shown") : core::printable(said, kShownLetters)));
  }
  return text;
}

std::string shown_json(const std::string& id, const core::ShownJob& job) {
  std::string text = "{\"id\":";
  core::append_json_string(text, id);
  append_text_json(text, "state", job.state);
  if (job.place) text += fmt::format(",\"before_it\":{}", *job.place);
  if (job.state == "delayed") text += fmt::format(",\"due_in_ns\":{}", job.left.count());
  if (job.state == "running") text += fmt::format(",\"lease_left_ns\":{}", job.left.count());
  append_text_json(text, "runner", job.owner);
  text += fmt::format(",\"runs\":{},\"retry_count\":{},\"recoveries\":{},\"payload_bytes\":{}", job.runs,
                      job.retry_count, job.recoveries, job.payload_bytes);
  append_text_json(text, "payload", job.payload);
  append_text_json(text, "reason", job.reason);
  append_error_json(text, job.last_error, job.error_ago);
  text += ",\"journal\":{";
  for (std::size_t i = 0; i < job.journal.size(); ++i) {
    if (i > 0) text += ',';
    core::append_json_string(text, job.journal[i].first);
    text += ':';
    core::append_json_string(text, job.journal[i].second);
  }
  return text + "}}\n";
}

asio::awaitable<int> show_jobs(const ShowOptions& options, Runtime& runtime, const core::Config& config) {
  core::QueueAdmin admin(runtime.environment(), config.redis, config.jobs.lease);
  int exit_code = kDone;
  for (const std::string& id : options.ids) {
    const auto shown = co_await admin.show(id, kMostShownBytes);
    if (!shown) cli::print_message("error: " + trouble_text(runtime, shown.error()));
    if (shown && !*shown) cli::print_message("error: there is no job " + core::quoted(id));
    if (!shown || !*shown) exit_code = kFailed;
    if (!shown) co_return exit_code;
    if (*shown && options.json) cli::print_json(shown_json(id, **shown));
    if (*shown && !options.json) cli::print(shown_text(id, **shown));
  }
  co_return exit_code;
}

}  // namespace

int show_command(const ShowOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  return run_looks(runtime, options, [&] { return show_jobs(options, runtime, prepared->settings.core); });
}

}  // namespace runner
