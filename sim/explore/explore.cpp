#include "sim/explore/explore.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/explore/fingerprint.h"
#include "sim/explore/outcome.h"
#include "sim/parallel.h"

namespace sim {

namespace {

std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/// What is told as it goes on, besides how much is done.
Parallel parallel(const ExploreOptions& options, ExploreProgress progress) {
  Parallel how{.threads = options.threads, .stop = options.stop, .tell_every = 256};
  if (options.progress) {
    how.tell = [&options, progress](std::size_t done) mutable {
      progress.done = done;
      options.progress(progress);
    };
  }
  return how;
}

/// One run and what is kept of it.
struct Run {
  std::vector<std::uint8_t> outcomes;
  std::vector<Fingerprint> before;  ///< Of each call, the explored ones and those after them.
  std::vector<bool> for_llm;
  std::vector<Violation> violations;
  std::string end;
};

std::string end_of(const Scenario& scenario, const Outcome& outcome) {
  std::string text;
  for (const ScenarioJob& job : scenario.jobs) {
    const auto state = outcome.jobs.find(job.id);
    const bool known = state != outcome.jobs.end() && state->second;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", known ? name_of(*state->second) : "?");
  }
  std::uint64_t comments = 0;
  for (const auto& [issue, count] : outcome.comments) comments += count;
  text += fmt::format("; {} comments", comments);
  for (const auto& [operation, count] : outcome.effects) {
    if (count > 0) text += fmt::format(", {} {}", count, operation);
  }
  return text;
}

/// So that the end of a run tells of all jobs, comments and other effects that must not come twice.
Scenario with_ends_asked_for(Scenario scenario) {
  scenario.expect = {};
  scenario.expect.jobs["*"] = JobState::Completed;
  for (const core::Api* api : core::kApis) {
    if (core::is_once(api->name) && api != &core::api::kCreateComment) {
      scenario.expect.effects[std::string(api->operation)] = 0;
    }
  }
  for (const ScenarioJob& job : scenario.jobs) scenario.expect.comments[fmt::format("{}#{}", job.repo, job.issue)] = 0;
  return scenario;
}

/// Which service a call goes to is known from the run of its prefix.
void run_prefix(const Scenario& scenario, const ExploreOptions& options, Run& run) {
  Fingerprints fingerprints(scenario, run.outcomes, options.depth);
  Recorder recorder(KeepEvents::No);
  const Scenario fixed = with_outcomes(scenario, run.outcomes, run.for_llm);
  World world(fixed, recorder, {.invariants_off = options.invariants_off, .observer = &fingerprints});
  const Outcome outcome = world.run();
  run.before = fingerprints.taken();
  run.for_llm = fingerprints.for_llm();
  run.violations = outcome.violations;
  run.end = end_of(scenario, outcome);
}

void note(Exploration& result, const std::vector<Violation>& violations, const std::vector<std::uint8_t>& outcomes,
          const std::vector<Blow>& blows) {
  std::set<std::string_view> seen;
  for (const Violation& violation : violations) {
    if (!seen.insert(violation.invariant).second) continue;
    const auto [found, is_new] = result.found.try_emplace(violation.invariant);
    if (is_new) found->second = {violation, outcomes, blows, 0};
    ++found->second.times;
  }
}

/// A run that stands for all prefixes whose worlds are like its own.
struct Node {
  Run run;
  std::uint64_t stands_for = 1;
};

class CallExplorer {
 public:
  CallExplorer(const Scenario& scenario, const ExploreOptions& options)
      : scenario_(with_ends_asked_for(scenario)), options_(options) {}

  Exploration explore() {
    Node root;
    run_prefix(scenario_, options_, root.run);
    result_.runs = 1;
    note(result_, root.run.violations, {}, {});
    std::vector<Node> level;
    level.push_back(std::move(root));
    for (std::uint32_t call = 1; call <= options_.depth; ++call) {
      level = merged(std::move(level), call);
      if (level.empty()) break;
      result_.states.push_back(level.size());
      if (!expand(level, call)) return std::move(result_);
    }
    for (const Node& node : level) end(node);
    result_.complete = true;
    return std::move(result_);
  }

 private:
  void end(const Node& node) {
    result_.sequences = plus(result_.sequences, node.stands_for);
    std::uint64_t& ends = result_.ends[node.run.end];
    ends = plus(ends, node.stands_for);
  }

  /// One node for each different world before the call. Those whose world has ended are done with.
  std::vector<Node> merged(std::vector<Node> level, std::uint32_t call) {
    std::vector<Node> kept;
    std::map<Fingerprint, std::size_t> places;
    for (Node& node : level) {
      if (node.run.before.size() < call) {
        result_.ended = plus(result_.ended, node.stands_for);
        end(node);
        continue;
      }
      const auto [place, is_new] = places.try_emplace(node.run.before[call - 1], kept.size());
      if (is_new || !options_.merge) {
        kept.push_back(std::move(node));
      } else {
        kept[place->second].stands_for = plus(kept[place->second].stands_for, node.stands_for);
      }
    }
    return kept;
  }

  /// Puts the nodes' children in their place. Where the file has no rules of its own the parent went on ordinarily, and
  /// the ordinary outcome needs no run.
  bool expand(std::vector<Node>& level, std::uint32_t call) {
    const std::size_t kinds = call_outcomes().size();
    std::vector<Node> children(level.size() * kinds);
    const bool done =
        in_parallel(children.size(), parallel(options_, {.call = call, .of = children.size()}), [&](std::size_t i) {
          const Node& parent = level[i / kinds];
          Node& child = children[i];
          child.stands_for = parent.stands_for;
          const auto outcome = static_cast<std::uint8_t>(i % kinds);
          if (outcome == 0 && goes_on_ordinarily_) {
            child.run = parent.run;
            child.run.outcomes.push_back(0);
            return;
          }
          child.run.outcomes = parent.run.outcomes;
          child.run.outcomes.push_back(outcome);
          child.run.for_llm = parent.run.for_llm;
          run_prefix(scenario_, options_, child.run);
        });
    for (std::size_t i = 0; i < children.size(); ++i) {
      if ((i % kinds == 0 && goes_on_ordinarily_) || children[i].run.end.empty()) continue;
      ++result_.runs;
      note(result_, children[i].run.violations, children[i].run.outcomes, {});
    }
    if (done) level = std::move(children);
    return done;
  }

  const Scenario scenario_;
  const ExploreOptions& options_;
  const bool goes_on_ordinarily_ = scenario_.llm.empty() && scenario_.github.empty();
  Exploration result_;
};

struct Struck {
  std::vector<Blow> blows;
  std::vector<Violation> violations;
  std::string end;
};

void run_struck(const Scenario& scenario, const ExploreOptions& options, Struck& struck) {
  Recorder recorder(KeepEvents::No);
  World world(scenario, recorder, {.invariants_off = options.invariants_off, .blows = struck.blows});
  const Outcome outcome = world.run();
  struck.violations = outcome.violations;
  struck.end = end_of(scenario, outcome);
}

/// All that can strike before one step.
std::vector<Blow> blows_before(std::uint64_t step, const Scenario& scenario) {
  std::vector<Blow> blows{{step, Blow::Kind::RestartRedis}, {step, Blow::Kind::DropConnections}};
  for (const Blow::Kind kind : {Blow::Kind::CrashRunner, Blow::Kind::PauseRunner, Blow::Kind::PartitionRunner}) {
    for (std::uint32_t i = 0; i < scenario.runners; ++i) blows.push_back({step, kind, i});
  }
  return blows;
}

}  // namespace

Scenario with_outcomes(const Scenario& scenario, const std::vector<std::uint8_t>& outcomes,
                       const std::vector<bool>& for_llm) {
  Scenario result = scenario;
  std::vector<fakes::HttpRule> llm;
  std::vector<fakes::HttpRule> github;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    std::vector<fakes::HttpRule>& rules = for_llm[i] ? llm : github;
    const std::uint64_t number = rules.size() + 1;
    fakes::HttpRule rule;
    rule.calls = {{number, number}};
    rule.action = call_outcomes()[outcomes[i]].action;
    rules.push_back(std::move(rule));
  }
  result.llm.insert(result.llm.begin(), llm.begin(), llm.end());
  result.github.insert(result.github.begin(), github.begin(), github.end());
  return result;
}

Exploration explore_calls(const Scenario& scenario, const ExploreOptions& options) {
  return CallExplorer(scenario, options).explore();
}

Exploration explore_blows(const Scenario& scenario, bool pairs, const ExploreOptions& options) {
  const Scenario asked = with_ends_asked_for(scenario);
  Exploration result;
  Recorder recorder(KeepEvents::No);
  World plain(asked, recorder);
  const std::uint64_t steps = plain.run().steps;
  std::vector<Struck> all;
  for (std::uint64_t first = 0; first < steps; ++first) {
    for (const Blow& blow : blows_before(first, asked)) all.push_back({{blow}, {}, {}});
  }
  // A blow makes the run longer; the second one falls on the steps after it as well.
  const std::uint64_t later = pairs ? 2 * steps : 0;
  const std::size_t singles = all.size();
  for (std::size_t i = 0; i < singles; ++i) {
    const Blow first = all[i].blows[0];
    for (std::uint64_t second = first.step; second < later; ++second) {
      for (const Blow& blow : blows_before(second, asked)) {
        if (first < blow) all.push_back({{first, blow}, {}, {}});
      }
    }
  }
  result.complete = in_parallel(all.size(), parallel(options, {.of = all.size()}),
                                [&](std::size_t i) { run_struck(asked, options, all[i]); });
  for (const Struck& struck : all) {
    if (struck.end.empty()) continue;
    ++result.runs;
    ++result.ends[struck.end];
    note(result, struck.violations, {}, struck.blows);
  }
  result.sequences = result.runs;
  return result;
}

}  // namespace sim
