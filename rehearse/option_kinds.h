// Kinds of options that several commands have, and what their values are checked for: a check gives what is wrong, or
// nothing.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <utility>

#include "rehearse/options.h"

namespace rehearse {

std::string not_whole(const std::string& text);
std::string not_a_count(const std::string& text);

inline constexpr std::pair<const char*, Format> kFormats[] = {
    {"text", Format::Text}, {"json", Format::Json}, {"jsonl", Format::JsonLines}};

/// `what` says what the end of that time means.
void add_timeout(CLI::App& command, std::uint32_t& timeout, const std::string& what);

}  // namespace rehearse
