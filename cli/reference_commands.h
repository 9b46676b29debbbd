// The commands with which a program tells of itself: `help`, `completions SHELL`, `man`.
#pragma once

#include <optional>
#include <string>

#include "cli/completions.h"

namespace CLI {
class App;
}

namespace cli {

class ReferenceCommands {
 public:
  /// Adds them, after the program's own. `app` outlives this.
  explicit ReferenceCommands(CLI::App& app);

  /// Does the one that was given; false: none of them was. `help` itself is read as --help (arguments_of()).
  bool done() const;

 private:
  CLI::App& app_;
  Shell shell_ = Shell::Bash;
  std::optional<std::string> command_;  ///< That help is wanted of.
};

}  // namespace cli
