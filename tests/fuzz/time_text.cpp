// Times and durations as text, as headers and files carry them: what is read is written so that it reads as the same,
// and so is every time that there is. The first eight bytes of an input are also taken for a time.
#include <string>
#include <string_view>

#include "core/time/text.h"
#include "tests/fuzz/property.h"

namespace {

void must_return(core::WallTime time) {
  const std::string utc = core::format_utc(time);
  tests::must_hold(core::parse_utc(utc) == time, "a time in UTC reads back", utc);
  const std::string date = core::format_http_date(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  tests::must_hold(core::parse_http_date(date) == seconds, "an HTTP-date reads back as its second", date);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tests::input_of(data, size);
  if (const auto duration = core::parse_duration(text)) {
    const std::string written = core::format_duration(*duration);
    tests::must_hold(core::parse_duration(written) == duration, "a duration reads back", written);
  }
  if (const auto date = core::parse_http_date(text)) must_return(*date);
  if (const auto time = core::parse_utc(text)) must_return(*time);
  std::uint64_t number = 0;
  for (const char c : text.substr(0, sizeof number)) number = number << 8 | static_cast<unsigned char>(c);
  const core::WallTime any{core::Duration(static_cast<core::Duration::rep>(number))};
  // Text holds whole years; the first and the last of those that nanoseconds reach into are cut off.
  const auto first = core::parse_utc("1678-01-01T00:00:00Z");
  const auto last = core::parse_utc("2261-12-31T23:59:59.999999999Z");
  if (any >= first && any <= last) {
    must_return(any);
  } else {
    (void)core::format_utc(any);
    (void)core::format_http_date(any);
  }
  return 0;
}
