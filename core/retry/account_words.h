// The words by which services say that no waiting cures a 429: a used-up quota, an unpaid or an inactive account. One
// table, with where each word is documented. Words of limits that end by themselves within a day (rate_limit_exceeded,
// RESOURCE_EXHAUSTED, Z.AI's 1302 to 1308) are deliberately not in it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace core {

struct AccountWord {
  enum class Place : std::uint8_t {
    Code,      ///< The whole value of a code, type, status or reason.
    Sentence,  ///< Words of a message: for services whose code is that of their rate limits as well.
  };
  std::string_view word;  ///< Compared without regard to ASCII case.
  Place place;
  std::string_view source;  ///< Whose it is, and where it is documented.
};

std::span<const AccountWord> account_words();

}  // namespace core
