#include "sim/lab/text.h"

#include <algorithm>
#include <chrono>

#include "core/time/text.h"
#include "sim/lab/ratio.h"

namespace sim {

namespace {

using core::TerminalText;

/// To the tenth of a second.
std::string seconds_text(core::Duration duration) {
  return core::format_duration(std::chrono::round<std::chrono::duration<std::int64_t, std::deci>>(duration));
}

std::string judgement_text(const FleetRow& row) {
  std::string text;
  const auto add = [&text](std::string_view name, std::uint64_t times) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, times);
  };
  for (const auto& [kind, times] : row.faults) add(name_of(kind), times);
  for (const auto& [invariant, times] : row.violations) add("VIOLATED " + invariant, times);
  return text.empty() ? "no fault" : text;
}

void append_row(TerminalText& out, const FleetRow& row) {
  const core::Duration time = row.completed_at.value_or(core::Duration::zero());
  const std::string fairness = ratio_text(row.longest_wait.count(), row.mean_wait().count());
  out.append("{:>7}  {:<15}  {:>5}  {:>6}  {:>11}  {:>7}  {:>9}  {:>12}  {:>8}  {:>8}  {:>12}  {}\n", row.cell.clients,
             row.cell.strategy->name, row.jobs, row.calls, ratio_text(row.calls, row.successes()),
             percent_text(row.refused, row.calls), row.completed, row.dead, row.completed_at ? seconds_text(time) : "-",
             ratio_text(time.count(), row.ideal().count()), fairness, judgement_text(row));
}

void append_heading(TerminalText& out, const FleetRow& row) {
  out.append("== {}: {} calls ({}) pass in {}, the others get {}\n\n", row.cell.service->name, row.settings.limit,
             row.cell.service->operation, core::format_duration(row.settings.per), row.cell.service->refusal);
  out.append("{:>7}  {:<15}  {:>5}  {:>6}  {:>11}  {:>7}  {:>9}  {:>12}  {:>8}  {:>8}  {:>12}  {}\n", "clients",
             "strategy", "jobs", "calls", "per success", "refused", "completed", "dead letters", "time", "of ideal",
             "longest/mean", "verdict");
}

TerminalText fleet_text(const std::vector<FleetRow>& rows) {
  TerminalText out;
  const FleetRow* before = nullptr;
  for (const FleetRow& row : rows) {
    const bool is_new_service = before == nullptr || before->cell.service != row.cell.service;
    if (before != nullptr && (is_new_service || before->cell.clients != row.cell.clients)) out.append("\n");
    if (is_new_service) append_heading(out, row);
    append_row(out, row);
    before = &row;
  }
  return out;
}

TerminalText targets_text(const std::vector<FleetRow>& rows) {
  TerminalText missed;
  std::size_t promised = 0, kept = 0;
  for (const FleetRow& row : rows) {
    if (!has_targets(row)) continue;
    ++promised;
    const std::vector<std::string> misses = missed_targets(row);
    if (misses.empty()) ++kept;
    for (const std::string& miss : misses) {
      missed.append("missed: {}, {}, {} clients: {}\n", row.cell.service->name, row.cell.strategy->name,
                    row.cell.clients, miss);
    }
  }
  if (promised == 0) return {};
  auto out = TerminalText::format(
      "targets: at most 1.2 calls a success and 1.1 of the ideal time where a refusal tells the wait, 2 and 1.5 where "
      "it "
      "does not, and no job lost, no fault: kept in {} of {} rows\n",
      kept, promised);
  return out += missed;
}

/// Null where it was not measured.
const ContentionRow* row_of(const std::vector<ContentionRow>& rows, const ContentionStrategy& strategy,
                            std::uint32_t clients) {
  const auto found = std::ranges::find_if(
      rows, [&](const ContentionRow& row) { return row.cell.strategy == &strategy && row.cell.clients == clients; });
  return found == rows.end() ? nullptr : &*found;
}

template <class Cell>
void append_contention(TerminalText& out, const LabOptions& options, const std::vector<ContentionRow>& rows,
                       Cell cell) {
  out.append("{:>7}", "clients");
  for (const ContentionStrategy& strategy : contention_strategies()) out.append("  {:>12}", strategy.name);
  out.append("\n");
  for (const std::uint32_t clients : options.contenders) {
    out.append("{:>7}", clients);
    for (const ContentionStrategy& strategy : contention_strategies()) {
      const ContentionRow* row = row_of(rows, strategy, clients);
      out.append("  {:>12}", row == nullptr ? "?" : cell(*row));
    }
    out.append("\n");
  }
}

TerminalText contention_text(const LabOptions& options, const std::vector<ContentionRow>& rows) {
  TerminalText out;
  out.append("== contention for one record: each client writes it once; means of {} runs\n\n", options.contention.runs);
  out.append("writes until all clients have succeeded, those in vain, too\n");
  append_contention(out, options, rows, [](const ContentionRow& row) {
    return fmt::format("{}", (2 * row.calls + row.runs) / 2 / row.runs);
  });
  out.append("\ntime until all clients have succeeded\n");
  append_contention(out, options, rows, [](const ContentionRow& row) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    return ratio_text(static_cast<std::uint64_t>(row.time.count()), row.runs * kSecond) + "s";
  });
  return out;
}

}  // namespace

TerminalText lab_text(const LabOptions& options, const LabResult& result) {
  TerminalText out = fleet_text(result.fleet);
  const TerminalText below = targets_text(result.fleet);
  if (!below.empty()) out.append("\n{}", below);
  if (options.contenders.empty()) return out;
  if (!out.empty()) out.append("\n");
  return out += contention_text(options, result.contention);
}

}  // namespace sim
