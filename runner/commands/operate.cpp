// What an operator does: brings jobs back, cancels and drops them, and pauses the queue.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/json/escape.h"
#include "core/queue/queue_admin.h"
#include "runner/commands/prepared.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

using core::OperatorAnswer;
using core::OperatorCommand;

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
      return "is neither on the dead-letter list nor waiting for a retry";
    case OperatorCommand::Cancel:
      return "has ended already";
    default:
      return "has not ended; `runner cancel` ends it";
  }
}

class Operator {
 public:
  Operator(Runtime& runtime, const core::Config& config, bool json)
      : runtime_(runtime), json_(json), admin_(runtime.environment(), config.redis, config.jobs.lease) {}

  asio::awaitable<void> act_on(OperatorCommand command, std::vector<std::string> ids) {
    for (const std::string& id : ids) {
      const auto answer = co_await admin_.act(command, id, new_token());
      if (!answer) co_return fail(trouble_text(runtime_, answer.error()));
      tell(command, id, *answer);
    }
  }

  /// Those that are on the dead-letter list now, and are meant: one that fails again meanwhile is left.
  asio::awaitable<void> act_on_dead(OperatorCommand command, JobFilter filter) {
    constexpr std::uint64_t kAtOnce = 100;
    std::uint64_t passed = 0;  // They stay on the list.
    std::uint64_t left = std::numeric_limits<std::uint64_t>::max();
    while (left > 0) {
      auto listing = co_await admin_.list(core::QueuePart::Dead, passed, kAtOnce);
      if (!listing) co_return fail(trouble_text(runtime_, listing.error()));
      left = std::min(left, listing->total);
      if (listing->jobs.size() > left) listing->jobs.resize(left);
      if (listing->jobs.empty()) co_return;
      left -= listing->jobs.size();
      std::vector<std::string> ids;
      for (core::QueuedJob& job : listing->jobs) {
        if (filter.matches(job)) ids.push_back(std::move(job.id));
      }
      passed += listing->jobs.size() - ids.size();
      for (const std::string& id : ids) {
        const auto answer = co_await admin_.act(command, id, new_token());
        if (!answer) co_return fail(trouble_text(runtime_, answer.error()));
        // Another operator may have done the same meanwhile.
        if (*answer == OperatorAnswer::Done) tell(command, id, *answer);
      }
    }
  }

  /// Done already is done.
  asio::awaitable<void> act_on_queue(OperatorCommand command) {
    const auto answer = co_await admin_.act(command, {}, new_token());
    if (!answer) co_return fail(trouble_text(runtime_, answer.error()));
    const bool is_new = *answer == OperatorAnswer::Done;
    if (json_) {
      cli::print_json(fmt::format("{{\"command\":\"{}\",\"changed\":{}}}\n", name_of(command), is_new));
    } else {
      cli::print("{}{}\n", is_new ? "" : "already ", done_text(command));
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
      cli::print_json(line + fmt::format(",\"done\":{}}}\n", is_done));
    } else if (is_done) {
      cli::print("{}: {}\n", done_text(command), core::printable(id, 256));
    }
    if (is_done) return;
    fail(answer == OperatorAnswer::NoSuchJob ? "there is no job " + core::quoted(id)
                                             : fmt::format("{} {}", core::quoted(id), refusal_text(command)));
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

int operator_command(const OperatorOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  Operator does(runtime, prepared->settings.core, options.json);
  if (!names_a_job(options.command)) {
    run_to_end(runtime, does.act_on_queue(options.command));
  } else {
    run_to_end(runtime, options.all_dead ? does.act_on_dead(options.command, options.filter)
                                         : does.act_on(options.command, options.ids));
  }
  return does.exit_code();
}

}  // namespace runner
