// The values of an enum and their names, from one list: a constexpr name_of() with a case for each value, found where
// the enum is. The compiler says when a case is missing; the rest is derived here.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace core {

/// How many values `Enum` has: those from 0 on that have a name.
template <class Enum>
consteval std::size_t count_of() {
  std::size_t count = 0;
  while (!name_of(static_cast<Enum>(count)).empty()) ++count;
  return count;
}

template <class Enum>
constexpr std::array<Enum, count_of<Enum>()> values_of() {
  std::array<Enum, count_of<Enum>()> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Enum>(i);
  return values;
}

template <class Enum>
constexpr std::optional<Enum> value_named(std::string_view name) {
  for (const Enum value : values_of<Enum>()) {
    if (name_of(value) == name) return value;
  }
  return std::nullopt;
}

}  // namespace core
