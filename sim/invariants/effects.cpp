// Effects happen once: a key has one comment at most and never two texts, and a job has no more comments than its agent
// asked for in one run.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "sim/invariants/families.h"

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
  using Invariant::Invariant;

  std::string_view name() const override { return "effects"; }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::JobStarted:
        asked_[std::string(event.job)].in_this_run = 0;
        return;
      case EventKind::ToolStarted: {
        if (event.tool != "comment_on_issue") return;
        Asked& asked = asked_[std::string(event.job)];
        asked.most = std::max(asked.most, ++asked.in_this_run);
        return;
      }
      case EventKind::RedisRestarted:
        // With its journal a job loses the knowledge of what it did.
        lost_writes_ |= event.lost.has_value();
        return;
      default:
        return;
    }
  }

  void on_comment(const PostedComment& comment) override {
    ++posted_;
    const std::string_view key = key_of(comment.body);
    if (key.empty()) return violated({}, {}, fmt::format("a comment on {} carries no key", comment.issue));
    const auto [kept, is_new] = bodies_.try_emplace(std::string(key), comment.body);
    if (is_new || lost_writes_) return;
    violated({}, {}, fmt::format("{} has two comments of one key", comment.issue));
    if (kept->second != comment.body) violated({}, {}, fmt::format("one key carries two texts on {}", comment.issue));
  }

  void at_end(SteadyTime now) override {
    std::uint64_t asked = 0;
    for (const auto& [job, counts] : asked_) asked += counts.most;
    if (posted_ > asked && !lost_writes_) {
      violated({}, now, fmt::format("{} comments were posted; {} were asked for", posted_, asked));
    }
  }

 private:
  struct Asked {
    std::uint64_t in_this_run = 0;
    std::uint64_t most = 0;
  };

  std::map<std::string, Asked, std::less<>> asked_;  ///< By job.
  std::map<std::string, std::string, std::less<>> bodies_;
  std::uint64_t posted_ = 0;
  bool lost_writes_ = false;
};

}  // namespace

InvariantPointer make_effects_invariant(const core::Config&, Findings& findings) {
  return std::make_unique<Effects>(findings);
}

}  // namespace sim
