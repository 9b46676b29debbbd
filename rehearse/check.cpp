#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include "core/config/config_json.h"
#include "core/json/escape.h"
#include "core/time/text.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "reports/event_json.h"
#include "reports/timeline_text.h"
#include "reports/trace.h"
#include "sim/invariants/invariants.h"

namespace rehearse {

namespace {

void print_problems(const std::vector<core::InputError>& warnings, const std::vector<core::InputError>& errors) {
  for (const core::InputError& warning : warnings) print_message("warning: " + core::to_text(warning));
  for (const core::InputError& error : errors) print_message("error: " + core::to_text(error));
}

/// Nothing when it cannot be read; that has been said.
std::optional<core::Config> config_of(const std::string& file, std::string_view text) {
  core::ConfigInput input = core::parse_config(file, text);
  print_problems(input.warnings, input.errors);
  return input.config;
}

std::optional<core::Config> config_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    print_message("error: " + path + ": the file cannot be opened");
    return std::nullopt;
  }
  return config_of(path, std::string(std::istreambuf_iterator<char>(file), {}));
}

/// The last events of the job concerned, up to the violation.
std::vector<core::Event> events_around(const reports::Trace& trace, const sim::Violation& violation) {
  constexpr std::size_t kShown = 12;
  std::vector<core::Event> events;
  for (const core::Event& event : trace.events) {
    const bool concerns = violation.job.empty() || event.job.empty() || event.job == violation.job;
    if (concerns && event.at <= violation.at) events.push_back(event);
  }
  if (events.size() > kShown) events.erase(events.begin(), events.end() - kShown);
  return events;
}

void print_text(const std::string& path, const reports::Trace& trace, const sim::Findings& findings) {
  print(fmt::format("== {}: {} (seed {}), {} events\n", path, trace.header.scenario, trace.header.seed,
                    trace.events.size()));
  if (findings.count() == 0) return print("verdict: all invariants hold\n");
  for (const sim::Violation& violation : findings.kept()) {
    print(fmt::format("\nviolation of {} at {}{}: {}\n", violation.invariant,
                      core::format_duration(violation.at.time_since_epoch()),
                      violation.job.empty() ? "" : " by job " + violation.job, violation.message));
    print(reports::timeline_text(events_around(trace, violation), colour_for_stdout()));
  }
  print(fmt::format("verdict: {} violations\n", findings.count()));
}

std::string json_of(const std::string& path, const reports::Trace& trace, const sim::Findings& findings) {
  std::string out = "{\"file\":";
  core::append_json_string(out, path);
  out += ",\"scenario\":";
  core::append_json_string(out, trace.header.scenario);
  out += fmt::format(",\"events\":{},\"violations\":[", trace.events.size());
  for (const sim::Violation& violation : findings.kept()) {
    if (out.back() != '[') out += ',';
    out += fmt::format("{{\"t_ns\":{},\"invariant\":\"{}\",\"job\":", violation.at.time_since_epoch().count(),
                       violation.invariant);
    core::append_json_string(out, violation.job);
    out += ",\"message\":";
    core::append_json_string(out, violation.message);
    out += '}';
  }
  return out + fmt::format("],\"count\":{}}}", findings.count());
}

std::vector<std::string> lines_of(const reports::Trace& trace) {
  std::vector<std::string> lines;
  lines.reserve(trace.events.size());
  for (const core::Event& event : trace.events) reports::append_event_json(lines.emplace_back(), event);
  return lines;
}

/// The first difference with what is around it.
void print_difference(const std::vector<std::string>& a, const std::vector<std::string>& b, std::size_t place) {
  constexpr std::size_t kContext = 5;
  const std::size_t begin = place > kContext ? place - kContext : 0;
  for (std::size_t i = begin; i < place; ++i) print(fmt::format("  {:>6}   {}\n", i + 1, a[i]));
  for (std::size_t i = place; i < place + kContext; ++i) {
    if (i < a.size()) print(fmt::format("  {:>6} {} {}\n", i + 1, i == place ? "<<" : " <", a[i]));
    if (i < b.size()) print(fmt::format("  {:>6} {} {}\n", i + 1, i == place ? ">>" : " >", b[i]));
  }
}

}  // namespace

int check_command(const CheckCommandOptions& options) {
  std::optional<core::Config> given;
  if (!options.config.empty() && !(given = config_file(options.config))) return kBadInput;
  std::vector<std::pair<std::string, reports::Trace>> traces;
  bool bad_input = false;
  for (const std::string& path : options.paths) {
    reports::LoadedTraces loaded = reports::load_traces(path);
    print_problems(loaded.warnings, loaded.errors);
    bad_input |= !loaded.errors.empty();
    for (reports::Trace& trace : loaded.traces) traces.emplace_back(path, std::move(trace));
  }
  if (bad_input) return kBadInput;
  int code = kAllHeld;
  std::string json;
  for (const auto& [path, trace] : traces) {
    std::optional<core::Config> config = given;
    if (!config) config = trace.header.config.empty() ? core::Config() : config_of(path, trace.header.config);
    if (!config) return kBadInput;
    sim::Invariants invariants(*config, {.exact = trace.header.simulated});
    for (const core::Event& event : trace.events) invariants.on_event(event);
    if (!trace.events.empty()) invariants.at_end(trace.events.back().at);
    if (invariants.findings().count() > 0) code = kFailed;
    if (options.json) {
      json += (json.empty() ? "" : ",\n") + json_of(path, trace, invariants.findings());
    } else {
      print_text(path, trace, invariants.findings());
    }
  }
  if (options.json) print("[" + json + "]\n");
  return code;
}

int diff_command(const DiffCommandOptions& options) {
  reports::LoadedTraces a = reports::load_traces(options.first);
  reports::LoadedTraces b = reports::load_traces(options.second);
  print_problems(a.warnings, a.errors);
  print_problems(b.warnings, b.errors);
  if (!a.errors.empty() || !b.errors.empty()) return kBadInput;
  for (std::size_t run = 0; run < std::max(a.traces.size(), b.traces.size()); ++run) {
    if (run >= a.traces.size() || run >= b.traces.size()) {
      print(fmt::format("{} runs in {}, {} in {}\n", a.traces.size(), options.first, b.traces.size(), options.second));
      return kFailed;
    }
    const std::vector<std::string> first = lines_of(a.traces[run]);
    const std::vector<std::string> second = lines_of(b.traces[run]);
    const auto [differs, other] = std::mismatch(first.begin(), first.end(), second.begin(), second.end());
    if (differs == first.end() && other == second.end()) continue;
    const auto place = static_cast<std::size_t>(differs - first.begin());
    print(fmt::format("run {}: the first difference is at event {} of {} and {}\n", run + 1, place + 1, first.size(),
                      second.size()));
    print_difference(first, second, place);
    return kFailed;
  }
  print(fmt::format("the same: {} runs\n", a.traces.size()));
  return kAllHeld;
}

}  // namespace rehearse
