// Commands in RESP as clients send them to the fake Redis: the same commands, and the same error, however the bytes
// come.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/json/input_error.h"
#include "fakes/redis/protocol/request_parser.h"
#include "tests/fuzz/property.h"

namespace {

using fakes::redis::RequestParser;

/// All that the parser made of it, in a form in which no two outcomes look alike.
std::string outcome_of(std::string_view bytes, tests::Cut cut) {
  RequestParser parser;
  std::string outcome;
  std::size_t arguments_bytes = 0;
  for (std::string_view rest = bytes; !rest.empty();) {
    std::string_view piece = rest.substr(0, cut(rest));
    rest.remove_prefix(piece.size());
    for (;;) {
      const std::size_t before = piece.size();
      const RequestParser::Outcome end = parser.parse(piece);
      tests::must_hold(piece.size() <= before, "parsing takes bytes off the front");
      if (end == RequestParser::Outcome::NeedsMore) {
        tests::must_hold(piece.empty(), "more is wanted only when all is taken");
        break;
      }
      if (end == RequestParser::Outcome::ProtocolError) {
        tests::must_hold(parser.parse(rest) == end, "nothing is parsed after an error");
        return outcome + "error: " + parser.error();
      }
      tests::must_hold(!parser.command().empty(), "a command has a name");
      for (const std::string& argument : parser.command()) {
        arguments_bytes += argument.size();
        outcome += fmt::format("{} {} ", argument.size(), core::printable(argument, argument.size() * 8 + 64));
      }
      outcome += '\n';
      tests::must_hold(arguments_bytes <= bytes.size(), "no argument is longer than what was sent");
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tests::must_not_depend_on_cuts(tests::input_of(data, size), outcome_of);
  return 0;
}
