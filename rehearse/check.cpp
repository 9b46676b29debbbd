// rehearse check: the invariants over the runs of trace files.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/json/escape.h"
#include "core/time/text.h"
#include "rehearse/found_violation.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "rehearse/trace_input.h"
#include "rehearse/traces_together.h"
#include "reports/event_json.h"
#include "sim/invariants/invariants.h"

namespace rehearse {

namespace {

/// A violation, and how many events of the run had been seen when it was found.
struct Finding {
  sim::Violation violation;
  std::size_t events_seen;
};

struct Judgement {
  const TraceRun& run;
  std::vector<Finding> findings;
  std::uint64_t count = 0;  ///< Of all violations; only the first are kept.
};

using NamesOff = std::set<std::string, std::less<>>;

constexpr std::size_t kTimelineEvents = 12;

Judgement judge(const TraceRun& run, const core::Config& config, const NamesOff& off) {
  Judgement judgement{run, {}};
  sim::Invariants invariants(config, {.exact = run.header.simulated, .disturbances_told = false}, off);
  const auto take = [&](std::size_t events_seen) {
    const std::vector<sim::Violation>& kept = invariants.findings().kept();
    for (std::size_t i = judgement.findings.size(); i < kept.size(); ++i) {
      judgement.findings.push_back({kept[i], events_seen});
    }
  };
  const std::vector<core::Event>& events = run.events();
  for (std::size_t i = 0; i < events.size(); ++i) {
    invariants.on_event(events[i]);
    take(i + 1);
  }
  invariants.at_end(events.empty() ? core::SteadyTime() : events.back().at, sim::RunEnd::CutShort);
  take(events.size());
  judgement.count = invariants.findings().count();
  return judgement;
}

/// The last events of the job concerned, or of the whole run where it is of no job, up to the one that told.
std::vector<core::Event> last_events(const TraceRun& run, const Finding& finding) {
  std::vector<core::Event> last;
  for (std::size_t i = finding.events_seen; i-- > 0 && last.size() < kTimelineEvents;) {
    const core::Event& event = run.events()[i];
    if (finding.violation.job.empty() || event.job == finding.violation.job) last.push_back(event);
  }
  std::reverse(last.begin(), last.end());
  return last;
}

TerminalText finding_text(const TraceRun& run, const Finding& finding) {
  const sim::Violation& violation = finding.violation;
  const bool of_job = !violation.job.empty();
  auto out = TerminalText::format("\nVIOLATED: {} at {}{}\n    {}\n    {}\n", violation.invariant,
                                  core::format_duration(violation.at.time_since_epoch()),
                                  of_job ? ", job " + core::printable(violation.job) : std::string(),
                                  sentence_of(violation.invariant), core::printable(violation.message, 1'000));
  const std::vector<core::Event> events = last_events(run, finding);
  out.append("  the last events {}:\n", of_job ? "of the job" : "before it");
  return out += reports::timeline_text(events, screen_of_stdout());
}

TerminalText judgement_text(const Judgement& judgement, std::string_view judged_by, const NamesOff& off) {
  const TraceRun& run = judgement.run;
  auto out = TerminalText::format("== {}\n   {} events, {}, judged by {}\n", run.name(), run.events().size(),
                                  run.header.simulated ? "simulated" : "in real time", judged_by);
  for (const std::string& name : off) {
    out.append("   {} is not judged: a runner was killed, and what it had not written out is missing\n", name);
  }
  if (judgement.count == 0) {
    return out.append("all {}invariants hold ({} events)\n", off.empty() ? "" : "other ", run.events().size());
  }
  for (const Finding& finding : judgement.findings) out += finding_text(run, finding);
  if (judgement.count > judgement.findings.size()) {
    out.append("\n{} more violations are not shown\n", judgement.count - judgement.findings.size());
  }
  return out.append("\n{} {}\n", judgement.count, judgement.count == 1 ? "violation" : "violations");
}

std::string finding_json(const TraceRun& run, const Finding& finding) {
  const sim::Violation& violation = finding.violation;
  std::string out = fmt::format(
      "{{\"invariant\":{},\"sentence\":{},\"message\":{},\"job\":{},\"t_ns\":{},\"events\":[",
      core::json_string(violation.invariant), core::json_string(sentence_of(violation.invariant)),
      core::json_string(violation.message), core::json_string(violation.job), violation.at.time_since_epoch().count());
  std::string_view separator;
  for (const core::Event& event : last_events(run, finding)) {
    out += separator;
    reports::append_event_json(out, event);
    separator = ",";
  }
  return out + "]}";
}

std::string judgement_json(const Judgement& judgement, const NamesOff& off) {
  const TraceRun& run = judgement.run;
  std::string not_judged;
  for (const std::string& name : off) not_judged += (not_judged.empty() ? "" : ",") + core::json_string(name);
  std::string out = fmt::format(
      "{{\"file\":{},\"line\":{},\"scenario\":{},\"seed\":{},\"simulated\":{},\"events\":{},\"digest\":{},\"held\":{},"
      "\"not_judged\":[{}],\"violation_count\":{},\"violations\":[",
      core::json_string(run.file), run.header.line, core::json_string(run.header.scenario),
      run.header.seed ? fmt::format("{}", *run.header.seed) : "null", run.header.simulated, run.events().size(),
      core::json_string(run.recorder->digest()), judgement.count == 0, not_judged, judgement.count);
  std::string_view separator;
  for (const Finding& finding : judgement.findings) {
    out += separator;
    out += finding_json(run, finding);
    separator = ",";
  }
  return out + "]}";
}

struct Case {
  TraceRun run;
  core::Config config;
  std::string_view judged_by;
  NamesOff off;  ///< Invariants that cannot be judged.
};

struct Selection {
  std::vector<TraceRun> runs;
  NamesOff off;
};

/// All traces as one run. Nothing, with the faults printed, when it cannot be.
std::optional<Selection> all_together(const CheckOptions& options) {
  std::optional<TracesTogether> all = load_together(options.paths, !options.config.empty());
  if (!all) return std::nullopt;
  Selection selection;
  if (all->run) selection.runs.push_back(std::move(*all->run));
  // A re-queue that a killed runner did not live to write down seems to come from nowhere.
  if (all->a_runner_was_killed) selection.off.insert("jobs");
  return selection;
}

/// What is to be judged. Every fault is printed, and makes `ok` false.
std::vector<Selection> selections_of(const CheckOptions& options, bool& ok) {
  std::vector<Selection> selections;
  if (options.together) {
    std::optional<Selection> all = all_together(options);
    ok = ok && all;
    if (all) selections.push_back(std::move(*all));
    return selections;
  }
  for (const std::string& path : options.paths) {
    std::optional<std::vector<TraceRun>> runs = load_trace(path);
    ok = ok && runs;
    if (runs) selections.push_back({std::move(*runs), {}});
  }
  return selections;
}

/// All traces with their configurations; nothing, with all faults printed, when any of them is bad.
std::optional<std::vector<Case>> load_cases(const CheckOptions& options) {
  bool ok = true;
  std::optional<core::Config> given;
  if (!options.config.empty()) {
    given = load_config(options.config);
    ok = given.has_value();
  }
  std::vector<Case> cases;
  for (Selection& selection : selections_of(options, ok)) {
    for (TraceRun& run : selection.runs) {
      const bool has_own = run.header.config() != nullptr;
      std::optional<core::Config> config = !options.config.empty() ? given : config_of(run);
      ok = ok && config;
      const std::string_view judged_by = !options.config.empty() ? "the configuration given"
                                         : has_own               ? "the configuration in it"
                                                                 : "the default configuration";
      if (config) cases.push_back({std::move(run), std::move(*config), judged_by, selection.off});
    }
  }
  if (!ok) return std::nullopt;
  return cases;
}

}  // namespace

int check_command(const CheckOptions& options) {
  const auto cases = load_cases(options);
  if (!cases) return kBadInput;
  bool held = true;
  std::string_view separator = options.format == Format::Json ? "[" : "";
  for (const Case& each : *cases) {
    if (!cli::stdout_is_read()) break;
    const Judgement judgement = judge(each.run, each.config, each.off);
    held = held && judgement.count == 0;
    if (options.format == Format::Json) {
      print_json(std::string(separator) + judgement_json(judgement, each.off));
      separator = ",\n";
    } else {
      print("{}{}", TerminalText::lines(separator), judgement_text(judgement, each.judged_by, each.off));
      separator = "\n";
    }
  }
  if (options.format == Format::Json) print_json("]\n");
  return held ? kAllHeld : kFailed;
}

}  // namespace rehearse
