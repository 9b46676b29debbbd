// Addresses of a Redis: no error and no display shows a password, and an address that is shown reads as the same once
// the password is put in again. In an input a bar stands where the password is: `redis://bob:|@localhost`.
#include <string>
#include <string_view>

#include "core/http/percent.h"
#include "core/production/redis/redis_address.h"
#include "tests/fuzz/property.h"

namespace {

constexpr std::string_view kPassword = "Kq7ZxW3vT9bNpL5m";

void must_not_show(const std::string& text) {
  tests::must_hold(!tests::shows(text, kPassword), "no part of a password is shown", text);
}

/// Of a path only what belongs on a terminal is shown.
void must_return(const core::RedisAddress& address) {
  if (address.scheme == core::RedisScheme::Unix) return;
  tests::must_hold(tests::is_printable(core::endpoint_of(address)), "a host is fit to be printed");
  constexpr std::string_view kMask = ":***@";
  std::string text = core::masked(address);
  if (const std::size_t mask = text.find(kMask); mask != std::string::npos) {
    text.replace(mask, kMask.size(), ":" + core::percent_encode(address.password) + "@");
  }
  const auto again = core::parse_redis_address(text);
  tests::must_hold(again && *again == address, "an address that is shown reads as the same", text);
}

/// Whether what follows the first colon of this text can only be meant for a password, or for what nobody may see
/// because it might be one.
bool holds_a_password(std::string_view text, std::size_t at) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme > at) return false;
  const std::size_t colon = text.find(':', scheme + 3);
  if (colon == std::string_view::npos || colon > at) return false;
  // Without an @ the host was forgotten, which in front of a path nobody has to say.
  const bool is_path = text.substr(0, scheme).ends_with("unix");
  return text.find('@', at) != std::string_view::npos || (!is_path && text.find('@') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(tests::input_of(data, size));
  // libFuzzer learns what is compared with, and writes it where it is no secret, also so that only its percent-encoding
  // completes it.
  if (tests::shows(text, kPassword) || tests::shows(core::percent_encode(text), kPassword)) return 0;
  const std::size_t bar = text.find('|');
  if (bar != std::string::npos) text.replace(bar, 1, kPassword);
  const bool secret = bar != std::string::npos && holds_a_password(text, bar);
  const auto address = core::parse_redis_address(text);
  if (!address) {
    if (secret) must_not_show(core::to_text(address.error()));
    return 0;
  }
  // Without an @ there is no password in an address that is one.
  if (secret && text.find('@', bar) != std::string::npos) {
    must_not_show(core::masked(*address));
    must_not_show(core::endpoint_of(*address));
  }
  must_return(*address);
  return 0;
}
