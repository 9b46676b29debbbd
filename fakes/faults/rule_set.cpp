#include "fakes/faults/rule_set.h"

#include <algorithm>
#include <type_traits>

namespace fakes {

namespace {

template <class Action>
bool same_name(std::string_view a, std::string_view b) {
  if constexpr (std::is_same_v<Action, RedisAction>) {
    return core::equal_ignoring_case(a, b);
  } else {
    return a == b;
  }
}

/// Whether the request counts against the rule.
template <class Action>
bool concerns(const Rule<Action>& rule, const RequestKey& request) {
  if (rule.job && *rule.job != request.job) return false;
  if (rule.runner && *rule.runner != request.runner) return false;
  if (rule.from && request.now < *rule.from) return false;
  if (rule.until && request.now >= *rule.until) return false;
  if (rule.on == "*" || same_name<Action>(rule.on, request.operation)) return true;
  return !request.alias.empty() && same_name<Action>(rule.on, request.alias);
}

bool includes(const std::vector<CallRange>& calls, std::uint64_t call) {
  return calls.empty() ||
         std::any_of(calls.begin(), calls.end(), [call](const CallRange& range) { return range.includes(call); });
}

template <class Action>
bool leaves_to_chance(const Rule<Action>& rule) {
  if constexpr (std::is_same_v<Action, HttpAction>) {
    if (std::holds_alternative<DoGarbage>(rule.action)) return true;
  }
  return rule.probability_millionths < 1'000'000 || !std::holds_alternative<core::Duration>(rule.latency);
}

}  // namespace

template <class Action>
RuleSet<Action>::RuleSet(const std::vector<Rule<Action>>& rules, core::Random random)
    : rules_(rules), states_(rules.size()) {
  std::map<std::uint64_t, std::uint64_t> equal_ones;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Rule<Action>& rule = rules[i];
    if (!leaves_to_chance(rule)) continue;
    core::Random branch = random.fork(rule.on).fork(std::uint64_t{rule.action.index()});
    if (rule.job) branch = branch.fork(*rule.job);
    if (rule.runner) branch = branch.fork("runner").fork(*rule.runner);
    states_[i].random = branch.fork(equal_ones[branch.bits()]++);
  }
}

template <class Action>
std::uint64_t RuleSet<Action>::next_ordinal(State& state, const JobAndOperation& key) {
  const auto found = state.ordinals.find(key);
  if (found != state.ordinals.end()) return found->second++;
  // Clients choose the names of jobs: past so many all are forgotten.
  constexpr std::size_t kMostBytes = 64UL * 1024 * 1024;
  state.ordinal_bytes += key.first.size() + key.second.size();
  if (state.ordinal_bytes > kMostBytes) {
    state.ordinals.clear();
    state.ordinal_bytes = 0;
  }
  state.ordinals.emplace(key, 1);
  return 0;
}

template <class Action>
std::vector<std::uint64_t> RuleSet<Action>::counts() const {
  std::vector<std::uint64_t> counts;
  counts.reserve(states_.size());
  for (const State& state : states_) counts.push_back(state.seen);
  return counts;
}

template <class Action>
std::vector<RuleUse> RuleSet<Action>::uses() const {
  std::vector<RuleUse> uses;
  uses.reserve(states_.size());
  for (const State& state : states_) uses.push_back(state.use);
  return uses;
}

template <class Action>
Match<Action> RuleSet<Action>::meet(const RequestKey& request) {
  Match<Action> match;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Rule<Action>& rule = rules_[i];
    if (!concerns(rule, request)) continue;
    State& state = states_[i];
    const std::uint64_t call = ++state.seen;
    const JobAndOperation key(request.job, request.alias.empty() ? request.operation : request.alias);
    const std::uint64_t ordinal = state.random ? next_ordinal(state, key) : 0;
    if (!includes(rule.calls, call)) continue;
    state.use = std::max(state.use, match.rule != nullptr ? RuleUse::Overruled : RuleUse::Considered);
    if (match.rule != nullptr) continue;
    if (!state.random) {
      match = {&rule, i, std::get<core::Duration>(rule.latency)};
      continue;
    }
    const core::Random random = state.random->fork(key.first).fork(key.second);
    if (!random.fork("probability").chance(rule.probability_millionths, ordinal)) continue;
    match = {&rule, i, draw_latency(rule.latency, random.fork("latency").fork(ordinal)),
             (random.fork("variant").bits() >> 1) + ordinal};
  }
  return match;
}

template class RuleSet<HttpAction>;
template class RuleSet<RedisAction>;

}  // namespace fakes
