// All invariants together, as one sink of events. What a simulated world knows beside its events is told by the other
// functions; a trace of production has the events alone.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "sim/invariants/families.h"
#include "sim/invariants/own.h"

namespace sim {

/// The families by name, and what each says in one sentence.
struct InvariantInfo {
  std::string_view name;
  std::string_view sentence;
};
const std::vector<InvariantInfo>& invariant_list();

class Invariants final : public core::EventSink {
 public:
  /// `config` and `own` outlive it. Those named in `off` are left out.
  Invariants(const core::Config& config, const Setting& setting, const std::set<std::string, std::less<>>& off = {},
             std::span<const OwnInvariant> own = {});
  ~Invariants() override;

  void on_event(const core::Event& event) override;
  void on_disturbance(const Disturbance& disturbance);
  void on_exchange(const Exchange& exchange);
  /// The answer to an exchange that was told comes later than it said, or never.
  void on_answer_held_back(std::string_view runner, std::string_view operation, std::string_view job);
  void on_queue_step(const QueueStep& step);
  void on_redis_sent(const RedisCall& call);
  void on_redis_answered(const RedisCall& call);
  void on_redis_connected(std::string_view runner, core::SteadyTime at, std::size_t open);
  void on_redis_pushed(std::string_view runner, std::string_view message, core::SteadyTime at);
  /// Something that was done on the fake GitHub and exists at the end.
  void on_effect(const fakes::MadeEffect& made);
  /// A wall clock jumped: this runner's, or with an empty name those of all runners and services.
  void on_clock_shift(std::string_view runner, core::Duration by);
  /// Once, at the end.
  void at_end(core::SteadyTime now, RunEnd end);
  void describe_state(std::string& out, core::SteadyTime now) const;

  const Findings& findings() const { return findings_; }

 private:
  /// Runner and number of the call; job and API, too, for traces of others without such numbers.
  using CallKey = std::tuple<std::string, std::uint64_t, std::string, std::string>;
  using CallKeyView = std::tuple<std::string_view, std::uint64_t, std::string_view, std::string_view>;
  struct ByParts {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return CallKeyView(a) < CallKeyView(b);
    }
  };

  CallState& call_of(const core::Event& event);
  static void advance(CallState& call, const core::Event& event);
  void forget_calls(std::string_view runner);
  void note_end(const core::Event& event);

  struct Over {
    core::SteadyTime forgotten_at;
    std::string runner, job;
  };

  /// After which nothing of a job that was completed is under way any more; nothing: no job is forgotten.
  std::optional<core::Duration> settling_;
  std::set<std::string, std::less<>> acknowledged_;  ///< Jobs that have not ended, and whose clients know of them.
  std::deque<Over> over_;
  Findings findings_;
  std::vector<InvariantPointer> all_;
  std::vector<InvariantPointer> own_;  ///< The scenario's: they are told of every event.
  std::map<CallKey, CallState, ByParts> calls_;
  std::map<CallKey, CallState, ByParts>::iterator last_call_ = calls_.end();  ///< Events of one call come in a row.
};

}  // namespace sim
