#include "rehearse/lab_options.h"

#include <chrono>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "cli/one_of.h"
#include "core/time/text.h"
#include "rehearse/option_kinds.h"
#include "sim/lab/services.h"
#include "sim/lab/strategies.h"

namespace rehearse {

namespace {

std::string not_a_length(const std::string& text) {
  const auto length = core::parse_duration(text);
  const bool fits = length && *length > core::Duration::zero() && *length <= std::chrono::hours(24);
  return fits ? std::string() : "a duration above 0 and up to 24h is wanted, such as \"1m\"";
}

/// Names of the one or the other, in a table's order.
template <class Named>
std::vector<std::string> names_of(std::span<const Named> all) {
  std::vector<std::string> names;
  for (const Named& each : all) names.emplace_back(each.name);
  return names;
}

void add_lab_tables(CLI::App& command, LabCommandOptions& options) {
  using Table = LabCommandOptions::Table;
  command.add_option("--only", options.only, "One of the two tables")
      ->transform(cli::one_of<Table>({{"fleet", Table::Fleet}, {"jitter", Table::Jitter}}))
      ->option_text("fleet|jitter");
  command.add_option("--clients", options.clients, "How many clients, as 1,10,50 (fleets: 1,10,50,200)")
      ->check(CLI::Range(1U, 1'000U))
      ->delimiter(',')
      ->expected(-1)
      ->allow_extra_args(false)
      ->option_text("N,...");
  command.add_option("--service", options.services, "A limited service (all); can be repeated")
      ->check(CLI::IsMember(names_of(sim::limited_services())).description(""))
      ->take_all()
      ->type_size(1)
      ->expected(1)
      ->option_text("NAME");
  command.add_option("--strategy", options.strategies, "What fleets do (all); can be repeated")
      ->check(CLI::IsMember(names_of(sim::fleet_strategies())).description(""))
      ->take_all()
      ->type_size(1)
      ->expected(1)
      ->option_text("NAME");
  command.add_option("--limit", options.limit, "How many calls a service lets through in a window (50)")
      ->check(CLI::Range(1U, 10'000U))
      ->option_text("N");
  command.add_option("--per", options.per, "How long a window lasts (1m)")
      ->check(not_a_length)
      ->option_text("DURATION");
  command.add_option("--windows", options.windows, "The work of a fleet: what passes in so many windows (20)")
      ->check(CLI::Range(1U, 1'000U))
      ->option_text("N");
  command.add_option("--runs", options.runs, "How many runs a cell of the jitter table is the mean of (100)")
      ->check(CLI::Range(1U, 10'000U))
      ->option_text("N");
}

}  // namespace

CLI::App& add_lab(CLI::App& app, LabCommandOptions& options) {
  CLI::App& command = *app.add_subcommand(
      "lab", "Measures retry policies: fleets of clients beside a limit, and clients that contend for one record");
  add_lab_tables(command, options);
  command
      .add_option("--world", options.world,
                  "Only prints the world of that cell of the fleets' table as a scenario file: openai/full/50")
      ->option_text("SERVICE/STRATEGY/N");
  command.add_option("--seed", options.seed, "All chance (1)")->check(not_whole)->option_text("N");
  command.add_option("--threads", options.threads, "How many cells are measured at once (one a core)")
      ->check(CLI::Range(1U, 1024U))
      ->option_text("N");
  command.add_option("--format", options.format, "text (default) for people, json for one object")
      ->transform(cli::one_of<Format>({std::begin(kFormats), std::begin(kFormats) + 2}))
      ->option_text("text|json");
  command.add_flag("--quiet,-q", options.quiet, "No progress");
  add_timeout(command, options.timeout,
              "Ends it after that much real time, with the rows that it has and exit code 124");
  command.footer(
      "Exit codes: 0 all targets are kept, 1 a target is missed or an invariant is violated, 2 bad usage, 124 the time "
      "of "
      "--timeout was over, 130 interrupted. The tables are the same on any number of threads; docs/lab.md explains "
      "them.");
  return command;
}

}  // namespace rehearse
