#include "cli/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cli {

namespace {

using Kind = ValueKind::Kind;

std::string command_names(const ProgramReference& program) {
  std::string names;
  for (const CommandReference& command : program.commands) names += (names.empty() ? "" : " ") + command.name;
  return names;
}

std::string option_names(const CommandReference& command) {
  std::string names;
  for (const OptionReference& option : command.options) {
    for (const std::string& name : option.names) names += (names.empty() ? "" : " ") + name;
  }
  return names;
}

/// What bash does to complete a value; empty for nothing.
std::string bash_action(const ProgramReference& program, const ValueKind& value) {
  switch (value.kind) {
    case Kind::File:
      return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")";
    case Kind::Folder:
      return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\")";
    case Kind::Choice:
      return fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")", fmt::join(value.choices, " "));
    case Kind::Command:
      return fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")", command_names(program));
    case Kind::Other:
      break;
  }
  return {};
}

void append_bash_command(std::string& out, const ProgramReference& program, const CommandReference& command) {
  out += fmt::format("    {})\n      case $before in\n", command.name);
  for (const OptionReference& option : command.options) {
    if (option.value.empty()) continue;
    const std::string action = bash_action(program, kind_of(option));
    out +=
        fmt::format("        {}) {}return ;;\n", fmt::join(option.names, " | "), action.empty() ? "" : action + "; ");
  }
  out += "      esac\n";
  const std::string argument =
      command.arguments.empty() ? std::string() : bash_action(program, kind_of(command.arguments.front()));
  if (!argument.empty()) out += fmt::format("      if [[ $word != -* ]]; then {}; return; fi\n", argument);
  out += fmt::format("      mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n      ;;\n", option_names(command));
}

/// A text within single quotes of zsh, and there within the brackets of a specification.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '\\' || c == '[' || c == ']' || c == ':') {
      out += {'\\', c};
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out;
}

std::string zsh_action(const ProgramReference& program, const ValueKind& value) {
  switch (value.kind) {
    case Kind::File:
      return "_files";
    case Kind::Folder:
      return "_files -/";
    case Kind::Choice:
      return fmt::format("({})", fmt::join(value.choices, " "));
    case Kind::Command:
      return fmt::format("({})", command_names(program));
    case Kind::Other:
      break;
  }
  return " ";
}

/// The arguments of _arguments, one a line.
std::string zsh_specifications(const ProgramReference& program, const CommandReference& command,
                               std::string_view indent) {
  std::string out;
  for (const OptionReference& option : command.options) {
    const std::string value = option.value.empty()
                                  ? std::string()
                                  : fmt::format(":{}:{}", zsh_text(option.value), zsh_action(program, kind_of(option)));
    for (const std::string& name : option.names) {
      // An option may be given again: those that may not are refused by the program, which says why.
      out += fmt::format("{}'*{}[{}]{}' \\\n", indent, name, zsh_text(option.about), value);
    }
  }
  return out;
}

/// A text within single quotes of fish.
std::string fish_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}

std::string fish_value(const ProgramReference& program, const ValueKind& value) {
  switch (value.kind) {
    case Kind::File:
      return " -r -F";
    case Kind::Folder:
      return " -x -a '(__fish_complete_directories)'";
    case Kind::Choice:
      return fmt::format(" -x -a '{}'", fmt::join(value.choices, " "));
    case Kind::Command:
      return fmt::format(" -x -a '{}'", command_names(program));
    case Kind::Other:
      break;
  }
  return " -x";
}

void append_fish_options(std::string& out, const ProgramReference& program, const CommandReference& command,
                         const std::string& condition) {
  for (const OptionReference& option : command.options) {
    out += fmt::format("complete -c {} -n '{}'", program.program.name, condition);
    for (const std::string& name : option.names) {
      out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.value.empty()) out += fish_value(program, kind_of(option));
    out += fmt::format(" -d {}\n", fish_text(option.about));
  }
}

}  // namespace

std::string bash_completions(const ProgramReference& program) {
  const std::string& name = program.program.name;
  std::string out = fmt::format(
      R"(# Completions of {0} for bash, made by `{0} completions bash`.
_{0}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command='' i
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $word == = ]]; then
    word=''
  elif [[ $before == = && COMP_CWORD -gt 2 ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${{COMP_WORDS[i]}} != -* ]]; then
      command=${{COMP_WORDS[i]}}
      break
    fi
  done
  case $command in
    '')
      mapfile -t COMPREPLY < <(compgen -W '{1} {2}' -- "$word")
      ;;
)",
      name, command_names(program), option_names(program.program));
  for (const CommandReference& command : program.commands) append_bash_command(out, program, command);
  return out + fmt::format("  esac\n}}\ncomplete -F _{0} {0}\n", name);
}

std::string zsh_completions(const ProgramReference& program) {
  const std::string& name = program.program.name;
  std::string out = fmt::format(
      R"(#compdef {0}
# Completions of {0} for zsh, made by `{0} completions zsh`.
_{0}() {{
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \
{1}    '1:command:->command' \
    '*::argument:->arguments' && return
  case $state in
    command)
      local -a commands
      commands=(
)",
      name, zsh_specifications(program, program.program, "    "));
  for (const CommandReference& command : program.commands) {
    out += fmt::format("        '{}:{}'\n", command.name, zsh_text(command.about));
  }
  out += "      )\n      _describe -t commands command commands\n      ;;\n    arguments)\n      case $words[1] in\n";
  for (const CommandReference& command : program.commands) {
    out += fmt::format("        {})\n          _arguments \\\n{}", command.name,
                       zsh_specifications(program, command, "            "));
    if (command.arguments.empty()) {
      out += "            && return\n";
    } else {
      const OptionReference& argument = command.arguments.front();
      out += fmt::format("            '*:{}:{}' && return\n", zsh_text(argument.value),
                         zsh_action(program, kind_of(argument)));
    }
    out += "          ;;\n";
  }
  return out + fmt::format(
                   "      esac\n      ;;\n  esac\n}}\nif [[ $funcstack[1] == _{0} ]]; then\n  _{0} \"$@\"\nelse\n"
                   "  compdef _{0} {0}\nfi\n",
                   name);
}

std::string fish_completions(const ProgramReference& program) {
  const std::string& name = program.program.name;
  std::string out =
      fmt::format("# Completions of {0} for fish, made by `{0} completions fish`.\ncomplete -c {0} -f\n", name);
  append_fish_options(out, program, program.program, "__fish_use_subcommand");
  for (const CommandReference& command : program.commands) {
    out += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", name, command.name,
                       fish_text(command.about));
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    append_fish_options(out, program, command, condition);
    if (command.arguments.empty()) continue;
    const ValueKind value = kind_of(command.arguments.front());
    if (value.kind == Kind::Other) continue;
    const std::string what = value.kind == Kind::File ? std::string(" -F") : fish_value(program, value).substr(3);
    out += fmt::format("complete -c {} -n '{}'{}\n", name, condition, what);
  }
  return out;
}

std::string completions(const ProgramReference& program, Shell shell) {
  switch (shell) {
    case Shell::Bash:
      return bash_completions(program);
    case Shell::Zsh:
      return zsh_completions(program);
    case Shell::Fish:
      break;
  }
  return fish_completions(program);
}

}  // namespace cli
