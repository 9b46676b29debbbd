#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/help.h"
#include "cli/stdio.h"
#include "cli/terminal.h"
#include "core/json/input_error.h"

namespace cli {

namespace {

std::string list_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

/// "--limit" and "-q" of the command; the library keeps them without their dashes.
std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    if (option->get_lnames().empty()) {
      for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    }
  }
  return names;
}

/// What was not expected may be a secret that a slip brought there: only an option's name is repeated.
void refuse_extras(const CLI::App& app, std::string_view program) {
  const std::vector<CLI::App*> commands = app.get_subcommands();
  const CLI::App& command = commands.empty() ? app : *commands.front();
  core::InputError error{.file = std::string(program)};
  if (!commands.empty()) error.file += " " + command.get_name();
  const std::vector<std::string> extras = app.remaining(true);
  const auto option = std::ranges::find_if(extras, [](const std::string& extra) { return extra.starts_with('-'); });
  if (option == extras.end()) {
    error.found = extras.size() == 1 ? "an argument more than is expected" : "more arguments than are expected";
    error.accepted = "what --help shows";
  } else {
    const std::string name = option->substr(0, option->find('='));
    const std::vector<std::string> names = options_of(command);
    const std::vector<std::string_view> views(names.begin(), names.end());
    error.found = "unknown option " + core::quoted(name);
    error.accepted = list_of(views);
    error.suggestion = core::nearest_name(name, views);
  }
  print_message("error: " + core::to_text(error));
}

/// Of the program itself where `command` is empty.
void print_help(const CLI::App& app, std::string_view command) {
  constexpr std::size_t kUsualWidth = 80, kLeastWidth = 40, kMostWidth = 100;
  const std::size_t columns = terminal_width();
  const std::size_t width = columns == 0 ? kUsualWidth : std::clamp(columns, kLeastWidth, kMostWidth);
  const ProgramReference reference = reference_of(app);
  const auto found = std::ranges::find(reference.commands, command, &CommandReference::name);
  print(core::TerminalText::lines(found == reference.commands.end() ? help_text(reference, width)
                                                                    : help_text(reference, *found, width)));
}

}  // namespace

std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (arguments.empty() || arguments[0] != "help") return arguments;
  if (arguments.size() > 1 && arguments[1].starts_with('-')) return arguments;
  arguments.erase(arguments.begin());
  arguments.insert(arguments.begin() + std::min<std::ptrdiff_t>(1, std::ssize(arguments)), "--help");
  return arguments;
}

bool refuses_command(const CLI::App& app, std::string_view program, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return false;
  const std::string& command = arguments[0];
  std::vector<std::string_view> names;
  for (const CLI::App* known : app.get_subcommands({})) names.push_back(known->get_name());
  if (std::ranges::find(names, command) != names.end()) return false;
  const core::InputError error{.file = std::string(program),
                               .found = "unknown command " + core::quoted(command),
                               .accepted = list_of(names),
                               .suggestion = core::nearest_name(command, names)};
  print_message("error: " + core::to_text(error));
  return true;
}

void parse(CLI::App& app, std::vector<std::string> arguments) {
  std::ranges::reverse(arguments);  // As the library wants them.
  app.parse(std::move(arguments));
}

bool explain(const CLI::App& app, std::string_view program, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    refuse_extras(app, program);
    return false;
  }
  const std::vector<CLI::App*> commands = app.get_subcommands();
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    print("{}\n", error.what());
  } else if (error.get_exit_code() == 0) {
    print_help(app, commands.empty() ? std::string() : commands.front()->get_name());
  } else {
    const std::string name = std::string(program) + (commands.empty() ? "" : " " + commands.front()->get_name());
    const bool has_no_command = commands.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    print_message(fmt::format("error: {}: {}; {} --help shows what is accepted", name,
                              has_no_command ? "a command is missing" : error.what(), name));
    return false;
  }
  return true;
}

}  // namespace cli
