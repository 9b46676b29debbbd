#include "cli/man_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cli/help.h"

namespace cli {

namespace {

/// Text as it stands: nothing in it is a macro, an escape, or a hyphen where a minus is meant.
std::string roff(std::string_view text) {
  std::string out;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) out += "\\&";
    at_line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

/// Each line of `text` is a paragraph.
void append_man_paragraphs(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += ".PP\n" + roff(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void append_man_options(std::string& out, const std::vector<OptionReference>& options) {
  for (const OptionReference& option : options) {
    out += ".TP\n";
    std::string names;
    for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
    if (!option.value.empty()) names += (names.empty() ? "\\fI" : " \\fI") + roff(option.value) + "\\fR";
    out += names + "\n" + roff(option.about) + "\n";
  }
}

std::string first_line(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  if (line.ends_with('.')) line.pop_back();
  return line;
}

}  // namespace

std::string man_page(const ProgramReference& program, std::string_view version) {
  const std::string& name = program.program.name;
  std::string title = name;
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string out = fmt::format(".TH {} 1 \"\" \"{}\" \"User Commands\"\n", title, roff(version));
  out += fmt::format(".SH NAME\n{} \\- {}\n", name, roff(first_line(program.program.about)));
  out += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(name));
  out += "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR\n.SH DESCRIPTION\n";
  append_man_paragraphs(out, program.program.about);
  append_man_paragraphs(out, program.program.more);
  out += ".SH OPTIONS\n";
  append_man_options(out, program.program.options);
  out += ".SH COMMANDS\n";
  for (const CommandReference& command : program.commands) {
    out += fmt::format(".SS {}\n", roff(usage_of(program, command)));
    append_man_paragraphs(out, command.about);
    append_man_options(out, command.arguments);
    append_man_options(out, command.options);
    append_man_paragraphs(out, command.more);
  }
  return out;
}

}  // namespace cli
