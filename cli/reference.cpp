#include "cli/reference.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace cli {

namespace {

/// The library keeps names without their dashes.
OptionReference option_reference(const CLI::Option& option) {
  OptionReference reference{.value = option.get_option_text(), .about = option.get_description()};
  for (const std::string& name : option.get_snames()) reference.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) reference.names.push_back("--" + name);
  reference.required = option.get_required();
  return reference;
}

CommandReference command_reference(const CLI::App& command) {
  CommandReference reference{.name = command.get_name(), .about = command.get_description()};
  reference.more = command.get_footer();
  for (const CLI::Option* option : command.get_options()) {
    (option->get_positional() ? reference.arguments : reference.options).push_back(option_reference(*option));
  }
  return reference;
}

bool is_plain_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '-' || (c >= '0' && c <= '9'); });
}

}  // namespace

ProgramReference reference_of(const CLI::App& app) {
  ProgramReference reference{command_reference(app), {}};
  for (const CLI::App* command : app.get_subcommands({})) reference.commands.push_back(command_reference(*command));
  return reference;
}

ValueKind kind_of(const OptionReference& option) {
  using Kind = ValueKind::Kind;
  std::string value = option.value;
  if (value.ends_with("...")) value.resize(value.size() - 3);
  if (value == "FILE" || value == "TRACE") return {Kind::File};
  if (value == "DIR") return {Kind::Folder};
  if (value == "COMMAND") return {Kind::Command};
  ValueKind kind{Kind::Choice};
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find('|', begin), value.size());
    kind.choices.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  // "ID|-" and the like are no words to choose from.
  const bool are_words = kind.choices.size() > 1 && std::ranges::all_of(kind.choices, is_plain_word);
  return are_words ? kind : ValueKind{};
}

}  // namespace cli
