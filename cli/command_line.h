// What all command lines have in common beyond the library that reads them: `help COMMAND`, and words for what does not
// exist that name what does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace cli {

/// The arguments without the program's name; `help` and `help COMMAND` as `--help` and `COMMAND --help`.
std::vector<std::string> arguments_of(int argc, char** argv);

/// Whether the first argument is a command and none of the program's; then says so, with those that there are and the
/// nearest one. The library names it only where nothing else is wrong, and lets --help pass it over.
bool refuses_command(const CLI::App& app, std::string_view program, const std::vector<std::string>& arguments);

/// Lets the library read the arguments. May throw CLI::ParseError, for help too.
void parse(CLI::App& app, std::vector<std::string> arguments);

/// Prints the help that was asked for, or what is wrong with the arguments; whether it was help.
bool explain(const CLI::App& app, std::string_view program, const CLI::ParseError& error);

}  // namespace cli
