// Waits as services write them: whatever is written is read back, never as less, and nothing that is read is negative.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "core/retry/error_body.h"
#include "core/retry/wait_text.h"
#include "fakes/waits_asked.h"

namespace core {
namespace {
using namespace std::chrono_literals;

rc::Gen<Duration> any_wait() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(0, INT64_MAX), [](std::int64_t ns) { return Duration(ns); });
}

RC_GTEST_PROP(WaitText, is_read_as_it_was_written, ()) {
  const Duration wait = *any_wait();
  const std::string text = fakes::duration_text(wait);
  RC_ASSERT((read_duration(text) == wait));
  RC_ASSERT((read_reset(text, WallTime{}) == wait));
  RC_ASSERT((wait_in_words("Please try again in " + text + ". Visit us.") == wait));
  const std::string body = fmt::format(R"([{{"error":{{"details":[{{"retryDelay":"{}"}}]}}}}])", text);
  RC_ASSERT((ErrorBody(body).wait(WallTime{}) == (wait > Duration::zero() ? std::optional(wait) : std::nullopt)));
}

RC_GTEST_PROP(WaitText, is_never_undercut_by_what_is_finer_than_a_nanosecond, ()) {
  const auto whole = *rc::gen::inRange<std::int64_t>(0, 9'000'000'000);
  const std::string decimals =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('0', static_cast<char>('9' + 1))));
  const auto read = read_duration(fmt::format("{}.{}s", whole, decimals));
  RC_ASSERT(read.has_value());
  const std::string to_nanoseconds = (decimals + "000000000").substr(0, 9);
  const Duration floor = std::chrono::seconds(whole) + Duration(std::stoll(to_nanoseconds));
  const bool finer = decimals.size() > 9 && decimals.find_first_not_of('0', 9) != std::string::npos;
  RC_ASSERT((*read == floor + Duration(finer ? 1 : 0)));
}

RC_GTEST_PROP(WaitText, takes_overflow_for_too_long_and_grows_with_its_number, ()) {
  const auto digits = *rc::gen::inRange<std::size_t>(20, 400);
  RC_ASSERT((read_duration(std::string(digits, '9') + "ns") == kTooLong));
  const auto less = *rc::gen::inRange<std::uint64_t>(0, UINT64_MAX);
  const auto more = *rc::gen::inRange<std::uint64_t>(less, UINT64_MAX);
  for (const char* unit : {"ns", "us", "ms", "s", "m", "h", "d", "w"}) {
    RC_ASSERT((read_duration(std::to_string(less) + unit) <= read_duration(std::to_string(more) + unit)));
  }
}

RC_GTEST_PROP(WaitText, is_none_or_not_negative_whatever_the_text, ()) {
  const std::string text = *rc::gen::oneOf(
      rc::gen::string<std::string>(),
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789.-+ hmsdwuntryagiCEB:TZ{}\"[],"))));
  const WallTime now{Duration(*rc::gen::arbitrary<std::int64_t>())};
  const std::optional<Duration> all[] = {
      read_amount(text, 1s),     read_duration(text),
      read_reset(text, now),     read_wait(text, 1ms, now),
      wait_in_words(text),       wait_in_words("retry after " + text),
      ErrorBody(text).wait(now), ErrorBody(R"({"retry_after":")" + text + "\"}").wait(now)};
  for (const std::optional<Duration>& wait : all) RC_ASSERT((!wait || *wait >= Duration::zero()));
}

}  // namespace
}  // namespace core
