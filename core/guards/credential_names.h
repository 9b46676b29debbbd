// Whose calls services count together, by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace core {

/// The names of the tokens of an installation, all of which GitHub counts as one, of the App and of the model's
/// key.
inline constexpr std::string_view kInstallation = "installation ";
inline constexpr std::string_view kLimitedApp = "app", kLimitedModel = "llm";
inline std::string limited_installation(std::uint64_t number) {
  return std::string(kInstallation) + std::to_string(number);
}

/// Of searches of code, which GitHub counts by themselves.
inline constexpr std::string_view kCodeSearch = "code search of installation ";
inline std::string limited_search(std::uint64_t number) {
  return std::string(kCodeSearch) + std::to_string(number);
}

}  // namespace core
