// The command line of runner: parsing only.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "cli/command_line.h"
#include "cli/one_of.h"
#include "cli/reference_commands.h"
#include "cli/stdio.h"
#include "cli/version.h"
#include "core/json/input_error.h"
#include "core/text/enum_names.h"
#include "core/time/text.h"
#include "runner/options.h"

namespace {

void add_common(CLI::App& command, runner::CommonOptions& options) {
  command.add_option("--config", options.config_file, "A configuration file (JSON)")->option_text("FILE");
  command
      .add_option(
          "--set", options.assignments,
          "Sets one value of the configuration over file and environment, such as --set llm.timeout=10s; can be "
          "repeated")
      ->option_text("KEY=VALUE")
      ->allow_extra_args(false);
}

CLI::App& add_work(CLI::App& app, runner::WorkOptions& options) {
  CLI::App& command = *app.add_subcommand("work", "Takes jobs from Redis until SIGTERM or SIGINT");
  add_common(command, options);
  command
      .add_option("--trace", options.trace,
                  "Adds a run to FILE with every event (JSON Lines), for rehearse check and replay")
      ->option_text("FILE");
  command
      .add_option("--seed", options.seed,
                  "For trials: draws jitter and owners' tokens from N and the runner's name, as a simulated runner of "
                  "that name does in its first life; never twice on one Redis")
      ->option_text("N");
  command.footer(
      "At the first signal no more jobs are taken; those that run have `runner.drain` (25s) to end and are then given "
      "back. A second signal stops at once: what ran is taken by others when its lease runs out.");
  return command;
}

CLI::App& add_enqueue(CLI::App& app, runner::EnqueueOptions& options) {
  CLI::App& command = *app.add_subcommand("enqueue", "Puts a job, or many, into the queue; each id once");
  add_common(command, options);
  command.add_option("id", options.id, "The job's id, or - for jobs from stdin, one JSON object a line")
      ->required()
      ->option_text("ID|-");
  command.add_option("--repo", options.repo, "Where it may act")->option_text("OWNER/NAME");
  command.add_option("--issue", options.issue, "The issue that it may act on")->option_text("N");
  command.add_option("--installation", options.installation, "The App's installation there")->option_text("N");
  command.add_option("--prompt", options.prompt, "What is to be done")->option_text("TEXT");
  command
      .add_option("--deadline", options.deadline,
                  "It fails if it has not ended so long after it was put in, such as 10m")
      ->option_text("TIME");
  command
      .add_option("--tools", options.tools,
                  "What the model may use (`runner tools` lists them); comment_on_issue alone")
      ->delimiter(',')
      ->option_text("NAME,...");
  command.add_flag("--json", options.json,
                   "One JSON object a line, a line for each job that is in the queue now or was there");
  command.footer(
      R"(A line on stdin: {"id": "abc-123", "repo": "octo/hello", "issue": 7, "installation": 1, "prompt": "...", "deadline": "10m", "tools": ["comment_on_issue"]}
Exit code: 0 all are in the queue; 3 the same, but some were there already, and were left as they are; 2 some were refused; 1 Redis could not be reached)");
  return command;
}

/// Where the job comes from stdin, its values do too.
void check_enqueue(const CLI::App& command, const runner::EnqueueOptions& options) {
  const bool from_stdin = options.id == "-";
  std::string wrong;
  for (const char* const name : {"--repo", "--issue", "--installation", "--prompt"}) {
    if ((command.count(name) > 0) == from_stdin) wrong += (wrong.empty() ? "" : ", ") + std::string(name);
  }
  for (const char* const name : {"--deadline", "--tools"}) {
    if (from_stdin && command.count(name) > 0) wrong += (wrong.empty() ? "" : ", ") + std::string(name);
  }
  if (wrong.empty()) return;
  if (!from_stdin) throw CLI::RequiredError(wrong);
  throw CLI::ValidationError(wrong, "not together with -: each line on stdin says so itself");
}

/// An option whose value is a duration as in a configuration.
void add_duration(CLI::App& command, const std::string& name, std::optional<core::Duration>& duration,
                  const std::string& help, CLI::Option* needed) {
  const auto read = [&duration](const std::string& text) {
    duration = core::parse_duration(text);
    if (!duration)
      throw CLI::ValidationError("found " + core::quoted(text) + "; accepted: a duration such as 90s or 2h");
    return true;
  };
  CLI::Option& option = *command.add_option_function<std::string>(name, read, help)->option_text("DURATION");
  if (needed != nullptr) option.needs(needed);
}

void add_watch(CLI::App& command, runner::WatchOptions& options) {
  const auto read = [&options](const std::string& text) {
    constexpr unsigned kMost = 3600;
    unsigned seconds = 2;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, seconds);
    const bool is_number = error == std::errc() && stop == end && seconds >= 1 && seconds <= kMost;
    if (!text.empty() && !is_number) {
      throw CLI::ValidationError("--watch", "found " + core::quoted(text) + "; accepted: whole seconds from 1 to 3600");
    }
    options.every = std::chrono::seconds(seconds);
    return true;
  };
  command
      .add_option_function<std::string>("--watch", read,
                                        "Looks again every SECONDS (2), until Ctrl-C or SIGTERM; a Redis that is away "
                                        "for a while is waited for")
      ->expected(0, 1)
      ->option_text("[SECONDS]");
}

/// `needed`: the option without which they mean nothing, if there is one.
void add_filter(CLI::App& command, runner::JobFilter& filter, CLI::Option* needed) {
  std::map<std::string, core::JobFailReason> reasons;
  for (const core::JobFailReason reason : core::values_of<core::JobFailReason>())
    reasons[std::string(name_of(reason))] = reason;
  CLI::Option& reason = *command.add_option("--reason", filter.reason, "Only those that failed for this")
                             ->transform(cli::one_of(reasons))
                             ->option_text("REASON");
  CLI::Option& api =
      *command
           .add_option("--api", filter.api,
                       "Only those whose last error a call of this API met, such as github.comments.create, or "
                       "github for all of GitHub")
           ->option_text("API");
  if (needed != nullptr) {
    reason.needs(needed);
    api.needs(needed);
  }
  add_duration(command, "--older-than", filter.older_than, "Only those that failed longer ago", needed);
  add_duration(command, "--newer-than", filter.newer_than, "Only those that failed since", needed);
}

CLI::App& add_list(CLI::App& app, runner::ListOptions& options, const char* name, const char* help) {
  CLI::App& command = *app.add_subcommand(name, help);
  add_common(command, options);
  command.add_option("--limit", options.limit, "How many jobs of each state to show (20)")
      ->check(CLI::Range(0U, 1'000'000U))
      ->option_text("N");
  command.add_flag("--json", options.json, "One JSON object a line, a line for each job");
  add_watch(command, options);
  return command;
}

CLI::App& add_jobs(CLI::App& app, runner::ListOptions& options) {
  CLI::App& command = add_list(app, options, "jobs", "Shows how many jobs are in each state, and which");
  const std::map<std::string, core::QueuePart> parts{{"ready", core::QueuePart::Ready},
                                                     {"delayed", core::QueuePart::Delayed},
                                                     {"running", core::QueuePart::Running},
                                                     {"dead", core::QueuePart::Dead}};
  command.add_option("--state", options.part, "Only these")
      ->transform(cli::one_of(parts))
      ->option_text("ready|delayed|running|dead");
  return command;
}

CLI::App& add_runners(CLI::App& app, runner::RunnersOptions& options) {
  CLI::App& command = *app.add_subcommand("runners", "Shows who works on the queue, and what they run");
  add_common(command, options);
  command.add_flag("--json", options.json, "One JSON object a line, a line for each runner");
  add_watch(command, options);
  command.footer(
      "idle: it waits for jobs. taking none: it is at work on nothing and asks for nothing, as while its credential is "
      "refused. "
      "silent: it holds leases and is not heard of; when they run out others take its jobs. gone: it waited and is not "
      "heard "
      "of. On a cluster a runner is heard of only by the node that it is connected to.");
  return command;
}

CLI::App& add_show(CLI::App& app, runner::ShowOptions& options) {
  CLI::App& command =
      *app.add_subcommand("show", "Shows all that Redis knows of a job: state, payload, journal, last error, runner");
  add_common(command, options);
  command.add_option("id", options.ids, "Which ones")->required()->option_text("ID...");
  command.add_flag("--json", options.json, "One JSON object a line");
  add_watch(command, options);
  return command;
}

CLI::App& add_operator(CLI::App& app, runner::OperatorOptions& options, core::OperatorCommand command_of_options,
                       const char* help) {
  options.command = command_of_options;
  CLI::App& command = *app.add_subcommand(std::string(name_of(command_of_options)), help);
  add_common(command, options);
  command.add_flag("--json", options.json, "One JSON object a line, a line for each job");
  return command;
}

/// `all`: the option that means all jobs of the dead-letter list; empty: there is none.
CLI::App& add_operator_on_jobs(CLI::App& app, runner::OperatorOptions& options,
                               core::OperatorCommand command_of_options, const char* help, const std::string& all) {
  CLI::App& command = add_operator(app, options, command_of_options, help);
  CLI::Option& ids = *command.add_option("id", options.ids, "Which ones")->option_text("ID...");
  if (all.empty()) {
    ids.required();
  } else {
    CLI::Option* const all_dead = command.add_flag(all, options.all_dead, "All that are on the dead-letter list now");
    ids.excludes(all_dead);
    add_filter(command, options.filter, all_dead);
  }
  return command;
}

/// Everything that an operator does, and which option stands for all jobs.
struct OperatorCommands {
  explicit OperatorCommands(CLI::App& app) {
    using core::OperatorCommand;
    add_operator_on_jobs(
        app, retry, OperatorCommand::Retry,
        "Brings jobs back from the dead-letter list, with all their retries; runs those at once that wait for a retry",
        "--all")
        .footer("What a job has done already is in its journal and is not done again.");
    add_operator_on_jobs(app, cancel, OperatorCommand::Cancel,
                         "Ends jobs that have not ended: they fail as cancelled, beside the dead-letter list", {})
        .footer("A runner that has the job hears of it when it renews the lease, after a third of it at the latest.");
    add_operator_on_jobs(app, drop, OperatorCommand::Drop,
                         "Forgets jobs that have ended, with all that is known of them; their ids are free again",
                         "--dead");
    add_operator(app, pause, OperatorCommand::Pause, "No runner takes a job any more; what runs is finished");
    add_operator(app, resume, OperatorCommand::Resume, "Runners take jobs again");
  }

  /// The one that was given, if any.
  const runner::OperatorOptions* parsed(const CLI::App& app) const {
    for (const runner::OperatorOptions* each : {&retry, &cancel, &drop, &pause, &resume}) {
      if (!app.got_subcommand(std::string(name_of(each->command)))) continue;
      const bool names_none = each->ids.empty() && !each->all_dead;
      if (names_none && each == &retry) throw CLI::RequiredError("ID or --all");
      if (names_none && each == &drop) throw CLI::RequiredError("ID or --dead");
      return each;
    }
    return nullptr;
  }

  runner::OperatorOptions retry, cancel, drop, pause, resume;
};

CLI::App& add_config(CLI::App& app, runner::ConfigOptions& options) {
  CLI::App& command =
      *app.add_subcommand("config", "Shows every value in force and where it came from, secrets masked");
  add_common(command, options);
  CLI::Option* const json = command.add_flag("--json", options.json, "As a configuration file");
  command
      .add_flag("--keys", options.keys,
                "Shows every key that --set and the file may set instead, the environment variable for it, and what it "
                "is")
      ->excludes(json);
  return command;
}

CLI::App& add_tools(CLI::App& app, runner::ToolsOptions& options) {
  CLI::App& command =
      *app.add_subcommand("tools", "Shows the tools that a job may give its model, and what each touches");
  command.add_flag("--json", options.json, "One JSON object a line");
  command.footer("A job names those that it allows: `runner enqueue --tools`, or \"tools\" of its payload.");
  return command;
}

CLI::App& add_check(CLI::App& app, runner::CommonOptions& options) {
  CLI::App& command = *app.add_subcommand(
      "check", "Tries to reach Redis, GitHub and the model, to be let in, and all that the queue needs of Redis");
  add_common(command, options);
  command.footer("Each right that Redis refuses is named. Nothing is changed that anybody else uses.");
  return command;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "Runs jobs from Redis: asks a language model, acts on GitHub, and retries what fails for a while.\nValues come "
      "from "
      "--set, over the environment (OLLAMA_API_KEY, OLLAMA_API_URL, OLLAMA_MODEL, GITHUB_APP_ID, "
      "GITHUB_APP_PRIVATE_KEY, "
      "REDIS_URL, and one for each key, such as REHEARSE_LLM_RETRY_ATTEMPTS; `runner config --keys` shows them), over "
      "--config, over defaults.\nExit codes: 0 done, 1 something could not be reached or is not "
      "there, 2 "
      "bad usage, settings or jobs, 3 a bug in runner itself."};
  app.name("runner");
  app.set_version_flag("-V,--version", cli::version_text("runner"), "Prints the version and exits");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Prints this and exits");

  runner::WorkOptions work;
  const CLI::App& work_command = add_work(app, work);
  runner::EnqueueOptions enqueue;
  const CLI::App& enqueue_command = add_enqueue(app, enqueue);
  runner::ListOptions jobs;
  const CLI::App& jobs_command = add_jobs(app, jobs);
  runner::ListOptions dead{.part = core::QueuePart::Dead};
  CLI::App& dead_command = add_list(app, dead, "dead", "Shows the jobs of the dead-letter list and why they failed");
  add_filter(dead_command, dead.filter, nullptr);
  runner::RunnersOptions runners;
  const CLI::App& runners_command = add_runners(app, runners);
  runner::ShowOptions show;
  const CLI::App& show_command = add_show(app, show);
  const OperatorCommands operations(app);
  const runner::OperatorOptions* operation = nullptr;
  runner::ConfigOptions config;
  const CLI::App& config_command = add_config(app, config);
  runner::ToolsOptions tools;
  const CLI::App& tools_command = add_tools(app, tools);
  runner::CommonOptions check;
  add_check(app, check);

  const cli::ReferenceCommands reference(app);
  const std::vector<std::string> arguments = cli::arguments_of(argc, argv);
  if (cli::refuses_command(app, "runner", arguments)) return runner::kBadInput;
  try {
    cli::parse(app, arguments);
    if (enqueue_command.parsed()) check_enqueue(enqueue_command, enqueue);
    operation = operations.parsed(app);
  } catch (const CLI::ParseError& error) {
    return cli::explain(app, "runner", error) ? runner::kDone : runner::kBadInput;
  }
  if (reference.done()) return runner::kDone;
  if (work_command.parsed()) return runner::work_command(work);
  if (enqueue_command.parsed()) return runner::enqueue_command(enqueue);
  if (jobs_command.parsed()) return runner::jobs_command(jobs);
  if (dead_command.parsed()) return runner::jobs_command(dead);
  if (runners_command.parsed()) return runner::runners_command(runners);
  if (show_command.parsed()) return runner::show_command(show);
  if (operation != nullptr) return runner::operator_command(*operation);
  if (config_command.parsed()) return runner::config_command(config);
  if (tools_command.parsed()) return runner::tools_command(tools);
  return runner::check_command(check);
}

}  // namespace

int main(int argc, char** argv) {
  cli::prepare_streams();
  try {
    return cli::exit_code_of(parse_and_run(argc, argv), runner::kBadInput);
  } catch (const std::exception& error) {
    cli::print_message(std::string("runner: this is a bug in runner: ") + error.what());
  } catch (...) {
    cli::print_message("runner: this is a bug in runner: an unknown exception");
  }
  return runner::kBroken;
}
