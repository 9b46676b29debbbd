// An option whose value is one of some names. The library's own list of what is accepted is unreadable.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "core/json/input_error.h"

namespace cli {

/// Puts the number of the enumerator in the name's place, which is what the library reads an enumeration from.
template <class Enum>
CLI::Validator one_of(const std::map<std::string, Enum>& values) {
  std::string names;
  for (const auto& [name, value] : values) names += (names.empty() ? "" : ", ") + name;
  const auto check = [values, names](std::string& text) {
    const auto found = values.find(text);
    if (found == values.end()) return "found " + core::quoted(text) + "; accepted: " + names;
    text = std::to_string(static_cast<int>(found->second));
    return std::string();
  };
  return CLI::Validator(check, "");
}

}  // namespace cli
