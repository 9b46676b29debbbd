// rehearse diff: two trace files side by side, run by run.
#include <fmt/format.h>

#include <algorithm>

#include "rehearse/options.h"
#include "rehearse/output.h"
#include "rehearse/trace_input.h"
#include "reports/trace/trace_diff.h"

namespace rehearse {

namespace {

using Runs = std::vector<TraceRun>;

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Lines are those of the files: events follow their header.
std::string place_text(const TraceRun& run, std::size_t place) {
  if (place >= run.events().size()) return fmt::format("after its {}", counted(run.events().size(), "event"));
  return fmt::format("line {}", run.header.line + 1 + place);
}

TerminalText run_difference(const TraceRun& a, const TraceRun& b, std::size_t place) {
  return TerminalText::format("A: {}\nB: {}\nfirst difference: event {} of the run; A {}, B {}\n\n{}", a.name(),
                              b.name(), place + 1, place_text(a, place), place_text(b, place),
                              reports::difference_text(a.events(), b.events(), place, screen_of_stdout().width));
}

}  // namespace

int diff_command(const DiffOptions& options) {
  const std::optional<Runs> a = load_trace(options.left);
  const std::optional<Runs> b = load_trace(options.right);
  if (!a || !b) return kBadInput;
  std::size_t events = 0;
  for (std::size_t i = 0; i < std::min(a->size(), b->size()); ++i) {
    const TraceRun& left = (*a)[i];
    const TraceRun& right = (*b)[i];
    if (const auto place = reports::first_difference(left.events(), right.events())) {
      print(run_difference(left, right, *place));
      return kFailed;
    }
    events += left.events().size();
  }
  if (a->size() != b->size()) {
    const bool more_in_a = a->size() > b->size();
    print("A holds {}, B {}; they are the same as far as both go. The first that is in {} alone:\n{}\n",
          counted(a->size(), "run"), counted(b->size(), "run"), more_in_a ? "A" : "B",
          (more_in_a ? (*a)[b->size()] : (*b)[a->size()]).name());
    return kFailed;
  }
  print("the same: {} in {}\n", counted(events, "event"), counted(a->size(), "run"));
  return kAllHeld;
}

}  // namespace rehearse
