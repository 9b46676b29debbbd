// The command line of rehearse: parsing only.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"
#include "cli/one_of.h"
#include "cli/reference_commands.h"
#include "cli/stdio.h"
#include "cli/version.h"
#include "core/json/input_error.h"
#include "rehearse/interrupt.h"
#include "rehearse/lab_options.h"
#include "rehearse/option_kinds.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "sim/explore/outcome.h"
#include "sim/invariants/invariants.h"
#include "sim/world/blow.h"

namespace {

using rehearse::add_timeout;
using rehearse::Format;
using rehearse::kFormats;
using rehearse::not_a_count;
using rehearse::not_whole;

/// A variable of the shell's that is not set must not be taken for no file at all.
std::string no_name(const std::string& text) {
  return text.empty() ? "a file's name is wanted" : std::string();
}

std::string not_a_blow(const std::string& text) {
  if (sim::read_blow(text)) return {};
  return "found " + core::quoted(text) +
         "; accepted: STEP:crash:runner-N, STEP:restart-redis, STEP:drop-connections, with whole numbers";
}

/// More than zero, and not without end.
std::string not_positive(const std::string& text) {
  const bool is_decimal = text.find_first_not_of("0123456789.") == std::string::npos && text.size() <= 15 &&
                          std::count(text.begin(), text.end(), '.') <= 1;
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return is_decimal && !is_zero ? std::string() : "a number above 0 is wanted";
}

CLI::App& add_run(CLI::App& app, rehearse::RunOptions& options) {
  CLI::App& command = *app.add_subcommand("run", "Runs scenarios and prints each timeline and verdict");
  command.add_option("files", options.paths, "Scenario files; a folder stands for all *.json in it")
      ->required()
      ->option_text("FILE...");
  command.add_option("--seed", options.seed, "Overrides each scenario's seed")->check(not_whole)->option_text("N");
  command
      .add_option("--blow", options.blows,
                  "Strikes before a step, as explore --crashes does: STEP:crash:runner-N, STEP:pause:runner-N, "
                  "STEP:partition:runner-N, STEP:restart-redis or STEP:drop-connections. What the scenario expects is "
                  "not looked at then. May be repeated")
      ->check(not_a_blow)
      ->take_all()
      ->type_size(1)
      ->expected(1)
      ->option_text("BLOW");
  command
      .add_option("--format", options.format,
                  "text (default) for people, json for one array, jsonl for a line an event")
      ->transform(cli::one_of<Format>({std::begin(kFormats), std::end(kFormats)}))
      ->option_text("text|json|jsonl");
  command.add_option("--trace", options.trace, "Writes the event trace (JSON Lines, header first) to FILE")
      ->check(no_name)
      ->option_text("FILE");
  command.add_flag("--quiet,-q", options.quiet, "Verdicts only, no timelines");
  command.add_flag("--log", options.log, "Prints the runner's log lines as well");
  command.add_flag("--options", options.options, "Prints every option that the run uses");
  add_timeout(command, options.timeout, "Ends a scenario that takes longer, in real time, with exit code 124");
  return command;
}

CLI::App& add_validate(CLI::App& app, rehearse::ValidateOptions& options) {
  CLI::App& command = *app.add_subcommand("validate", "Parses and checks scenario files, and runs nothing");
  command.add_option("files", options.paths, "Scenario files; a folder stands for all *.json in it")
      ->required()
      ->option_text("FILE...");
  command.add_flag("--quiet,-q", options.quiet, "Prints errors only");
  return command;
}

CLI::App& add_explore(CLI::App& app, rehearse::ExploreCommandOptions& options) {
  CLI::App& command = *app.add_subcommand(
      "explore", "Tries every sequence of outcomes of a scenario's first calls, and says whether that was all");
  command.add_option("file", options.path, "A scenario file; a folder stands for all *.json in it")
      ->required()
      ->option_text("FILE");
  command
      .add_option("--depth", options.depth,
                  fmt::format("How many calls (4); each has {} outcomes", sim::call_outcomes().size()))
      ->check(CLI::Range(1U, 15U))
      ->option_text("N");
  CLI::Option* crashes = command.add_flag(
      "--crashes", options.crashes,
      "Also a crash, pause and partition of a runner, a restart of Redis and a loss of connections at every step");
  command.add_flag("--pairs", options.pairs, "With --crashes: also two of them in one run")->needs(crashes);
  command.add_option("--threads", options.threads, "How many worlds run at once (one a core)")
      ->check(CLI::Range(1U, 1024U))
      ->option_text("N");
  command.add_option("--out", options.out, "The folder for the scenarios that were found and shrunk")
      ->check(no_name)
      ->option_text("DIR");
  command.add_flag("--unmerged", options.unmerged, "Runs each sequence for itself, to try the merging: slow");
  command.add_flag("--quiet,-q", options.quiet, "No progress");
  add_timeout(command, options.timeout, "Ends the search after that much real time, with what it has");
  return command;
}

CLI::App& add_fuzz(CLI::App& app, rehearse::FuzzCommandOptions& options) {
  CLI::App& command = *app.add_subcommand("fuzz", "Runs random worlds and judges each by all invariants");
  command.add_option("--runs", options.runs, "How many worlds (10,000, without --seconds)")
      ->check(not_a_count)
      ->option_text("N");
  command.add_option("--first", options.first, "The number of the first world (0)")->check(not_whole)->option_text("N");
  command.add_option("--world", options.world, "Only prints this world as a scenario file")
      ->check(not_whole)
      ->option_text("N");
  command.add_option("--seconds", options.seconds, "For how long")->check(not_positive)->option_text("S");
  command.add_option("--seed", options.seed, "Which worlds (1)")->check(not_whole)->option_text("N");
  command.add_option("--threads", options.threads, "How many worlds run at once (one a core)")
      ->check(CLI::Range(1U, 1024U))
      ->option_text("N");
  command.add_option("--out", options.out, "The folder for the scenarios that were found and shrunk")
      ->check(no_name)
      ->option_text("DIR");
  std::vector<std::string> names;
  for (const sim::InvariantInfo& info : sim::invariant_list()) names.emplace_back(info.name);
  command
      .add_option("--without", options.without,
                  "An invariant to leave out, to see what it alone finds; can be repeated")
      ->check(CLI::IsMember(names).description(""))
      ->option_text("NAME");
  command.add_flag("--all-probes", options.all_probes, "Fails when something that ought to be met was not");
  command.add_flag("--count", options.count, "Only counts the worlds that violate something: nothing is shrunk");
  command.add_flag("--quiet,-q", options.quiet, "No progress, and no table of what was met");
  add_timeout(command, options.timeout,
              "Ends the search after that much real time, in the midst of a world, which is named, with exit code 124");
  return command;
}

CLI::App& add_shrink(CLI::App& app, rehearse::ShrinkCommandOptions& options) {
  CLI::App& command =
      *app.add_subcommand("shrink", "Makes the smallest scenario that still violates the same invariant");
  command.add_option("file", options.path, "A scenario file that violates an invariant")
      ->required()
      ->option_text("FILE");
  command.add_option("--out", options.out, "Where to write it; without, it is printed")
      ->check(no_name)
      ->option_text("FILE");
  command.add_option("--runs", options.runs, "How many smaller ones to try at most (5,000)")
      ->check(not_a_count)
      ->option_text("N");
  add_timeout(
      command, options.timeout,
      "Ends the search after that much real time, with what it has; with exit code 124 where the scenario itself "
      "was not at its end");
  return command;
}

CLI::App& add_check(CLI::App& app, rehearse::CheckOptions& options) {
  CLI::App& command = *app.add_subcommand("check", "Judges traces, production's too, by the invariants");
  command.add_option("traces", options.paths, "Trace files (JSON Lines), as run --trace writes them")
      ->required()
      ->option_text("TRACE...");
  command
      .add_option("--config", options.config,
                  "The runner's configuration (JSON) to judge by; by default the one that a trace carries, or the "
                  "default values where it carries none")
      ->check(no_name)
      ->option_text("FILE");
  command.add_flag("--together", options.together,
                   "The traces are of runners that shared one Redis, killed ones too: judges them as one run, put in "
                   "order by their clocks");
  command.add_option("--format", options.format, "text (default) for people, json for one array with an object a run")
      ->transform(cli::one_of<Format>({std::begin(kFormats), std::begin(kFormats) + 2}))
      ->option_text("text|json");
  command.footer("Exit codes: 0 all invariants hold, 1 one is violated, 2 bad usage or a trace that cannot be read.");
  return command;
}

CLI::App& add_diff(CLI::App& app, rehearse::DiffOptions& options) {
  CLI::App& command = *app.add_subcommand("diff", "Shows two traces side by side from shortly before they differ");
  command.add_option("a", options.left, "A trace file")->required()->option_text("TRACE");
  command.add_option("b", options.right, "The trace file to compare it with")->required()->option_text("TRACE");
  command.footer(
      "Events are compared, headers are not. Exit codes: 0 the events are the same, 1 they differ, 2 bad usage or a "
      "trace that cannot be read.");
  return command;
}

CLI::App& add_replay(CLI::App& app, rehearse::ReplayOptions& options) {
  CLI::App& command = *app.add_subcommand("replay", "Makes a trace into a scenario, runs it and shows where they part");
  command.add_option("traces", options.traces, "A trace file; several only --together")
      ->required()
      ->option_text("TRACE...");
  CLI::Option* together = command.add_flag("--together", options.together,
                                           "The traces are of runners that shared one Redis, killed ones too: makes "
                                           "one scenario of them, put in order by their clocks");
  command.add_option("--out", options.out, "Writes the scenario to FILE; by default it is printed")
      ->check(no_name)
      ->option_text("FILE");
  command.add_option("--run", options.run, "Which run of a trace that holds several, from 1")
      ->check(not_a_count)
      ->excludes(together)
      ->option_text("N");
  command.add_option("--config", options.config, "The runner's configuration (JSON) in place of the trace's own")
      ->check(no_name)
      ->option_text("FILE");
  command.footer(
      "Exit codes: 0 the same decisions, 1 they differ, 2 bad usage or a trace that cannot be read. Of a run in real "
      "time what its jobs did is compared, without times, and without attempts at Redis.");
  add_timeout(command, options.timeout, "Ends a replay that takes longer, in real time, with exit code 124");
  return command;
}

CLI::App& add_serve(CLI::App& app, rehearse::ServeOptions& options) {
  CLI::App& command =
      *app.add_subcommand("serve", "Puts the fakes on sockets, in real time, for any client, and judges the client");
  command.add_option("file", options.path, "A scenario file, whose rules and world apply from the start of serving")
      ->required()
      ->option_text("FILE");
  command.add_option("--llm", options.llm, "Where the fake model listens, for Ollama's and OpenAI's protocols")
      ->option_text("HOST:PORT");
  command.add_option("--github", options.github, "Where the fake GitHub listens")->option_text("HOST:PORT");
  command.add_option("--redis", options.redis, "Where Redis listens: the fake one, unless there is an upstream")
      ->option_text("HOST:PORT");
  command
      .add_option("--redis-untouched", options.redis_untouched,
                  "Where the same Redis listens for who prepares or looks at its data: no rule applies there")
      ->option_text("HOST:PORT");
  command
      .add_option("--redis-upstream", options.redis_upstream,
                  "A real Redis that does the commands in place of the fake one; the rules apply on the way")
      ->option_text("HOST:PORT|/SOCKET");
  command.add_option("--requests", options.requests, "Writes each request and its answer (JSON Lines) to FILE")
      ->option_text("FILE");
  command.add_option("--max-attempts", options.max_attempts, "How often a client may try one request (10)")
      ->check(CLI::Range(1U, 1'000'000U))
      ->option_text("N");
  command
      .add_option("--request-timeout", options.request_timeout,
                  "A client has that long to send a request that it has begun (60)")
      ->check(CLI::Range(1U, 86'400U))
      ->option_text("SECONDS");
  command.footer(
      "Port 0 stands for one that is free. Prints a line for each service (\"llm 127.0.0.1:40001\") and then "
      "\"ready\". "
      "Ends on SIGINT, SIGTERM or SIGHUP with the verdict on the client, which is also at /_rehearse/verdict of the "
      "model "
      "and of GitHub. Exit codes: 0 no fault, 1 the client is at fault, 2 bad usage or bad input.");
  return command;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "Runs a job runner's real retry code on a virtual clock, against fake LLM, GitHub and Redis servers that fail on "
      "purpose.\nExit codes: 0 all held, 1 an expectation or invariant failed, 2 bad usage or bad input, 3 a bug in "
      "rehearse itself, 124 the time of --timeout was over, 130 interrupted."};
  app.name("rehearse");
  app.set_version_flag("-V,--version", cli::version_text("rehearse"), "Prints the version and exits");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Prints this and exits");

  rehearse::RunOptions run;
  const CLI::App& run_command = add_run(app, run);
  rehearse::ValidateOptions validate;
  const CLI::App& validate_command = add_validate(app, validate);
  rehearse::FuzzCommandOptions fuzz;
  const CLI::App& fuzz_command = add_fuzz(app, fuzz);
  rehearse::ExploreCommandOptions explore;
  const CLI::App& explore_command = add_explore(app, explore);
  rehearse::LabCommandOptions lab;
  const CLI::App& lab_command = rehearse::add_lab(app, lab);
  rehearse::ShrinkCommandOptions shrink;
  add_shrink(app, shrink);

  rehearse::CheckOptions check;
  const CLI::App& check_command = add_check(app, check);
  rehearse::DiffOptions diff;
  const CLI::App& diff_command = add_diff(app, diff);
  rehearse::ReplayOptions replay;
  const CLI::App& replay_command = add_replay(app, replay);
  rehearse::ServeOptions serve;
  const CLI::App& serve_command = add_serve(app, serve);

  const cli::ReferenceCommands reference(app);
  const std::vector<std::string> arguments = cli::arguments_of(argc, argv);
  if (cli::refuses_command(app, "rehearse", arguments)) return rehearse::kBadInput;
  try {
    cli::parse(app, arguments);
  } catch (const CLI::ParseError& error) {
    return cli::explain(app, "rehearse", error) ? rehearse::kAllHeld : rehearse::kBadInput;
  }
  if (reference.done()) return rehearse::kAllHeld;
  if (run_command.parsed()) return rehearse::run_command(run);
  if (validate_command.parsed()) return rehearse::validate_command(validate);
  if (fuzz_command.parsed()) return rehearse::fuzz_command(fuzz);
  if (explore_command.parsed()) return rehearse::explore_command(explore);
  if (lab_command.parsed()) return rehearse::lab_command(lab);
  if (check_command.parsed()) return rehearse::check_command(check);
  if (diff_command.parsed()) return rehearse::diff_command(diff);
  if (replay_command.parsed()) return rehearse::replay_command(replay);
  if (serve_command.parsed()) return rehearse::serve_command(serve);
  return rehearse::shrink_command(shrink);
}

}  // namespace

int main(int argc, char** argv) {
  cli::prepare_streams();
  try {
    return cli::exit_code_of(parse_and_run(argc, argv), rehearse::kBadInput);
  } catch (const std::exception& error) {
    cli::print_message(std::string("rehearse: this is a bug in rehearse: ") + error.what());
  } catch (...) {
    cli::print_message("rehearse: this is a bug in rehearse: an unknown exception");
  }
  return rehearse::kBroken;
}
