// Decides which rule, if any, a request meets. Every rule counts for itself over the whole world: a request counts,
// when it is sent, against each rule whose `on`, `job`, `runner`, `from` and `until` match it, whichever rule wins.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/random/random.h"
#include "fakes/faults/rule.h"

namespace fakes {

/// What a rule looks at. A Redis command has up to two operations: its name and `script:<name>`.
struct RequestKey {
  std::string_view operation;
  std::string_view alias;  ///< The second name, or empty.
  std::string_view job;    ///< Empty: made for no job.
  core::SteadyTime now;
  std::string_view runner = {};  ///< Who sends it; empty: a client that does not say its name.
};

/// The rule that a request met, and the latency drawn for it.
template <class Action>
struct Match {
  const Rule<Action>* rule = nullptr;  ///< Null: none; the fake behaves normally at latency 0.
  std::size_t index = 0;
  core::Duration latency{};
  std::uint64_t variant = 0;  ///< Of an action that has several forms (garbage): rises by one per request of the job.
};

/// What has become of a rule so far.
enum class RuleUse : std::uint8_t {
  Unmatched,   ///< No request was one of its calls.
  Overruled,   ///< An earlier rule won at each of its calls.
  Considered,  ///< It won at one of them, or only chance said no.
};

template <class Action>
class RuleSet {
 public:
  /// `rules` must outlive the set. `random` is the branch of the service (llm, github, redis).
  RuleSet(const std::vector<Rule<Action>>& rules, core::Random random);

  /// Whether no request can meet a rule.
  bool empty() const { return rules_.empty(); }

  /// How many requests each rule has counted, in the order of the rules.
  std::vector<std::uint64_t> counts() const;
  /// What has become of each rule, in the order of the rules.
  std::vector<RuleUse> uses() const;

  /// Counts the request and finds its rule. A Redis name is compared without regard to case.
  Match<Action> meet(const RequestKey& request);

 private:
  using JobAndOperation = std::pair<std::string_view, std::string_view>;
  struct ByNames {
    using is_transparent = void;
    bool operator()(const JobAndOperation& a, const JobAndOperation& b) const { return a < b; }
  };
  struct State {
    std::uint64_t seen = 0;
    RuleUse use = RuleUse::Unmatched;
    /// Of a rule that leaves something to chance, else empty. It depends on what the rule is (operation, job, runner,
    /// action) and on how many equal ones precede it, so that taking out another rule moves no draw of this one.
    std::optional<core::Random> random;
    std::map<std::pair<std::string, std::string>, std::uint64_t, ByNames> ordinals;  ///< By (job, operation).
    std::size_t ordinal_bytes = 0;                                                   ///< Of their names.
  };

  static std::uint64_t next_ordinal(State& state, const JobAndOperation& key);

  const std::vector<Rule<Action>>& rules_;
  std::vector<State> states_;
};

extern template class RuleSet<HttpAction>;
extern template class RuleSet<RedisAction>;

/// A latency drawn from branch `random`; integers only, so that it is the same on every machine. What is said of
/// normal_variate() holds for the log-normal one.
core::Duration draw_latency(const Latency& latency, const core::Random& random);

}  // namespace fakes
