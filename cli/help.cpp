#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/wrap.h"

namespace cli {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kWidestLeft = 24;
constexpr std::size_t kLeastRight = 12;

struct Row {
  std::string left;
  std::string_view right;
};

/// Each line of `text` is a paragraph.
void append_paragraphs(std::string& out, std::string_view text, std::size_t width) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    for (const std::string_view line : core::wrapped(text.substr(0, end), width)) out += fmt::format("{}\n", line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Two columns under a heading.
void append_table(std::string& out, std::string_view heading, const std::vector<Row>& rows, std::size_t width) {
  if (rows.empty()) return;
  std::size_t left = 0;
  for (const Row& row : rows) {
    if (row.left.size() <= kWidestLeft) left = std::max(left, row.left.size());
  }
  left = std::max<std::size_t>(left, 12);
  const std::size_t before = kIndent + left + 2;
  const std::size_t right = std::max(width, before + kLeastRight) - before;
  out += fmt::format("\n{}:\n", heading);
  for (const Row& row : rows) {
    out += fmt::format("{:{}}{:{}}", "", kIndent, row.left, left);
    bool is_beside = row.left.size() <= left;
    if (!is_beside) out += '\n';
    for (const std::string_view line : core::wrapped(row.right, right)) {
      out += fmt::format("{:{}}{}\n", "", is_beside ? 2 : before, line);
      is_beside = false;
    }
  }
}

std::vector<Row> rows_of(const std::vector<OptionReference>& options) {
  std::vector<Row> rows;
  for (const OptionReference& option : options) rows.push_back({signature_of(option), option.about});
  return rows;
}

}  // namespace

std::string signature_of(const OptionReference& option) {
  std::string text;
  for (const std::string& name : option.names) text += (text.empty() ? "" : ", ") + name;
  if (!option.value.empty()) text += (text.empty() ? "" : " ") + option.value;
  return text;
}

std::string usage_of(const ProgramReference& program, const CommandReference& command) {
  std::string text = program.program.name;
  if (&command == &program.program) return text + " [OPTIONS] COMMAND";
  text += " " + command.name + " [OPTIONS]";
  for (const OptionReference& argument : command.arguments) {
    text += argument.required ? " " + argument.value : " [" + argument.value + "]";
  }
  return text;
}

std::string help_text(const ProgramReference& program, std::size_t width) {
  std::string out;
  append_paragraphs(out, program.program.about, width);
  out += fmt::format("\nUsage: {}\n", usage_of(program, program.program));
  append_table(out, "Options", rows_of(program.program.options), width);
  std::vector<Row> rows;
  for (const CommandReference& command : program.commands) rows.push_back({command.name, command.about});
  append_table(out, "Commands", rows, width);
  out += '\n';
  append_paragraphs(out, program.program.more, width);
  return out;
}

std::string help_text(const ProgramReference& program, const CommandReference& command, std::size_t width) {
  std::string out;
  append_paragraphs(out, command.about, width);
  out += fmt::format("\nUsage: {}\n", usage_of(program, command));
  append_table(out, "Arguments", rows_of(command.arguments), width);
  append_table(out, "Options", rows_of(command.options), width);
  if (!command.more.empty()) out += '\n';
  append_paragraphs(out, command.more, width);
  return out;
}

}  // namespace cli
