// Texts from formats that are known to the compiler.
#pragma once

#include <fmt/compile.h>

#include <string>

namespace core {

/// fmt::format() for a FMT_COMPILE'd format, made in a buffer on the stack: fmt's own grows the string piece by piece.
template <class Format, class... Arguments>
std::string compose(const Format& format, const Arguments&... arguments) {
  fmt::memory_buffer text;
  fmt::format_to(fmt::appender(text), format, arguments...);
  return {text.data(), text.size()};
}

}  // namespace core
