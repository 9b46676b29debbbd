// A failure tells the wait that its answer asked for: that one of several which counts, in whichever way it is written
// (readings 5 and 23). It is never shorter, and longer only by what clocks of whole seconds make of it.
#include <fmt/format.h>

#include <map>
#include <string>
#include <tuple>

#include "core/api/api.h"
#include "core/time/text.h"
#include "sim/invariants/clocks.h"
#include "sim/invariants/families.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::format_duration;
using core::SteadyTime;

/// Headers name whole seconds, rounded up, and so does the Date that they are read against, rounded down.
constexpr Duration kRounding = std::chrono::seconds(2);

/// As rules name what that API does; empty where nobody asks for a wait.
std::string_view operation_of(std::string_view api) {
  const core::Api* known = core::find_api(api);
  return known != nullptr && known->service != core::Service::Redis ? known->operation : std::string_view();
}

class Hints final : public Invariant {
 public:
  explicit Hints(Findings& findings) : Invariant(findings) {}

  std::string_view name() const override { return "hints"; }

  void on_exchange(const Exchange& exchange) override {
    const Key key(exchange.runner, exchange.job, exchange.operation);
    if (exchange.status && exchange.asked_to_wait && !exchange.has_rule_body) {
      asked_.insert_or_assign(
          key, Asked{exchange.answered, *exchange.status, *exchange.asked_to_wait, exchange.forbids_retry});
    } else {
      asked_.erase(key);
    }
  }

  /// It may come later than it was said to, or never.
  void on_answer_held_back(std::string_view runner, std::string_view operation, std::string_view job) override {
    asked_.erase(Key(runner, job, operation));
  }

  void on_clock_shift(std::string_view runner, Duration by) override { clocks_.on_clock_shift(runner, by); }

  void on_call(const Event& event, const CallState&) override {
    if (event.kind != core::EventKind::CallFailed || asked_.empty()) return;
    const auto found = asked_.find(Key(event.runner, event.job, operation_of(event.api)));
    if (found == asked_.end()) return;
    const Asked asked = found->second;
    if (asked.at != event.at || asked.status != event.status) return;
    if (event.hint && *event.hint >= asked.wait && *event.hint - asked.wait <= kRounding) return;
    // A moment so far ahead is read by the own clock then.
    if (asked.wait > kSurelyBelieved && clocks_.may_disbelieve(event.runner)) return;
    // A final failure needs none.
    const bool is_retried = (asked.status == 429 || asked.status == 503) && !asked.forbids_retry;
    if (!event.hint && !is_retried) return;
    violated(event.job, event.at,
             fmt::format("{} asked for a wait of {}, and the failure tells {}", event.api, format_duration(asked.wait),
                         event.hint ? format_duration(*event.hint) : "none"));
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  ///< Runner, job, operation.
  struct Asked {
    SteadyTime at;
    int status = 0;
    Duration wait{};
    bool forbids_retry = false;
  };
  ClockShifts clocks_;
  std::map<Key, Asked> asked_;  ///< By the last answer.
};

}  // namespace

InvariantPointer make_hints_invariant(Findings& findings) {
  return std::make_unique<Hints>(findings);
}

}  // namespace sim
