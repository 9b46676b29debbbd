#include "sim/invariants/own.h"

#include <fmt/format.h>

#include <deque>

#include "core/time/text.h"

namespace sim {

namespace {

using core::Event;
using core::format_duration;
using core::SteadyTime;

class NeverInvariant final : public Invariant {
 public:
  NeverInvariant(std::string_view name, const Never& rule, Findings& findings)
      : Invariant(findings), name_(name), rule_(rule) {}

  std::string_view name() const override { return name_; }

  void on_event(const Event& event) override {
    if (!matches(rule_.never, event)) return;
    violated(event.job, event.at, fmt::format("{} happened, which must never be", describe(rule_.never)));
  }

 private:
  std::string_view name_;
  const Never& rule_;
};

class AfterInvariant final : public Invariant {
 public:
  AfterInvariant(std::string_view name, const After& rule, Findings& findings)
      : Invariant(findings), name_(name), rule_(rule), any_job_(text_of(rule.expect, "job") != nullptr) {}

  std::string_view name() const override { return name_; }

  void on_event(const Event& event) override {
    while (!open_.empty() && open_.front().until < event.at) give_up_first();
    if (!open_.empty() && matches(rule_.expect, event)) {
      std::erase_if(open_, [&](const Open& open) { return any_job_ || open.job.empty() || open.job == event.job; });
    }
    if (matches(rule_.after, event)) {
      open_.push_back({std::string(event.job), event.at, core::saturating_add(event.at, rule_.within)});
    }
  }

  void at_end(SteadyTime now, RunEnd end) override {
    while (!open_.empty() && (end == RunEnd::Complete || open_.front().until < now)) give_up_first();
  }

  void describe_state(std::string& out, SteadyTime now) const override {
    for (const Open& open : open_)
      out += fmt::format("{}:{}{};", open.job.size(), open.job, (open.until - now).count());
  }

 private:
  struct Open {
    std::string job;  ///< Empty: of no job.
    SteadyTime since;
    SteadyTime until;
  };

  void give_up_first() {
    const Open& open = open_.front();
    violated(open.job, open.until,
             fmt::format("{} at {} was not followed by {} within {}", describe(rule_.after),
                         format_duration(open.since.time_since_epoch()), describe(rule_.expect),
                         format_duration(rule_.within)));
    open_.pop_front();
  }

  std::string_view name_;
  const After& rule_;
  const bool any_job_;
  std::deque<Open> open_;  ///< What is still to come, by time.
};

}  // namespace

std::unique_ptr<Invariant> make_own_invariant(const OwnInvariant& own, Findings& findings) {
  if (const auto* never = std::get_if<Never>(&own.rule)) {
    return std::make_unique<NeverInvariant>(own.name, *never, findings);
  }
  return std::make_unique<AfterInvariant>(own.name, std::get<After>(own.rule), findings);
}

}  // namespace sim
