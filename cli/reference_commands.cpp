#include "cli/reference_commands.h"

#include <CLI/CLI.hpp>
#include <map>

#include "cli/man_page.h"
#include "cli/one_of.h"
#include "cli/stdio.h"
#include "cli/version.h"

namespace cli {

ReferenceCommands::ReferenceCommands(CLI::App& app) : app_(app) {
  CLI::App& help = *app.add_subcommand("help", "Prints the help of the program, or of one of its commands");
  help.add_option("command", command_, "A command")->option_text("COMMAND");
  CLI::App& shells = *app.add_subcommand("completions", "Prints a script that completes command lines in a shell");
  const std::map<std::string, Shell> names{{"bash", Shell::Bash}, {"zsh", Shell::Zsh}, {"fish", Shell::Fish}};
  shells.add_option("shell", shell_, "Which one")->required()->transform(one_of(names))->option_text("bash|zsh|fish");
  shells.footer("For one session of bash: source <(" + app.get_name() + " completions bash)");
  app.add_subcommand("man", "Prints the manual page")->footer("To read it: " + app.get_name() + " man | man -l -");
  // At the end: commands that are added later would have it, too.
  app.footer("`" + app.get_name() + " help COMMAND` tells more of a command.");
}

bool ReferenceCommands::done() const {
  const bool is_man = app_.got_subcommand("man");
  if (!is_man && !app_.got_subcommand("completions")) return false;
  const ProgramReference program = reference_of(app_);
  print(core::TerminalText::lines(is_man ? man_page(program, version_text(app_.get_name()))
                                         : completions(program, shell_)));
  return true;
}

}  // namespace cli
