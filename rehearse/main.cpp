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

  rehearse::CheckOptions check;
  CLI::App& check_app = *app.add_subcommand("check", "Judges traces, production's too, by the invariants");
  check_app.add_option("traces", check.paths, "Trace files (JSON Lines), as run --trace writes them")
      ->required()
      ->option_text("TRACE...");
  check_app
      .add_option("--config", check.config,
                  "The runner's configuration (JSON) to judge by; by default the one that a trace carries, or the "
                  "default values where it carries none")
      ->option_text("FILE");
  check_app.add_option("--format", format, "text (default) for people, json for one array with an object a run")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("text|json");
  check_app.footer("Exit codes: 0 all invariants hold, 1 one is violated, 2 bad usage or a trace that cannot be read.");

  rehearse::DiffOptions diff;
  CLI::App& diff_app = *app.add_subcommand("diff", "Shows two traces side by side from shortly before they differ");
  diff_app.add_option("a", diff.left, "A trace file")->required()->option_text("TRACE");
  diff_app.add_option("b", diff.right, "The trace file to compare it with")->required()->option_text("TRACE");
  diff_app.footer(
      "Events are compared, headers are not. Exit codes: 0 the events are the same, 1 they differ, 2 bad usage or a "
      "trace that cannot be read.");

  rehearse::ReplayOptions replay;
  CLI::App& replay_app =
      *app.add_subcommand("replay", "Makes a trace into a scenario, runs it and shows where they part");
  replay_app.add_option("trace", replay.trace, "A trace file")->required()->option_text("TRACE");
  replay_app.add_option("--out", replay.out, "Writes the scenario to FILE; by default it is printed")
      ->option_text("FILE");
  replay_app.add_option("--run", replay.run, "Which run of a trace that holds several, from 1")
      ->check(not_a_seed)
      ->option_text("N");
  replay_app.add_option("--config", replay.config, "The runner's configuration (JSON) in place of the trace's own")
      ->option_text("FILE");
  replay_app.footer(
      "Exit codes: 0 the same decisions, 1 they differ, 2 bad usage or a trace that cannot be read. Times are compared "
      "only if the trace is of a simulated run.");

  if (argc > 1 && argv[1][0] != '-' && refuses_command(app, argv[1])) return rehearse::kBadInput;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? rehearse::kAllHeld : rehearse::kBadInput;
  }
  run.format = check.format = formats.at(format);
  if (run_app.parsed()) return rehearse::run_command(run);
  if (check_app.parsed()) return rehearse::check_command(check);
  if (diff_app.parsed()) return rehearse::diff_command(diff);
  if (replay_app.parsed()) return rehearse::replay_command(replay);
  return rehearse::validate_command(validate);
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
