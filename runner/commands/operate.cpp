// What an operator does: looks at one job, brings jobs back, cancels and drops them, and pauses the queue.
#include <fmt/format.h>

#include <algorithm>

#include "core/json/escape.h"
#include "core/queue/queue_admin.h"
#include "core/text/compose.h"
#include "core/time/text.h"
#include "runner/commands/prepared.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

using core::OperatorAnswer;
using core::OperatorCommand;

/// Of any one text that `show` prints.
constexpr std::uint64_t kMostShownBytes = 64UL * 1024;
constexpr std::size_t kShownLetters = 4000;

std::string_view done_text(OperatorCommand command) {
  switch (command) {
    case OperatorCommand::Retry:
      return "back in the queue";
    case OperatorCommand::Cancel:
      return "cancelled";
    case OperatorCommand::Drop:
      return "dropped";
    case OperatorCommand::Pause:
      return "paused: no runner takes a job until `runner resume`";
    case OperatorCommand::Resume:
      break;
  }
  return "resumed";
}

/// Why it was not done to a job that is there.
std::string_view refusal_text(OperatorCommand command) {
  switch (command) {
    case OperatorCommand::Retry:
      return "is not on the dead-letter list";
    case OperatorCommand::Cancel:
      return "has ended already";
    default:
      return "has not ended; `runner cancel` ends it";
  }
}

class Operator {
 public:
  Operator(Runtime& runtime, const core::RedisConfig& config, bool json)
      : runtime_(runtime), json_(json), admin_(runtime.environment(), config) {}

  asio::awaitable<void> act_on(OperatorCommand command, std::vector<std::string> ids) {
    for (const std::string& id : ids) {
      const auto answer = co_await admin_.act(command, id, new_token());
      if (!answer) co_return fail(trouble_text(runtime_, answer.error()));
      tell(command, id, *answer);
    }
  }

  /// Those that are on the dead-letter list now: one that fails again meanwhile is left.
  asio::awaitable<void> act_on_dead(OperatorCommand command) {
    constexpr std::uint64_t kAtOnce = 100;
    auto listing = co_await admin_.list(core::QueuePart::Dead, 0, kAtOnce);
    for (std::uint64_t left = listing ? listing->total : 0; listing && left > 0 && !listing->jobs.empty();) {
      std::vector<std::string> ids;
      for (core::QueuedJob& job : listing->jobs) ids.push_back(std::move(job.id));
      ids.resize(std::min<std::uint64_t>(ids.size(), left));
      left -= ids.size();
      co_await act_on(command, std::move(ids));
      if (exit_code_ != kDone) co_return;
      listing = co_await admin_.list(core::QueuePart::Dead, 0, kAtOnce);
    }
    if (!listing) fail(trouble_text(runtime_, listing.error()));
  }

  /// Done already is done.
  asio::awaitable<void> act_on_queue(OperatorCommand command) {
    const auto answer = co_await admin_.act(command, {}, new_token());
    if (!answer) co_return fail(trouble_text(runtime_, answer.error()));
    const bool is_new = *answer == OperatorAnswer::Done;
    if (json_) {
      cli::print(fmt::format("{{\"command\":\"{}\",\"changed\":{}}}\n", name_of(command), is_new));
    } else {
      cli::print(fmt::format("{}{}\n", is_new ? "" : "already ", done_text(command)));
    }
  }

  asio::awaitable<void> show(std::vector<std::string> ids) {
    for (const std::string& id : ids) {
      const auto shown = co_await admin_.show(id, kMostShownBytes);
      if (!shown) co_return fail(trouble_text(runtime_, shown.error()));
      if (*shown) {
        cli::print(json_ ? shown_json(id, **shown) : shown_text(id, **shown));
      } else {
        fail("there is no job " + core::quoted(id));
      }
    }
  }

  int exit_code() const { return exit_code_; }

 private:
  std::string new_token() {
    return fmt::format("operator/{:016x}", runtime_.environment().random.fork("operator").fork(tokens_made_++).bits());
  }

  void tell(OperatorCommand command, const std::string& id, OperatorAnswer answer) {
    const bool is_done = answer == OperatorAnswer::Done;
    if (json_) {
      std::string line = fmt::format("{{\"command\":\"{}\",\"id\":", name_of(command));
      core::append_json_string(line, id);
      cli::print(line + fmt::format(",\"done\":{}}}\n", is_done));
    } else if (is_done) {
      cli::print(fmt::format("{}: {}\n", done_text(command), core::printable(id, 256)));
    }
    if (is_done) return;
    fail(answer == OperatorAnswer::NoSuchJob ? "there is no job " + core::quoted(id)
                                             : fmt::format("{} {}", core::quoted(id), refusal_text(command)));
  }

  static std::string shown_text(const std::string& id, const core::ShownJob& job) {
    std::string text = core::printable(id, 256) + "\n";
    const auto line = [&text](std::string_view name, const std::string& value) {
      if (!value.empty()) text += fmt::format("  {:<11} {}\n", name, value);
    };
    line("state", state_text(job));
    line("runner", core::printable(job.owner, 256));
    line("runs", fmt::format("{}; re-queued {}, recovered {}", job.runs, job.retry_count, job.recoveries));
    line("reason", core::printable(job.reason));
    line("last error", core::printable(job.last_error, kShownLetters));
    if (job.error_ago) line("", rounded(*job.error_ago) + " ago");
    const bool is_left_out = job.payload.empty() && job.payload_bytes > 0;
    line("payload", is_left_out ? fmt::format("{} bytes, not shown", job.payload_bytes)
                                : core::printable(job.payload, kShownLetters));
    for (const auto& [entry, said] : job.journal) {
      line("journal", core::printable(entry, 256) + ": " +
                          (said.empty() ? std::string("not shown") : core::printable(said, kShownLetters)));
    }
    return text;
  }

  static std::string rounded(core::Duration duration) {
    return core::format_duration(std::chrono::round<std::chrono::milliseconds>(duration));
  }

  static std::string state_text(const core::ShownJob& job) {
    const bool is_past = job.left < core::Duration::zero();
    const std::string left = rounded(is_past ? -job.left : job.left);
    if (job.state == "delayed") return job.state + (is_past ? ", due for " : ", due in ") + left;
    if (job.state == "running") return job.state + (is_past ? ", its lease is over for " : ", leased for ") + left;
    if (job.state == "waiting" && job.place) return fmt::format("waiting, {} before it", *job.place);
    return job.state;
  }

  static std::string shown_json(const std::string& id, const core::ShownJob& job) {
    std::string text = "{\"id\":";
    core::append_json_string(text, id);
    const auto field = [&text](std::string_view name, const std::string& value) {
      if (value.empty()) return;
      text += fmt::format(",\"{}\":", name);
      core::append_json_string(text, value);
    };
    field("state", job.state);
    if (job.place) text += fmt::format(",\"before_it\":{}", *job.place);
    if (job.state == "delayed") text += fmt::format(",\"due_in_ns\":{}", job.left.count());
    if (job.state == "running") text += fmt::format(",\"lease_left_ns\":{}", job.left.count());
    field("runner", job.owner);
    text += fmt::format(",\"runs\":{},\"retry_count\":{},\"recoveries\":{},\"payload_bytes\":{}", job.runs,
                        job.retry_count, job.recoveries, job.payload_bytes);
    field("payload", job.payload);
    field("reason", job.reason);
    field("last_error", job.last_error);
    if (job.error_ago) text += fmt::format(",\"error_ago_ns\":{}", job.error_ago->count());
    text += ",\"journal\":{";
    for (std::size_t i = 0; i < job.journal.size(); ++i) {
      if (i > 0) text += ',';
      core::append_json_string(text, job.journal[i].first);
      text += ':';
      core::append_json_string(text, job.journal[i].second);
    }
    return text + "}}\n";
  }

  void fail(const std::string& what) {
    cli::print_message("error: " + what);
    exit_code_ = kFailed;
  }

  Runtime& runtime_;
  const bool json_;
  core::QueueAdmin admin_;
  std::uint64_t tokens_made_ = 0;
  int exit_code_ = kDone;
};

}  // namespace

int show_command(const ShowOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  Operator does(runtime, prepared->settings.core.redis, options.json);
  run_to_end(runtime, does.show(options.ids));
  return does.exit_code();
}

int operator_command(const OperatorOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  Operator does(runtime, prepared->settings.core.redis, options.json);
  if (!names_a_job(options.command)) {
    run_to_end(runtime, does.act_on_queue(options.command));
  } else {
    run_to_end(runtime,
               options.all_dead ? does.act_on_dead(options.command) : does.act_on(options.command, options.ids));
  }
  return does.exit_code();
}

}  // namespace runner
