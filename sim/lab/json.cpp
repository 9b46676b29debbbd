#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "core/json/escape.h"
#include "sim/lab/text.h"

namespace sim {

namespace {

template <class Counts, class NameOf>
std::string counts_json(const Counts& counts, NameOf name) {
  std::vector<std::string> members;
  members.reserve(counts.size());
  for (const auto& [key, times] : counts) members.push_back(fmt::format("\"{}\":{}", name(key), times));
  return fmt::format("{{{}}}", fmt::join(members, ","));
}

std::string texts_json(const std::vector<std::string>& texts) {
  std::vector<std::string> values;
  values.reserve(texts.size());
  for (const std::string& text : texts) values.push_back(core::json_string(text));
  return fmt::format("[{}]", fmt::join(values, ","));
}

std::string row_json(const FleetRow& row) {
  const auto fault_name = [](fakes::FaultKind kind) { return fakes::name_of(kind); };
  const auto invariant_name = [](const std::string& name) { return name; };
  const std::string completed_at = row.completed_at ? fmt::format("{}", row.completed_at->count()) : "null";
  const std::string missed = has_targets(row) ? texts_json(missed_targets(row)) : "null";
  return fmt::format(
      "{{\"service\":\"{}\",\"tells_the_wait\":{},\"clients\":{},\"strategy\":\"{}\",\"jobs\":{},\"completed\":{},"
      "\"dead\":{},\"calls\":{},\"passed\":{},\"refused\":{},\"successes\":{},\"completed_ns\":{},\"ideal_ns\":{},"
      "\"longest_wait_ns\":{},\"mean_wait_ns\":{},\"faults\":{},\"violations\":{},\"missed_targets\":{}}}",
      row.cell.service->name, row.cell.service->tells == Tells::TheWait, row.cell.clients, row.cell.strategy->name,
      row.jobs, row.completed, row.dead, row.calls, row.passed, row.refused, row.successes(), completed_at,
      row.ideal().count(), row.longest_wait.count(), row.mean_wait().count(), counts_json(row.faults, fault_name),
      counts_json(row.violations, invariant_name), missed);
}

std::string row_json(const ContentionRow& row) {
  return fmt::format(
      "{{\"clients\":{},\"strategy\":\"{}\",\"runs\":{},\"calls\":{},\"successes\":{},\"conflicts\":{},\"time_ns\":{}}"
      "}",
      row.cell.clients, row.cell.strategy->name, row.runs, row.calls, row.successes, row.conflicts, row.time.count());
}

/// A row a line.
template <class Row>
std::string rows_json(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (const Row& row : rows) lines.push_back(row_json(row));
  return fmt::format("[\n{}\n]", fmt::join(lines, ",\n"));
}

}  // namespace

std::string lab_json(const LabOptions& options, const LabResult& result) {
  std::string out = fmt::format("{{\"format\":\"rehearse-lab\",\"version\":1,\"complete\":{}", result.complete);
  if (!options.services.empty()) {
    out += fmt::format(
        ",\n\"fleet\":{{\"seed\":{},\"limit\":{},\"per_ns\":{},\"windows\":{},\"latency_ns\":{},\"rows\":{}}}",
        options.fleet.seed, options.fleet.limit, options.fleet.per.count(), options.fleet.windows,
        kFleetLatency.count(), rows_json(result.fleet));
  }
  if (!options.contenders.empty()) {
    out += fmt::format(",\n\"contention\":{{\"seed\":{},\"rows\":{}}}", options.contention.seed,
                       rows_json(result.contention));
  }
  return out + "}\n";
}

}  // namespace sim
