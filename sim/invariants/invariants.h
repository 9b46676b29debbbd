// All invariants together, as one sink of events. What a simulated world knows beside its events is told by the other
// functions; a trace of production has the events alone.
#pragma once

#include <map>
#include <memory>
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
  void on_exchange(const Exchange& exchange);
  void on_queue_step(const QueueStep& step);
  void on_redis_sent(const RedisCall& call);
  void on_redis_answered(const RedisCall& call);
  void on_redis_connected(std::string_view runner, core::SteadyTime at, std::size_t open);
  void on_redis_pushed(std::string_view runner, core::SteadyTime at);
  void on_comment(const PostedComment& comment);
  /// Once, at the end.
  void at_end(core::SteadyTime now, RunEnd end);
  void describe_state(std::string& out, core::SteadyTime now) const;

  const Findings& findings() const { return findings_; }

 private:
  using CallKey = std::tuple<std::string, std::string, std::string>;  ///< Runner, job, API.
  using CallKeyView = std::tuple<std::string_view, std::string_view, std::string_view>;
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
  void note_run(const core::Event& event);
  bool is_entangled(const core::Event& event) const;

  Findings findings_;
  std::vector<InvariantPointer> all_;
  std::vector<InvariantPointer> own_;  ///< The scenario's: they are told of every event.
  std::map<CallKey, CallState, ByParts> calls_;
  std::map<CallKey, CallState, ByParts>::iterator last_call_ = calls_.end();  ///< Events of one call come in a row.
  bool lost_writes_ = false;
  /// By runner and job. A worker may be given a job again while it still runs it: it goes on trying to record a
  /// re-queue whose answers are lost, or Redis has forgotten the claim. The events of the two runs cannot be told
  /// apart: those of Redis' calls, and after lost writes all.
  std::set<std::pair<std::string, std::string>> entangled_;
  std::set<std::pair<std::string, std::string>> running_;
};

}  // namespace sim
