// What the fuzz targets share: the input as text, the ways in which it may come in pieces, and the end of the process
// when a property does not hold, which is what libFuzzer, the sanitizers and a test all take for a failure.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

/// The one entry of every target; libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tests {

inline std::string_view input_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// `details` is for whoever looks into it, and is asked for only when it is needed.
template <std::invocable Details>
void must_hold(bool holds, std::string_view property, Details details) {
  if (holds) return;
  const std::string text = fmt::format("this does not hold: {}\n{}\n", property, details());
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
  (void)std::fflush(stderr);
  __builtin_trap();
}
inline void must_hold(bool holds, std::string_view property, std::string_view details = {}) {
  must_hold(holds, property, [details] { return details; });
}

/// Two outcomes that must be one.
inline void must_equal(const std::string& a, const std::string& b, std::string_view property) {
  must_hold(a == b, property, [&] { return fmt::format("--- one:\n{}\n--- other:\n{}", a, b); });
}

/// Of ASCII alone.
inline bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// Fewer bytes than these in a row are no secret.
inline constexpr std::size_t kShown = 8;

inline bool shows(std::string_view text, std::string_view secret) {
  for (std::size_t at = 0; at + kShown < secret.size(); ++at) {
    if (text.find(secret.substr(at, kShown + 1)) != std::string_view::npos) return true;
  }
  return false;
}

/// How long the piece is that `rest` begins with.
using Cut = std::size_t (*)(std::string_view rest);

inline std::size_t whole(std::string_view rest) {
  return rest.size();
}
inline std::size_t byte_by_byte(std::string_view) {
  return 1;
}
/// By the input's own bytes, so that a mutation moves the cuts too.
inline std::size_t by_its_bytes(std::string_view rest) {
  constexpr std::size_t kLongest = 13;
  return std::min(rest.size(), 1 + static_cast<unsigned char>(rest.front()) % kLongest);
}

/// `outcome_of(bytes, cut)` tells all that comes of the bytes in such pieces.
template <class Outcome>
void must_not_depend_on_cuts(std::string_view bytes, Outcome outcome_of) {
  const std::string at_once = outcome_of(bytes, whole);
  must_equal(at_once, outcome_of(bytes, by_its_bytes), "what comes of bytes is the same however they are cut");
  must_equal(at_once, outcome_of(bytes, byte_by_byte), "what comes of bytes is the same byte by byte");
}

}  // namespace tests
