// Effects happen once: a key has one comment, issue, review, ... at most, and is never sent with two texts while the
// first may have been posted; a job has no more of each than its agent asked for in one run, and was allowed, and no
// fewer than it was told of; a job that is given back is delayed exactly when what it asked for may still come.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "core/text/text_hash.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Event;
using core::EventKind;
using core::SteadyTime;

std::string_view hexadecimal(std::string_view text) {
  return text.substr(0, text.find_first_not_of("0123456789abcdef"));
}

/// That of a branch is its name, which ends in twelve digits of the key.
std::string_view key_of_branch(std::string_view text) {
  constexpr std::string_view kRef = "refs/heads/", kOwn = "rehearse/";
  constexpr std::size_t kDigits = 12;
  const std::size_t ref = text.find(kRef);
  if (ref != std::string_view::npos) text = text.substr(ref + kRef.size());
  text = text.substr(0, text.find('"'));
  const bool is_keyed = text.starts_with(kOwn) && text.size() > kOwn.size() + kDigits &&
                        hexadecimal(text.substr(text.size() - kDigits)).size() == kDigits;
  return is_keyed ? text : std::string_view();
}

/// The idempotency key in a text's marker, in a commit's last line, or in a branch's name. Empty without one.
std::string_view key_of(std::string_view operation, std::string_view text) {
  constexpr std::string_view kMarker = "<!-- rehearse:", kClose = " -->", kLine = "Rehearse-Key: ";
  if (operation == core::api::kCreateRef.operation) return key_of_branch(text);
  if (operation == core::api::kPutContents.operation) {
    const std::size_t line = text.rfind(kLine);
    return line == std::string_view::npos ? std::string_view() : hexadecimal(text.substr(line + kLine.size()));
  }
  const std::size_t open = text.rfind(kMarker);
  if (open == std::string_view::npos) return {};
  text.remove_prefix(open + kMarker.size());
  const std::size_t close = text.find(kClose);
  return close == std::string_view::npos ? std::string_view() : text.substr(0, close);
}

/// What of a request must be the same each time: of a commit and a branch not the hash that they begin at.
std::uint64_t words_of(std::string_view operation, std::string_view body) {
  const bool has_hash = operation == core::api::kCreateRef.operation || operation == core::api::kPutContents.operation;
  return core::TextHash()(has_hash ? body.substr(0, body.find("\"sha\"")) : body);
}

/// The tool whose effect is that operation and must not come twice; empty: there is none.
std::string_view tool_of(std::string_view operation) {
  const core::Api* api = core::find_github_operation(operation);
  return api != nullptr && api->kind == core::ApiKind::Effect ? api->tool : std::string_view();
}

bool is_tool_of_once(std::string_view tool) {
  return std::ranges::any_of(
      core::kApis, [tool](const core::Api* api) { return api->tool == tool && api->kind == core::ApiKind::Effect; });
}

/// In sentences.
std::string_view many_of(std::string_view tool) {
  return tool == core::api::kCreateComment.tool ? "comments" : tool;
}

class Effects final : public Invariant {
 public:
  Effects(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings),
        setting_(setting),
        config_(config),
        waits_for_limits_(config.limits.adaptive),
        waits_for_services_(config.breaker.enabled) {}

  std::string_view name() const override { return "effects"; }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::JobStarted:
        doubts_[run_of(event)] = {.run = event.run};
        for (auto& [tool, asked] : asked_[std::string(event.job)].of) asked.in_this_run = asked.done_in_this_run = 0;
        return;
      case EventKind::ToolStarted: {
        doubts_[run_of(event)].of_this_tool = false;
        if (!is_tool_of_once(event.tool)) return;
        Asked& asked = asked_of(event.job, event.tool);
        const std::uint64_t most = config_.most_calls_of_tool(std::string(event.tool));
        asked.most = std::max(asked.most, std::min(++asked.in_this_run, most));
        return;
      }
      case EventKind::ToolSucceeded: {
        if (is_tool_of_once(event.tool)) {
          Asked& asked = asked_of(event.job, event.tool);
          asked.most_done = std::max(asked.most_done, ++asked.done_in_this_run);
        }
        Doubt& doubt = doubts_[run_of(event)];
        if (doubt.of_this_tool) doubt = {.run = doubt.run};
        return;
      }
      case EventKind::AgentFinished:
        doubts_[run_of(event)].is_held_back =
            (waits_for_limits_ && event.outcome == core::AgentOutcome::RateLimited) ||
            (waits_for_services_ && event.outcome == core::AgentOutcome::ServiceError);
        return;
      case EventKind::JobReleased:
        check_released(event, doubts_[run_of(event)]);
        doubts_.erase(run_of(event));
        return;
      case EventKind::RedisRestarted:
        // With its journal a job loses the knowledge of what it did.
        lost_writes_ |= event.lost.has_value();
        return;
      default:
        if (core::ends_a_run(event)) doubts_.erase(run_of(event));
        return;
    }
  }

  void on_call(const Event& event, const CallState&) override {
    if (event.kind != EventKind::CallStarted || !core::is_effect(event.api)) return;
    Doubt& doubt = doubts_[run_of(event)];
    doubt.may_be = doubt.of_this_tool = true;
  }

  /// Once a job is dropped, or long after its end, its id may be another job's. A runner may still be at work on the
  /// one that was cancelled and dropped.
  void on_queue_step(const QueueStep& step) override {
    const bool may_end = step.script == "complete" || step.script == "fail" || step.script == "cancel" ||
                         step.script == "recover" || step.script == "revive";
    const bool may_begin = step.script == "drop" || step.script == "enqueue";
    if (!may_end && !may_begin) return;
    AskedOfJob& job = asked_[std::string(step.job)];
    if (may_end) {
      job.has_ended = step.after.state == "completed" || step.after.state == "failed";
    } else if (step.after.state.empty() || (step.after.state == "waiting" && job.has_ended)) {
      for (auto& [tool, asked] : job.of) asked.begin_anew();
      job.has_ended = false;
    }
  }

  void on_exchange(const Exchange& exchange) override {
    note_doubt(exchange);
    const int status = exchange.status.value_or(0);
    // A redirect that keeps the method wants the request made elsewhere: where it stands nothing was done.
    const bool moved = status == 301 || status == 302 || status == 307 || status == 308;
    const bool undone = exchange.refused || moved || (status >= 400 && status < 500);
    const std::string_view tool = tool_of(exchange.operation);
    const std::string_view key = tool.empty() ? tool : key_of(exchange.operation, exchange.body);
    if (key.empty()) return;
    Keyed& comment =
        keyed_.try_emplace(std::string(key), Keyed{.job = std::string(exchange.job), .tool = tool}).first->second;
    if (lost_writes_) return;
    // Known not to be done, it may be put in other words; a success ends it.
    const std::uint64_t body = words_of(exchange.operation, exchange.body);
    if (comment.sent && *comment.sent != body) {
      violated(exchange.job, exchange.sent, "one key is sent with two texts, and the first may have been posted");
    }
    if (!undone) comment.sent = body;
  }

  /// Of a job that asked for nothing there is nothing to count at the end.
  void on_job_over(std::string_view, std::string_view job) override {
    const auto asked = asked_.find(job);
    if (asked == asked_.end()) return;
    const bool is_nothing =
        std::ranges::all_of(asked->second.of, [](const auto& each) { return each.second.is_nothing(); });
    if (is_nothing) asked_.erase(asked);
  }

  void on_effect(const fakes::MadeEffect& made) override {
    const std::string_view tool = tool_of(made.operation);
    if (tool.empty()) return;
    const std::string_view key = key_of(made.operation, made.text);
    ++posted_[tool];
    const std::string_view what = tool == core::api::kCreateComment.tool ? "comment" : tool;
    if (key.empty()) return violated({}, {}, fmt::format("a {} on {} carries no key", what, made.place));
    Keyed& comment = keyed_[std::string(key)];
    comment.tool = tool;
    const std::uint64_t body = core::TextHash()(made.text);
    if (!comment.posted) comment.posted = body;
    if (++comment.count == 1 || lost_writes_) return;
    violated({}, {}, fmt::format("{} has two {} of one key", made.place, many_of(tool)));
    if (*comment.posted != body) violated({}, {}, fmt::format("one key carries two texts on {}", made.place));
  }

  void at_end(SteadyTime now, RunEnd) override {
    if (lost_writes_) return;
    std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> posted_for;  // By job and tool.
    for (const auto& [key, comment] : keyed_) {
      if (!comment.job.empty()) posted_for[{comment.job, comment.tool}] += comment.count;
    }
    std::map<std::string_view, Total> totals;
    for (const auto& [job, counts] : asked_) {
      for (const auto& [tool, asked] : counts.of) {
        totals[tool].asked += asked.asked_for();
        totals[tool].done += asked.most_done + asked.most_done_before;
      }
    }
    for (const auto& [by, posted] : posted_for) {
      const auto& [job, tool] = by;
      const std::uint64_t asked_for = has_asked(job, tool);
      if (posted <= asked_for) continue;
      violated(job, now, fmt::format("{} {} were posted for it; {} were asked for", posted, many_of(tool), asked_for));
    }
    for (const auto& [tool, posted] : posted_) totals[tool].posted = posted;
    for (const auto& [tool, total] : totals) check_total(now, tool, total);
  }

 private:
  struct Asked {
    std::uint64_t in_this_run = 0;
    std::uint64_t most = 0;
    std::uint64_t done_in_this_run = 0;
    std::uint64_t most_done = 0;
    std::uint64_t most_before = 0;  ///< By earlier jobs of this id: once dropped, or long after its end, it is free.
    std::uint64_t most_done_before = 0;

    std::uint64_t asked_for() const { return most + most_before; }
    bool is_nothing() const { return asked_for() + most_done + most_done_before == 0; }

    /// A new life knows nothing of what the one before did.
    void begin_anew() {
      most_before += std::exchange(most, 0);
      most_done_before += std::exchange(most_done, 0);
      in_this_run = done_in_this_run = 0;  // A runner may still be at work.
    }
  };
  struct AskedOfJob {
    std::map<std::string, Asked, std::less<>> of;  ///< By tool.
    bool has_ended = false;
  };
  struct Total {
    std::uint64_t asked = 0, done = 0, posted = 0;
  };
  /// What a run knows of its last effect.
  struct Doubt {
    std::optional<std::uint32_t> run;
    bool may_be = false;         ///< One was begun, and no tool has succeeded by it.
    bool of_this_tool = false;   ///< Begun since the tool was.
    bool is_held_back = false;   ///< The run has ended for a limit, or for a service that fails.
    std::string_view tool = {};  ///< Whose it is.
    bool is_lost = false;        ///< Its answer is lost, or says nothing, and nobody has looked for its effect.
    SteadyTime answered;         ///< Of the last.
  };
  /// Of one key. Texts are known by their hashes.
  struct Keyed {
    std::string job;  ///< Who sent it first.
    std::string_view tool = {};
    std::optional<std::uint64_t> sent;    ///< The body of the last request, unless that is known to have done nothing.
    std::optional<std::uint64_t> posted;  ///< The body of the first one that exists.
    std::uint64_t count = 0;              ///< Of those that exist.
  };

  Asked& asked_of(std::string_view job, std::string_view tool) {
    return asked_[std::string(job)].of[std::string(tool)];
  }

  std::uint64_t has_asked(std::string_view job, std::string_view tool) const {
    const auto found = asked_.find(job);
    if (found == asked_.end()) return 0;
    const auto asked = found->second.of.find(tool);
    return asked == found->second.of.end() ? 0 : asked->second.asked_for();
  }

  void check_total(SteadyTime now, std::string_view tool, const Total& total) {
    if (total.posted > total.asked) {
      violated({}, now, fmt::format("{} {} were posted; {} were asked for", total.posted, many_of(tool), total.asked));
    }
    // What is in a file already is not committed again, and the model is told so.
    const bool counts = tool != core::api::kPutContents.tool;
    if (counts && total.posted < total.done && setting_.servers_watched) {
      violated({}, now,
               fmt::format("{} {} were reported as posted; {} exist", total.done, many_of(tool), total.posted));
    }
  }

  static std::pair<std::string, std::string> run_of(const Event& event) {
    return {std::string(event.runner), std::string(event.job)};
  }

  void note_doubt(const Exchange& exchange) {
    const auto found = doubts_.find(RunKeyView(exchange.runner, exchange.job));
    if (found == doubts_.end()) return;
    Doubt& doubt = found->second;
    const core::Api* api = core::find_github_operation(exchange.operation);
    if (api == nullptr) return;
    if (api->kind == core::ApiKind::LookUp && api->tool == doubt.tool && exchange.status) doubt.is_lost = false;
    if (!core::is_effect(api->name)) return;
    doubt.tool = api->tool;
    doubt.is_lost |= exchange.status ? *exchange.status >= 500 : !exchange.refused;
    doubt.answered = exchange.answered;
  }

  void check_released(const Event& event, const Doubt& doubt) {
    if (doubt.run != event.run) return;  // It was never begun.
    const bool is_in_doubt = doubt.may_be && (doubt.is_lost || doubt.answered > event.at);
    if (is_in_doubt && !event.delay) {
      violated(event.job, event.at, "is given back to be taken at once, though its effect may still come");
    }
    // Reading 26: what a limit holds back is put off, and so is what a circuit does.
    if (!doubt.may_be && event.delay && !doubt.is_held_back) {
      violated(event.job, event.at, "is put off when it is given back, though nothing of it is in doubt");
    }
  }

  const Setting setting_;
  const core::Config& config_;
  JobMap<AskedOfJob> asked_;
  std::map<std::string, Keyed> keyed_;  ///< By key.
  RunMap<Doubt> doubts_;
  std::map<std::string_view, std::uint64_t> posted_;  ///< By tool.
  bool lost_writes_ = false;
  bool waits_for_limits_, waits_for_services_;
};

}  // namespace

InvariantPointer make_effects_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Effects>(config, setting, findings);
}

}  // namespace sim
