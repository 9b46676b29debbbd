#include "rehearse/traces_together.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "rehearse/output.h"

namespace rehearse {

namespace {

std::string config_text(const TraceRun& run) {
  const core::input::Node* config = run.header.config();
  return config == nullptr ? std::string() : core::input::to_json(*config);
}

bool is_fit(const TraceRun& run, const TraceRun& first, bool config_is_given) {
  const auto refuse = [&run](std::string_view why) {
    print_message(fmt::format("error: {}:{}: {}", core::printable(run.file, 300), run.header.line, why));
    return false;
  };
  if (run.header.simulated) return refuse("this run was simulated; only runs of real time are taken together");
  if (!run.header.started) return refuse("the header does not say when the run started");
  if (!config_is_given && config_text(run) != config_text(first)) {
    return refuse("another configuration than in " + core::printable(first.file, 300) + "; give one with --config");
  }
  return true;
}

struct Moved {
  core::Event event;
  std::size_t run;
  std::size_t number;
};

/// `runs` is not empty, and each is fit.
TracesTogether together(std::vector<TraceRun> runs) {
  const auto begun = std::min_element(runs.begin(), runs.end(), [](const TraceRun& a, const TraceRun& b) {
    return *a.header.started < *b.header.started;
  });

  TracesTogether all;
  std::vector<Moved> moved;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const core::Duration later = *runs[i].header.started - *begun->header.started;
    const std::vector<core::Event>& events = runs[i].events();
    for (std::size_t number = 0; number < events.size(); ++number) {
      moved.push_back({events[number], i, number});
      moved.back().event.at = core::saturating_add(events[number].at, later);
    }
    if (events.empty() || events.back().kind == core::EventKind::WorkerStopped) continue;
    all.a_runner_was_killed = true;
    core::Event crash;
    crash.kind = core::EventKind::WorkerCrashed;
    crash.at = core::saturating_add(moved.back().event.at, core::Duration(1));
    crash.runner = events.back().runner;
    moved.push_back({crash, i, events.size()});
  }
  // total order: no two have one place
  std::sort(moved.begin(), moved.end(), [](const Moved& a, const Moved& b) {
    return std::tuple(a.event.at, a.run, a.number) < std::tuple(b.event.at, b.run, b.number);
  });
  auto recorder = std::make_unique<sim::Recorder>(sim::KeepEvents::Yes);
  for (const Moved& each : moved) recorder->on_event(each.event);
  const std::size_t count = runs.size();
  all.run = TraceRun{count == 1 ? runs[0].file : fmt::format("{} traces together, from {} on", count, begun->file),
                     std::move(begun->header), std::move(recorder)};
  return all;
}

}  // namespace

std::optional<TracesTogether> load_together(const std::vector<std::string>& paths, bool config_is_given) {
  std::vector<TraceRun> runs;
  bool fit = true;
  bool was_not_begun = false;
  for (const std::string& path : paths) {
    std::optional<std::vector<TraceRun>> found = load_trace(path, reports::CutLine::LeftOut);
    fit = fit && found;
    if (!found) continue;
    was_not_begun = was_not_begun || found->empty();
    std::move(found->begin(), found->end(), std::back_inserter(runs));
  }
  if (!fit) return std::nullopt;
  for (const TraceRun& run : runs) fit = is_fit(run, runs[0], config_is_given) && fit;
  if (!fit) return std::nullopt;
  TracesTogether all;
  if (!runs.empty()) all = together(std::move(runs));
  all.a_runner_was_killed = all.a_runner_was_killed || was_not_begun;
  return all;
}

}  // namespace rehearse
