// Error bodies and the waits in them, from any bytes: what is read is bounded, printable, and never less than nothing.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/retry/error_body.h"
#include "core/retry/wait_text.h"
#include "tests/fuzz/property.h"

namespace {

void must_not_be_negative(const std::optional<core::Duration>& wait, std::string_view text) {
  tests::must_hold(!wait || *wait >= core::Duration::zero(), "a wait is not negative", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tests::input_of(data, size);
  constexpr core::WallTime kNow{std::chrono::seconds(1'767'225'600)};
  for (const core::WallTime now : {core::WallTime::min(), kNow, core::WallTime::max()}) {
    must_not_be_negative(core::read_reset(text, now), text);
    must_not_be_negative(core::read_wait(text, std::chrono::seconds(1), now), text);
  }
  must_not_be_negative(core::read_duration(text), text);
  must_not_be_negative(core::wait_in_words(text), text);
  const core::ErrorBody body(text);
  const auto wait = body.wait(kNow);
  tests::must_hold(!wait || *wait > core::Duration::zero(), "a wait in a body is longer than nothing");
  (void)body.account_word();
  (void)body.names_github_limit();
  (void)body.says_too_many_requests();
  (void)body.headers_within();
  const std::string reason = body.github_reason();
  tests::must_hold(reason.size() <= 600, "a reason is bounded");
  tests::must_hold(std::ranges::all_of(reason, [](char c) { return c >= 0x20 && c < 0x7f; }), "a reason is printable",
                   reason);
  return 0;
}
