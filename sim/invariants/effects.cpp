// Effects happen once: a key has one comment at most, and is never sent with two texts while the first may have been
// posted; a job has no more comments than its agent asked for in one run, and was allowed, and no fewer than it was
// told of; a job that is given back is delayed exactly when its comment may still arrive.
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

/// The idempotency key in a comment's marker; empty without one.
std::string_view key_of(std::string_view body) {
  constexpr std::string_view kOpen = "<!-- rehearse:";
  constexpr std::string_view kClose = " -->";
  const std::size_t open = body.rfind(kOpen);
  if (open == std::string_view::npos) return {};
  body.remove_prefix(open + kOpen.size());
  const std::size_t close = body.find(kClose);
  return close == std::string_view::npos ? std::string_view() : body.substr(0, close);
}

class Effects final : public Invariant {
 public:
  Effects(const core::Config& config, const Setting& setting, Findings& findings)
      : Invariant(findings),
        setting_(setting),
        most_calls_(config.most_calls_of_tool(std::string(core::api::kCreateComment.tool))),
        waits_for_limits_(config.limits.adaptive),
        waits_for_services_(config.breaker.enabled) {}

  std::string_view name() const override { return "effects"; }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::JobStarted:
        doubts_[run_of(event)] = {.run = event.run};
        asked_[std::string(event.job)].in_this_run = 0;
        asked_[std::string(event.job)].done_in_this_run = 0;
        return;
      case EventKind::ToolStarted: {
        if (event.tool != core::api::kCreateComment.tool) return;
        Asked& asked = asked_[std::string(event.job)];
        asked.most = std::max(asked.most, std::min(++asked.in_this_run, most_calls_));
        doubts_[run_of(event)].of_this_tool = false;
        return;
      }
      case EventKind::ToolSucceeded: {
        if (event.tool != core::api::kCreateComment.tool) return;
        Asked& asked = asked_[std::string(event.job)];
        asked.most_done = std::max(asked.most_done, ++asked.done_in_this_run);
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
    Asked& asked = asked_[std::string(step.job)];
    if (may_end) {
      asked.has_ended = step.after.state == "completed" || step.after.state == "failed";
    } else if (step.after.state.empty() || (step.after.state == "waiting" && asked.has_ended)) {
      asked.begin_anew();
    }
  }

  void on_exchange(const Exchange& exchange) override {
    note_doubt(exchange);
    const int status = exchange.status.value_or(0);
    // A redirect that keeps the method wants the request made elsewhere: where it stands nothing was done.
    const bool moved = status == 301 || status == 302 || status == 307 || status == 308;
    const bool undone = exchange.refused || moved || (status >= 400 && status < 500);
    const std::string_view key =
        exchange.operation == core::api::kCreateComment.operation() ? key_of(exchange.body) : std::string_view();
    if (key.empty()) return;
    Comment& comment = comments_.try_emplace(std::string(key), Comment{.job = std::string(exchange.job)}).first->second;
    if (lost_writes_) return;
    // Known not to be done, it may be put in other words; a success ends it.
    const std::uint64_t body = core::TextHash()(exchange.body);
    if (comment.sent && *comment.sent != body) {
      violated(exchange.job, exchange.sent, "one key is sent with two texts, and the first may have been posted");
    }
    if (!undone) comment.sent = body;
  }

  /// Of a job that asked for no comment there is nothing to count at the end.
  void on_job_over(std::string_view, std::string_view job) override {
    const auto asked = asked_.find(job);
    if (asked != asked_.end() && asked->second.is_nothing()) asked_.erase(asked);
  }

  void on_comment(const PostedComment& posted) override {
    const std::string_view key = key_of(posted.body);
    ++posted_;
    if (key.empty()) return violated({}, {}, fmt::format("a comment on {} carries no key", posted.issue));
    Comment& comment = comments_[std::string(key)];
    const std::uint64_t body = core::TextHash()(posted.body);
    if (!comment.posted) comment.posted = body;
    if (++comment.count == 1 || lost_writes_) return;
    violated({}, {}, fmt::format("{} has two comments of one key", posted.issue));
    if (*comment.posted != body) violated({}, {}, fmt::format("one key carries two texts on {}", posted.issue));
  }

  void at_end(SteadyTime now, RunEnd) override {
    std::uint64_t asked = 0;
    std::uint64_t done = 0;
    std::map<std::string_view, std::uint64_t> posted_for;
    for (const auto& [key, comment] : comments_) {
      if (!comment.job.empty()) posted_for[comment.job] += comment.count;
    }
    for (const auto& [job, counts] : asked_) {
      asked += counts.asked_for();
      done += counts.most_done + counts.most_done_before;
    }
    for (const auto& [job, posted] : posted_for) {
      const auto counts = asked_.find(job);
      const std::uint64_t asked_for = counts == asked_.end() ? 0 : counts->second.asked_for();
      if (posted <= asked_for || lost_writes_) continue;
      violated(job, now, fmt::format("{} comments were posted for it; {} were asked for", posted, asked_for));
    }
    if (posted_ > asked && !lost_writes_) {
      violated({}, now, fmt::format("{} comments were posted; {} were asked for", posted_, asked));
    }
    if (posted_ < done && setting_.servers_watched && !lost_writes_) {
      violated({}, now, fmt::format("{} comments were reported as posted; {} exist", done, posted_));
    }
  }

 private:
  struct Asked {
    std::uint64_t in_this_run = 0;
    std::uint64_t most = 0;
    std::uint64_t done_in_this_run = 0;
    std::uint64_t most_done = 0;
    std::uint64_t most_before = 0;  ///< By earlier jobs of this id: once dropped, or long after its end, it is free.
    std::uint64_t most_done_before = 0;
    bool has_ended = false;

    std::uint64_t asked_for() const { return most + most_before; }
    bool is_nothing() const { return asked_for() + most_done + most_done_before == 0; }

    /// A new life knows nothing of what the one before did.
    void begin_anew() {
      most_before += std::exchange(most, 0);
      most_done_before += std::exchange(most_done, 0);
      in_this_run = done_in_this_run = 0;  // A runner may still be at work.
      has_ended = false;
    }
  };
  /// What a run knows of its last create.
  struct Doubt {
    std::optional<std::uint32_t> run;
    bool may_be = false;        ///< One was begun, and no tool has succeeded by it.
    bool of_this_tool = false;  ///< Begun since the tool was.
    bool is_held_back = false;  ///< The run has ended for a limit, or for a service that fails.
    bool is_lost = false;       ///< Its answer is lost, or says nothing, and nobody has looked for its effect.
    SteadyTime answered;        ///< Of the last.
  };
  /// Of one key. Bodies are known by their hashes.
  struct Comment {
    std::string job;                      ///< Who sent it first.
    std::optional<std::uint64_t> sent;    ///< The body of the last request, unless that is known to have done nothing.
    std::optional<std::uint64_t> posted;  ///< The body of the first one that exists.
    std::uint64_t count = 0;              ///< Of those that exist.
  };

  static std::pair<std::string, std::string> run_of(const Event& event) {
    return {std::string(event.runner), std::string(event.job)};
  }

  void note_doubt(const Exchange& exchange) {
    const auto found = doubts_.find(RunKeyView(exchange.runner, exchange.job));
    if (found == doubts_.end()) return;
    Doubt& doubt = found->second;
    if (exchange.operation == core::api::kListComments.operation() && exchange.status) doubt.is_lost = false;
    if (exchange.operation != core::api::kCreateComment.operation()) return;
    doubt.is_lost |= exchange.status ? *exchange.status >= 500 : !exchange.refused;
    doubt.answered = exchange.answered;
  }

  void check_released(const Event& event, const Doubt& doubt) {
    if (doubt.run != event.run) return;  // It was never begun.
    const bool is_in_doubt = doubt.may_be && (doubt.is_lost || doubt.answered > event.at);
    if (is_in_doubt && !event.delay) {
      violated(event.job, event.at, "is given back to be taken at once, though its comment may still come");
    }
    // Reading 26: what a limit holds back is put off, and so is what a circuit does.
    if (!doubt.may_be && event.delay && !doubt.is_held_back) {
      violated(event.job, event.at, "is put off when it is given back, though no comment of it is in doubt");
    }
  }

  const Setting setting_;
  JobMap<Asked> asked_;
  std::map<std::string, Comment> comments_;  ///< By key.
  RunMap<Doubt> doubts_;
  std::uint64_t posted_ = 0;
  bool lost_writes_ = false;
  std::uint64_t most_calls_;
  bool waits_for_limits_, waits_for_services_;
};

}  // namespace

InvariantPointer make_effects_invariant(const core::Config& config, const Setting& setting, Findings& findings) {
  return std::make_unique<Effects>(config, setting, findings);
}

}  // namespace sim
