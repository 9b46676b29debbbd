#include "rehearse/found_violation.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/config/config_json.h"
#include "core/text/ascii.h"
#include "core/text/printable.h"
#include "core/time/text.h"
#include "rehearse/interrupt.h"
#include "rehearse/output.h"
#include "reports/timeline_text.h"
#include "sim/fuzz/shrink.h"
#include "sim/scenario/write.h"
#include "sim/world/world.h"

namespace rehearse {

namespace {

TerminalText timeline_of(const sim::Scenario& scenario, std::string_view invariant, std::string& message) {
  sim::Recorder recorder(sim::KeepEvents::Yes);
  const sim::Report report = sim::run_scenario(scenario, recorder);
  sim::Violation violation;
  for (const sim::Violation& each : report.outcome.violations) {
    if (each.invariant == invariant && violation.invariant.empty()) violation = each;
  }
  message = fmt::format(
      "{}{}{}", violation.message, violation.job.empty() ? "" : ", job " + violation.job,
      violation.at == core::SteadyTime() ? "" : ", at " + core::format_duration(violation.at.time_since_epoch()));
  return last_events_text(recorder.events(), violation);
}

/// An invariant of a file's own may have any name.
std::string file_name(std::string text) {
  for (char& c : text) {
    const bool plain = core::is_letter_or_digit(c) || c == '.' || c == '-';
    if (!plain) c = '-';
  }
  return text;
}

std::string title_of(const std::string& invariant, const sim::Scenario& scenario) {
  return file_name(invariant + "-" + scenario.title);
}

bool write_file(const std::string& path, const std::string& text) {
  OutputFile file(path);
  file.write(text);
  if (file.commit()) return true;
  print_message("error: " + file.error());
  return false;
}

}  // namespace

TerminalText options_text(const sim::Scenario& scenario) {
  return TerminalText::format("options: seed {}, schedule {}, start {}, limit {}, runners {}, jobs {}\nconfig: {}\n",
                              scenario.seed, scenario.schedule, core::format_utc(scenario.start),
                              core::format_duration(scenario.limit), scenario.runners, scenario.jobs.size(),
                              core::config_to_json_line(scenario.config));
}

std::string place_of(const std::string& invariant, const sim::Scenario& scenario, const std::string& out) {
  const std::string name = title_of(invariant, scenario) + ".json";
  return out.empty() ? name : out + "/" + name;
}

bool keep_unshrunk(sim::Scenario scenario, const sim::Violation& violation, const std::string& out) {
  const std::string path = place_of(violation.invariant, scenario, out);
  scenario.title = title_of(violation.invariant, scenario);
  scenario.why = fmt::format("Violates {}: {}.", violation.invariant, violation.message);
  return write_file(path, sim::scenario_text(scenario));
}

std::string_view sentence_of(std::string_view invariant) {
  for (const sim::InvariantInfo& info : sim::invariant_list()) {
    if (info.name == invariant) return info.sentence;
  }
  return {};
}

TerminalText last_events_text(const std::vector<core::Event>& events, const sim::Violation& violation) {
  constexpr std::size_t kShown = 12;
  std::vector<core::Event> last;
  for (const core::Event& event : events) {
    const bool concerns = violation.job.empty() || event.job.empty() || event.job == violation.job;
    if (concerns && (violation.at == core::SteadyTime() || event.at <= violation.at)) last.push_back(event);
  }
  if (last.size() > kShown) last.erase(last.begin(), last.end() - kShown);
  return reports::timeline_text(last, screen_of_stdout());
}

bool tell_violation(const sim::Scenario& scenario, const std::string& invariant, std::uint64_t times,
                    const std::string& out, std::uint64_t most_runs) {
  const auto fails = [&](const sim::Scenario& candidate) {
    return !interrupted() && sim::violates(candidate, invariant);
  };
  sim::Shrunk shrunk = sim::shrink(scenario, fails, most_runs);
  shrunk.scenario.title = title_of(invariant, scenario);
  std::string message;
  const TerminalText timeline = timeline_of(shrunk.scenario, invariant, message);
  shrunk.scenario.why = fmt::format("Violates {}: {}.", invariant, message);
  const std::string text = sim::scenario_text(shrunk.scenario);
  const std::string path = place_of(invariant, scenario, out);
  const bool kept = out.empty() || write_file(path, text);
  const std::string_view sentence = sentence_of(invariant);
  print("\nviolation of {}{}: {}\n{}\nin {} worlds; of the first, shrunk in {} runs to:\n{}{}", invariant,
        sentence.empty() ? std::string() : fmt::format(" ({})", sentence), message, timeline, times, shrunk.runs,
        TerminalText::lines(core::printable_json(text)), options_text(shrunk.scenario));
  if (out.empty() || !kept) {
    print("repeat it: save this as {} and call rehearse run {}\n", path, path);
  } else {
    print("repeat it: rehearse run {}\n", path);
  }
  return kept;
}

bool prepare_folder(const std::string& folder) {
  if (folder.empty()) return true;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  OutputFile probe(folder + "/.writable");
  if (probe.ok()) return true;
  print_message("error: " + probe.error());
  return false;
}

}  // namespace rehearse
