#include "sim/fuzz/shrink.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "sim/world/world.h"

namespace sim {

namespace {

using core::Duration;

/// Whether a runner is up once everything has happened: in a world without one no job can end.
bool has_a_runner_at_its_end(const Scenario& scenario) {
  std::set<std::string> down;
  for (const WorldEntry& entry : scenario.world) {
    if (const auto* crash = std::get_if<CrashRunner>(&entry.action)) down.insert(crash->runner);
    if (const auto* stop = std::get_if<StopRunner>(&entry.action)) down.insert(stop->runner);
    if (const auto* start = std::get_if<StartRunner>(&entry.action)) down.erase(start->runner);
  }
  return down.size() < scenario.runners;
}

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails, std::uint64_t most_runs)
      : best_(scenario), fails_(fails), most_runs_(most_runs), keeps_a_runner_(has_a_runner_at_its_end(scenario)) {}

  Shrunk shrink() {
    bool changed = true;
    while (changed && runs_ < most_runs_) {
      changed = false;
      changed |= attempt([](Scenario& scenario) { return std::exchange(scenario.schedule, 0) != 0; });
      changed |= drop_jobs();
      changed |= drop_each(&Scenario::llm);
      changed |= drop_each(&Scenario::github);
      changed |= drop_each(&Scenario::redis);
      changed |= drop_each(&Scenario::world);
      changed |= drop_each(&Scenario::invariants);
      changed |= fewer_runners();
      changed |= plainer_config();
      changed |= plainer_jobs();
      changed |= plainer_world();
      changed |= plainer_rules(&Scenario::llm);
      changed |= plainer_rules(&Scenario::github);
      changed |= plainer_rules(&Scenario::redis);
    }
    return {std::move(best_), runs_, !changed};
  }

 private:
  /// Keeps the candidate if it still fails.
  template <class Change>
  bool attempt(Change change) {
    if (runs_ >= most_runs_) return false;
    Scenario candidate = best_;
    if (!change(candidate)) return false;
    if (keeps_a_runner_ && !has_a_runner_at_its_end(candidate)) return false;
    ++runs_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool drop_jobs() {
    bool changed = false;
    for (std::size_t i = best_.jobs.size(); i-- > 0;) {
      changed |= attempt([i](Scenario& scenario) {
        if (scenario.jobs.size() < 2) return false;
        const std::string id = scenario.jobs[i].id;
        scenario.jobs.erase(scenario.jobs.begin() + static_cast<std::ptrdiff_t>(i));
        const auto is_for_it = [&id](const auto& rule) { return rule.job == id; };
        std::erase_if(scenario.llm, is_for_it);
        std::erase_if(scenario.github, is_for_it);
        std::erase_if(scenario.redis, is_for_it);
        std::erase_if(scenario.world, [&id](const WorldEntry& entry) {
          const auto* again = std::get_if<EnqueueAgain>(&entry.action);
          const auto* does = std::get_if<OperatorEntry>(&entry.action);
          return (again != nullptr && again->job == id) || (does != nullptr && does->job == id);
        });
        return true;
      });
    }
    return changed;
  }

  /// All at once first, then one by one from the end.
  template <class Part>
  bool drop_each(std::vector<Part> Scenario::* parts) {
    bool changed = attempt([parts](Scenario& scenario) {
      if ((scenario.*parts).empty()) return false;
      (scenario.*parts).clear();
      return true;
    });
    for (std::size_t i = (best_.*parts).size(); i-- > 0;) {
      changed |= attempt([parts, i](Scenario& scenario) {
        (scenario.*parts).erase((scenario.*parts).begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      });
    }
    return changed;
  }

  template <class Action>
  static bool is_of(const Action& action, const std::string& runner) {
    if constexpr (requires { action.runner; }) return action.runner == runner;
    return false;
  }

  bool fewer_runners() {
    return attempt([](Scenario& scenario) {
      if (scenario.runners < 2) return false;
      const std::string last = "runner-" + std::to_string(scenario.runners--);
      const auto is_for_it = [&last](const auto& rule) { return rule.runner == last; };
      std::erase_if(scenario.llm, is_for_it);
      std::erase_if(scenario.github, is_for_it);
      std::erase_if(scenario.redis, is_for_it);
      std::erase_if(scenario.world, [&last](const WorldEntry& entry) {
        return std::visit([&last](const auto& action) { return is_of(action, last); }, entry.action);
      });
      return true;
    });
  }

  template <class Part>
  bool reset(Part core::Config::* part) {
    return attempt([part](Scenario& scenario) {
      const core::Config plain = default_config();
      scenario.config.*part = plain.*part;
      return true;
    });
  }

  /// Back to the documented numbers; then without jitter. A part that is as documented already costs a run and changes
  /// nothing, so each is tried once only.
  bool plainer_config() {
    if (std::exchange(config_tried_, true)) return false;
    bool changed = attempt([](Scenario& scenario) {
      scenario.config = default_config();
      return true;
    });
    if (changed) return true;
    changed |= reset(&core::Config::llm);
    changed |= reset(&core::Config::github);
    changed |= reset(&core::Config::jobs);
    changed |= reset(&core::Config::redis);
    changed |= reset(&core::Config::limits);
    changed |= reset(&core::Config::tools);
    changed |= attempt([](Scenario& scenario) {
      bool any = false;
      for (core::BackoffPolicy* policy : backoffs_of(scenario.config)) {
        any |= policy->strategy.kind != core::StrategyKind::Exponential;
        policy->strategy = {};
      }
      return any;
    });
    changed |= attempt([](Scenario& scenario) {
      for (core::BackoffPolicy* policy : backoffs_of(scenario.config)) policy->jitter.kind = core::JitterKind::None;
      return true;
    });
    return changed;
  }

  static std::array<core::BackoffPolicy*, 4> backoffs_of(core::Config& config) {
    return {&config.llm.retry.backoff, &config.github.token.retry.backoff, &config.github.tools.retry.backoff,
            &config.jobs.retry.backoff};
  }

  bool plainer_jobs() {
    bool changed = false;
    for (std::size_t i = 0; i < best_.jobs.size(); ++i) {
      changed |= attempt([i](Scenario& scenario) {
        ScenarioJob plain;
        plain.id = scenario.jobs[i].id;
        ScenarioJob& job = scenario.jobs[i];
        if (job.at == plain.at && job.issue == plain.issue && job.installation == plain.installation) return false;
        job = std::move(plain);
        return true;
      });
    }
    return changed;
  }

  /// Shorter disturbances, and of fewer services.
  bool plainer_world() {
    bool changed = false;
    for (std::size_t i = 0; i < best_.world.size(); ++i) {
      changed |= attempt([i](Scenario& scenario) {
        return std::visit([](auto& action) { return halve(action); }, scenario.world[i].action);
      });
      const auto* partition = std::get_if<PartitionRunner>(&best_.world[i].action);
      for (std::size_t from = partition == nullptr ? 0 : partition->from.size(); from-- > 0;) {
        changed |= attempt([i, from](Scenario& scenario) {
          std::vector<Peer>& peers = std::get<PartitionRunner>(scenario.world[i].action).from;
          if (peers.size() < 2) return false;
          peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(from));
          return true;
        });
      }
    }
    return changed;
  }

  template <class Action>
  static bool halve(Action& action) {
    if constexpr (requires { action.lasts; }) {
      const Duration shorter = std::chrono::duration_cast<std::chrono::seconds>(action.lasts / 2);
      if (shorter <= Duration::zero()) return false;
      action.lasts = shorter;
      return true;
    }
    return false;
  }

  template <class Action>
  bool plainer_rules(std::vector<fakes::Rule<Action>> Scenario::* rules) {
    bool changed = false;
    using Rule = fakes::Rule<Action>;
    for (std::size_t i = 0; i < (best_.*rules).size(); ++i) {
      const auto simplify = [&](auto change) {
        changed |= attempt([&](Scenario& scenario) { return change((scenario.*rules)[i]); });
      };
      simplify([](Rule& rule) { return std::exchange(rule.job, std::nullopt).has_value(); });
      simplify([](Rule& rule) { return std::exchange(rule.runner, std::nullopt).has_value(); });
      simplify([](Rule& rule) { return std::exchange(rule.probability_millionths, 1'000'000) != 1'000'000; });
      simplify([](Rule& rule) { return std::exchange(rule.from, std::nullopt).has_value(); });
      simplify([](Rule& rule) { return std::exchange(rule.until, std::nullopt).has_value(); });
      simplify([](Rule& rule) { return !is_zero(std::exchange(rule.latency, Duration::zero())); });
      simplify([](Rule& rule) { return fewer_calls(rule.calls); });
      simplify([](Rule& rule) { return plainer_action(rule.action); });
    }
    return changed;
  }

  /// The next simpler one of the same kind.
  template <class Action>
  static bool plainer_action(Action& action) {
    if constexpr (std::is_same_v<Action, fakes::HttpAction>) {
      if (auto* tools = std::get_if<fakes::DoTools>(&action); tools != nullptr && tools->tools.size() > 1) {
        tools->tools.pop_back();
        return true;
      }
      if (auto* pace = std::get_if<fakes::DoPace>(&action); pace != nullptr && pace->chunks > 2) {
        pace->chunks = 2;
        return true;
      }
    }
    return false;
  }

  static bool is_zero(const fakes::Latency& latency) {
    const auto* fixed = std::get_if<Duration>(&latency);
    return fixed != nullptr && *fixed == Duration::zero();
  }

  static bool fewer_calls(std::vector<fakes::CallRange>& calls) {
    if (calls.empty() || (calls.size() == 1 && calls[0].first == calls[0].last)) return false;
    calls.resize(1);
    calls[0] = {.first = calls[0].first, .last = calls[0].first};
    return true;
  }

  Scenario best_;
  const std::function<bool(const Scenario&)>& fails_;
  const std::uint64_t most_runs_;
  const bool keeps_a_runner_;
  std::uint64_t runs_ = 0;
  bool config_tried_ = false;
};

}  // namespace

Shrunk shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails, std::uint64_t most_runs) {
  return Shrinker(scenario, fails, most_runs).shrink();
}

bool violates(const Scenario& scenario, std::string_view invariant, const std::atomic<bool>* stop) try {
  Recorder recorder(KeepEvents::No);
  const Report report = run_scenario(scenario, recorder, {.stop = stop});
  return std::any_of(report.outcome.violations.begin(), report.outcome.violations.end(),
                     [&](const Violation& violation) { return violation.invariant == invariant; });
} catch (const RunStopped&) {
  return false;
}

}  // namespace sim
