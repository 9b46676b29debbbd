#include "sim/lab/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <thread>

#include "core/json/input_error.h"
#include "core/time/text.h"
#include "rehearse/interrupt.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "sim/lab/text.h"
#include "sim/scenario/write.h"

namespace rehearse {

namespace {

using Table = LabCommandOptions::Table;

/// Those that are named, in the table's order and once; all, where none is.
template <class Named>
std::vector<const Named*> chosen(std::span<const Named> all, const std::vector<std::string>& names) {
  std::vector<const Named*> result;
  for (const Named& each : all) {
    if (names.empty() || std::ranges::find(names, each.name) != names.end()) result.push_back(&each);
  }
  return result;
}

/// Rising, each once.
std::vector<std::uint32_t> clients_of(const LabCommandOptions& options, const std::vector<std::uint32_t>& otherwise) {
  std::vector<std::uint32_t> clients = options.clients.empty() ? otherwise : options.clients;
  std::ranges::sort(clients);  // total order: numbers
  const auto doubles = std::ranges::unique(clients);
  clients.erase(doubles.begin(), doubles.end());
  return clients;
}

sim::LabOptions engine_options_of(const LabCommandOptions& options) {
  sim::LabOptions engine;
  engine.fleet = {.limit = options.limit,
                  .per = core::parse_duration(options.per).value(),
                  .windows = options.windows,
                  .seed = options.seed};
  engine.contention = {.runs = options.runs, .seed = options.seed};
  if (options.only != Table::Jitter) {
    engine.services = chosen(sim::limited_services(), options.services);
    engine.strategies = chosen(sim::fleet_strategies(), options.strategies);
    engine.clients = clients_of(options, {1, 10, 50, 200});
  }
  if (options.only != Table::Fleet) {
    engine.contenders = clients_of(options, {1, 10, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200});
  }
  engine.threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  engine.stop = &interrupted();
  if (!options.quiet) {
    engine.progress = [](std::size_t done, std::size_t of) {
      print_progress(fmt::format("{} of {} cells are measured", done, of));
    };
  }
  return engine;
}

/// Prints the world of one cell.
int print_world(const LabCommandOptions& options) {
  const std::string& name = options.world;
  const std::size_t first = name.find('/'), last = name.rfind('/');
  const sim::LimitedService* service = sim::find_limited_service(name.substr(0, first));
  const bool has_parts = first != std::string::npos && last > first;
  const sim::FleetStrategy* strategy =
      has_parts ? sim::find_fleet_strategy(name.substr(first + 1, last - first - 1)) : nullptr;
  std::uint32_t clients = 0;
  const char* const end = name.data() + name.size();
  const auto read = has_parts ? std::from_chars(name.data() + last + 1, end, clients) : std::from_chars_result{};
  if (service == nullptr || strategy == nullptr || read.ptr != end || clients < 1 || clients > 1'000) {
    print_message("error: --world: found " + core::quoted(name) +
                  "; accepted: a service, a strategy and 1 to 1000 clients, as in openai/full/50");
    return kBadInput;
  }
  print_json(sim::scenario_text(sim::fleet_scenario({service, strategy, clients}, engine_options_of(options).fleet)));
  return kAllHeld;
}

bool all_is_kept(const sim::LabResult& result) {
  return std::ranges::all_of(result.fleet, [](const sim::FleetRow& row) {
    return row.violations.empty() && sim::missed_targets(row).empty();
  });
}

}  // namespace

int lab_command(const LabCommandOptions& options) {
  constexpr std::uint64_t kMostCalls = 100'000;
  if (options.limit * options.windows > kMostCalls) {
    print_message(
        fmt::format("error: --limit times --windows is the number of calls; at most {} are possible", kMostCalls));
    return kBadInput;
  }
  if (options.only == Table::Jitter && !(options.services.empty() && options.strategies.empty())) {
    print_message("error: --service and --strategy choose rows of the fleets' table, which --only jitter leaves out");
    return kBadInput;
  }
  if (!options.world.empty()) return print_world(options);
  catch_interrupts();
  limit_time(options.timeout);
  const sim::LabOptions engine = engine_options_of(options);
  const sim::LabResult result = sim::run_lab(engine);
  print_progress({});
  if (options.format == Format::Json) {
    print_json(sim::lab_json(engine, result));
  } else {
    print(sim::lab_text(engine, result));
  }
  if (!result.complete) {
    print_message(fmt::format("{}: {} of {} cells were measured",
                              time_is_over() ? "error: the time of --timeout was over" : "interrupted",
                              result.fleet.size() + result.contention.size(), result.cells));
    return time_is_over() ? kTimedOut : kInterrupted;
  }
  return all_is_kept(result) ? kAllHeld : kFailed;
}

}  // namespace rehearse
