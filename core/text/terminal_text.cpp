#include "core/text/terminal_text.h"

#include <algorithm>

#include "core/json/input_error.h"

namespace core {

std::string TerminalText::shown(std::string_view foreign) {
  const bool is_plain = std::all_of(foreign.begin(), foreign.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return is_plain ? std::string(foreign) : printable(foreign, SIZE_MAX);
}

TerminalText TerminalText::lines(std::string_view text) {
  TerminalText made;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    made.text_ += shown(text.substr(0, length));
    if (length < text.size()) made.text_ += '\n';
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return made;
}

TerminalText TerminalText::painted(Colour colour) const {
  if (colour == Colour::None) return *this;
  TerminalText made;
  const int parameter = colour == Colour::Red ? 31 : colour == Colour::Green ? 32 : 33;
  made.text_ = fmt::format("\x1b[{}m{}\x1b[0m", parameter, text_);
  return made;
}

}  // namespace core
