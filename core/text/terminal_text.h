// Text for people that is safe on a terminal and in a CI system's log. A TerminalText is made of formats, which the
// program itself has, and of values. Texts among the values come from outside (files, traces, Redis, servers, command
// lines): printable() escapes them and keeps each on one line. cli::print() accepts only this type, so no text is
// printed unescaped.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace core {

class TerminalText {
 public:
  enum class Colour : std::uint8_t { None, Red, Green, Yellow };

  /// What stands for a value in a format: a text for texts, the value itself for numbers.
  template <class Value>
  using Shown = std::conditional_t<std::is_arithmetic_v<Value>, Value, std::string>;

  TerminalText() = default;

  /// Like fmt::format(). The values are texts, numbers, and other TerminalTexts, which are put in as they are.
  template <class... Values>
  static TerminalText format(fmt::format_string<Shown<Values>...> form, const Values&... values) {
    TerminalText made;
    made.text_ = fmt::format(form, shown(values)...);
    return made;
  }

  /// A text of several lines that was composed elsewhere: line feeds stay.
  static TerminalText lines(std::string_view text);

  template <class... Values>
  TerminalText& append(fmt::format_string<Shown<Values>...> form, const Values&... values) {
    text_ += fmt::format(form, shown(values)...);
    return *this;
  }
  TerminalText& operator+=(const TerminalText& more) {
    text_ += more.text_;
    return *this;
  }

  /// For a terminal that shows colours.
  TerminalText painted(Colour colour) const;

  bool empty() const { return text_.empty(); }
  const std::string& str() const { return text_; }

 private:
  static std::string shown(std::string_view foreign);
  static std::string shown(const std::string& foreign) { return shown(std::string_view(foreign)); }
  static std::string shown(const char* foreign) { return shown(std::string_view(foreign)); }
  static std::string shown(const TerminalText& text) { return text.text_; }
  template <class Number>
    requires std::is_arithmetic_v<Number>
  static Number shown(Number number) {
    return number;
  }

  std::string text_;
};

}  // namespace core
