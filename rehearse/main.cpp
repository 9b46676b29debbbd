// The command line of rehearse: parsing only.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/input_error.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "rehearse/version.h"

namespace {

using rehearse::Format;

/// The library's own conversion takes -1 for the largest number.
std::string not_a_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::string() : "a whole number from 0 to 18446744073709551615 is wanted";
}

/// A command that does not exist; the library names it only where nothing else is wrong, and lets --help pass it over.
bool refuses_command(const CLI::App& app, std::string_view command) {
  std::vector<std::string_view> names;
  for (const CLI::App* known : app.get_subcommands({})) names.push_back(known->get_name());
  if (std::find(names.begin(), names.end(), command) != names.end()) return false;
  core::InputError error{.file = "rehearse", .found = "unknown command " + core::quoted(command)};
  for (const std::string_view name : names) error.accepted += (error.accepted.empty() ? "" : ", ") + std::string(name);
  error.suggestion = core::nearest_name(command, names);
  rehearse::print_message("error: " + core::to_text(error));
  return true;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "Runs a job runner's real retry code on a virtual clock, against fake LLM, GitHub and Redis servers that fail on "
      "purpose.\nExit codes: 0 all held, 1 an expectation or invariant failed, 2 bad usage or bad input, 3 a bug in "
      "rehearse itself."};
  app.set_version_flag("--version", std::string(rehearse::version_text()));
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Prints this and exits");

  rehearse::RunOptions run;
  CLI::App& run_app = *app.add_subcommand("run", "Runs scenarios and prints each timeline and verdict");
  run_app.add_option("files", run.paths, "Scenario files; a folder stands for all *.json in it")
      ->required()
      ->option_text("FILE...");
  run_app.add_option("--seed", run.seed, "Overrides each scenario's seed")->check(not_a_seed)->option_text("N");
  const std::map<std::string, Format> formats = {
      {"text", Format::Text}, {"json", Format::Json}, {"jsonl", Format::JsonLines}};
  std::string format = "text";
  run_app.add_option("--format", format, "text (default) for people, json for one array, jsonl for a line an event")
      ->check(CLI::IsMember(formats))
      ->option_text("text|json|jsonl");
  run_app.add_option("--trace", run.trace, "Writes the event trace (JSON Lines, header first) to FILE")
      ->option_text("FILE");
  run_app.add_flag("--quiet,-q", run.quiet, "Verdicts only, no timelines");
  run_app.add_flag("--log", run.log, "Prints the runner's log lines as well");
  run_app.add_flag("--options", run.options, "Prints every option that the run uses");

  rehearse::ValidateOptions validate;
  CLI::App& validate_app = *app.add_subcommand("validate", "Parses and checks scenario files, and runs nothing");
  validate_app.add_option("files", validate.paths, "Scenario files; a folder stands for all *.json in it")
      ->required()
      ->option_text("FILE...");
  validate_app.add_flag("--quiet,-q", validate.quiet, "Prints errors only");

  rehearse::ExploreCommandOptions explore;
  CLI::App& explore_app = *app.add_subcommand(
      "explore", "Tries every sequence of outcomes of a scenario's first calls, and says whether that was all");
  explore_app.add_option("file", explore.path, "A scenario file; a folder stands for all *.json in it")
      ->required()
      ->option_text("FILE");
  explore_app.add_option("--depth", explore.depth, "How many calls (4); each has 17 outcomes")
      ->check(CLI::Range(1U, 15U))
      ->option_text("N");
  explore_app.add_flag("--crashes", explore.crashes,
                       "Also a crash of a runner, a restart of Redis and a loss of connections at every step");
  explore_app.add_flag("--pairs", explore.pairs, "With --crashes: also two of them in one run");
  explore_app.add_option("--threads", explore.threads, "How many worlds run at once (one a core)")
      ->check(CLI::Range(1U, 1024U))
      ->option_text("N");
  explore_app.add_flag("--unmerged", explore.unmerged, "Runs each sequence for itself, to try the merging: slow");
  explore_app.add_flag("--quiet,-q", explore.quiet, "No progress");

  rehearse::FuzzCommandOptions fuzz;
  CLI::App& fuzz_app = *app.add_subcommand("fuzz", "Runs random worlds and judges each by all invariants");
  fuzz_app.add_option("--runs", fuzz.runs, "How many worlds (10,000, without --seconds)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  fuzz_app.add_option("--seconds", fuzz.seconds, "For how long")->check(CLI::PositiveNumber)->option_text("S");
  fuzz_app.add_option("--seed", fuzz.seed, "Which worlds (1)")->check(not_a_seed)->option_text("N");
  fuzz_app.add_option("--threads", fuzz.threads, "How many worlds run at once (one a core)")
      ->check(CLI::Range(1U, 1024U))
      ->option_text("N");
  fuzz_app.add_option("--out", fuzz.out, "The folder for the scenarios that were found and shrunk")->option_text("DIR");
  fuzz_app.add_flag("--all-probes", fuzz.all_probes, "Fails when something that ought to be met was not");
  fuzz_app.add_flag("--count", fuzz.count, "Only counts the worlds that violate something: nothing is shrunk");
  fuzz_app.add_flag("--quiet,-q", fuzz.quiet, "No progress, and no table of what was met");

  rehearse::ShrinkCommandOptions shrink;
  CLI::App& shrink_app =
      *app.add_subcommand("shrink", "Makes the smallest scenario that still violates the same invariant");
  shrink_app.add_option("file", shrink.path, "A scenario file that violates an invariant")
      ->required()
      ->option_text("FILE");
  shrink_app.add_option("--out", shrink.out, "Where to write it; without, it is printed")->option_text("FILE");
  shrink_app.add_option("--runs", shrink.runs, "How many smaller ones to try at most (5,000)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");

  if (argc > 1 && argv[1][0] != '-' && refuses_command(app, argv[1])) return rehearse::kBadInput;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? rehearse::kAllHeld : rehearse::kBadInput;
  }
  run.format = formats.at(format);
  if (fuzz_app.parsed()) return rehearse::fuzz_command(fuzz);
  if (shrink_app.parsed()) return rehearse::shrink_command(shrink);
  if (explore_app.parsed()) return rehearse::explore_command(explore);
  return run_app.parsed() ? rehearse::run_command(run) : rehearse::validate_command(validate);
}

}  // namespace

int main(int argc, char** argv) {
  rehearse::keep_closed_streams_closed();
  try {
    const int code = parse_and_run(argc, argv);
    return rehearse::stdout_arrived() ? code : std::max<int>(code, rehearse::kBadInput);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rehearse: this is a bug in rehearse: %s\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "rehearse: this is a bug in rehearse: an unknown exception\n");
  }
  return rehearse::kBroken;
}
