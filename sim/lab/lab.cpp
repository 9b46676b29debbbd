#include "sim/lab/lab.h"

#include <algorithm>
#include <numeric>

#include "sim/parallel.h"
#include "sim/world/world.h"

namespace sim {

namespace {

std::vector<FleetCell> fleet_cells(const LabOptions& options) {
  std::vector<FleetCell> cells;
  for (const LimitedService* service : options.services) {
    for (const std::uint32_t clients : options.clients) {
      for (const FleetStrategy* strategy : options.strategies) cells.push_back({service, strategy, clients});
    }
  }
  return cells;
}

std::vector<ContentionCell> contention_cells(const LabOptions& options) {
  std::vector<ContentionCell> cells;
  for (const std::uint32_t clients : options.contenders) {
    for (const ContentionStrategy& strategy : contention_strategies()) cells.push_back({&strategy, clients});
  }
  return cells;
}

/// The numbers of the cells, those of many clients first: what takes longest is not begun last.
template <class Cell>
std::vector<std::size_t> largest_first(const std::vector<Cell>& cells) {
  std::vector<std::size_t> order(cells.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // total order: cells of as many clients keep their order
  std::sort(order.begin(), order.end(), [&cells](std::size_t a, std::size_t b) {
    return cells[a].clients != cells[b].clients ? cells[a].clients > cells[b].clients : a < b;
  });
  return order;
}

/// A cell that is stopped has no row.
template <class Measure>
auto unless_stopped(Measure measure) -> std::optional<decltype(measure())> {
  try {
    return measure();
  } catch (const RunStopped&) {
    return std::nullopt;
  }
}

template <class Row>
std::vector<Row> measured(std::vector<std::optional<Row>> rows) {
  std::vector<Row> result;
  for (std::optional<Row>& row : rows) {
    if (row) result.push_back(std::move(*row));
  }
  return result;
}

}  // namespace

LabResult run_lab(const LabOptions& options) {
  LabResult result;
  const std::vector<FleetCell> fleets = fleet_cells(options);
  const std::vector<ContentionCell> contentions = contention_cells(options);
  const std::vector<std::size_t> fleet_order = largest_first(fleets), contention_order = largest_first(contentions);
  std::vector<std::optional<FleetRow>> fleet_rows(fleets.size());
  std::vector<std::optional<ContentionRow>> contention_rows(contentions.size());
  result.cells = fleets.size() + contentions.size();
  Parallel how{.threads = options.threads, .stop = options.stop};
  if (options.progress) how.tell = [&](std::size_t done) { options.progress(done, result.cells); };
  in_parallel(result.cells, how, [&](std::size_t i) {
    if (i < fleets.size()) {
      const std::size_t cell = fleet_order[i];
      fleet_rows[cell] = unless_stopped([&] { return measure_fleet(fleets[cell], options.fleet, options.stop); });
    } else {
      const std::size_t cell = contention_order[i - fleets.size()];
      contention_rows[cell] =
          unless_stopped([&] { return measure_contention(contentions[cell], options.contention, options.stop); });
    }
  });
  result.fleet = measured(std::move(fleet_rows));
  result.contention = measured(std::move(contention_rows));
  result.complete = result.fleet.size() + result.contention.size() == result.cells;
  return result;
}

}  // namespace sim
