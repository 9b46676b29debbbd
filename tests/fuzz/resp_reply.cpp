// Replies in RESP as they come from a Redis, or from whatever is at its address: the same values, and the same error,
// however the bytes come, and never more memory than is allowed.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <variant>

#include "core/json/input_error.h"
#include "core/production/redis/redis_address.h"
#include "core/production/resp/resp_reader.h"
#include "tests/fuzz/property.h"

namespace {

constexpr std::size_t kMaxValueBytes = 2000;  ///< Small, so that short inputs reach it.

std::size_t bytes_of(const core::RedisValue& value) {
  std::size_t bytes = sizeof value + value.text.size();
  for (const core::RedisValue& element : value.elements) bytes += bytes_of(element);
  return bytes;
}

/// In a form in which no two values look alike.
std::string text_of(const core::RedisValue& value) {
  std::string text = fmt::format("{}:{}:{}:{}", static_cast<int>(value.type), value.integer, value.text.size(),
                                 core::printable(value.text, value.text.size() * 8 + 64));
  text += '[';
  for (const core::RedisValue& element : value.elements) text += text_of(element) + ' ';
  return text + ']';
}

/// A reply that sends the client elsewhere is read once more.
void follow(const core::RedisValue& value) {
  if (!value.is_error()) return;
  for (const core::RedisScheme scheme : {core::RedisScheme::Tls, core::RedisScheme::Unix}) {
    const auto moved = core::moved_address({.scheme = scheme}, value.text);
    if (!moved) continue;
    tests::must_hold(moved->port != 0 && !moved->host.empty(), "who is sent elsewhere is sent to a host and a port");
    tests::must_hold(tests::is_printable(core::endpoint_of(*moved)), "a host is fit to be printed");
    tests::must_hold(moved->scheme != core::RedisScheme::Unix, "nobody is sent to a path");
  }
}

std::string outcome_of(std::string_view bytes, tests::Cut cut) {
  core::RespReader reader(kMaxValueBytes);
  std::string outcome;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::string_view piece = rest.substr(0, cut(rest));
    rest.remove_prefix(piece.size());
    reader.feed(piece);
    for (;;) {
      const core::RespNext next = reader.next();
      if (std::holds_alternative<core::RespMore>(next)) break;
      if (const auto* error = std::get_if<core::RespError>(&next)) {
        tests::must_hold(std::holds_alternative<core::RespError>(reader.next()), "nothing is read after an error");
        return outcome + "error: " + error->message;
      }
      const auto& value = std::get<core::RedisValue>(next);
      tests::must_hold(reader.value_bytes() <= kMaxValueBytes, "no value is larger than is allowed");
      tests::must_hold(bytes_of(value) <= reader.value_bytes(), "a value takes no more than is said");
      follow(value);
      outcome += text_of(value) + "\n";
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tests::must_not_depend_on_cuts(tests::input_of(data, size), outcome_of);
  return 0;
}
