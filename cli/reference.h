// What a program's command line takes, as data: its help, its manual page and its completions are made of this, and it
// is made of the options themselves, so that none of them can know another program.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cli {

struct OptionReference {
  std::vector<std::string> names;  ///< "-q", "--quiet"; of an argument: none.
  std::string value;               ///< "FILE", "text|json"; empty for a flag.
  std::string about;
  bool required = false;
};

struct CommandReference {
  std::string name;  ///< Of the program: its own.
  std::string about;
  std::vector<OptionReference> arguments;
  std::vector<OptionReference> options;
  std::string more;  ///< What is said at the end: exit codes and the like.
};

struct ProgramReference {
  CommandReference program;
  std::vector<CommandReference> commands;  ///< In the order of the help.
};

ProgramReference reference_of(const CLI::App& app);

/// What an option or an argument takes, as far as a shell can complete it.
struct ValueKind {
  enum class Kind { Other, File, Folder, Choice, Command };
  Kind kind = Kind::Other;
  std::vector<std::string> choices = {};  ///< Of a Choice.
};
ValueKind kind_of(const OptionReference& option);

}  // namespace cli
