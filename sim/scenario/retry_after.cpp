#include "sim/scenario/retry_after.h"

#include <algorithm>

#include "core/json/choice.h"

namespace sim {

namespace {

using namespace core::input;
using namespace fakes;

OneOf<RetryAfterReset::Of> reset_of_names() {
  using enum RetryAfterReset::Of;
  return {{{"requests", Requests}, {"tokens", Tokens}}};  // GitHub's has no name: it is the only one there.
}

OneOf<RetryAfterReset::As> reset_as_names() {
  using enum RetryAfterReset::As;
  return {{{"duration", Duration}, {"seconds", Seconds}, {"epoch_s", EpochSeconds}, {"epoch_ms", EpochMs}}};
}

OneOf<RetryAfterBody::As> body_as_names() {
  using enum RetryAfterBody::As;
  return {{{"retry_info", RetryInfo},
           {"retry_after", RetryAfter},
           {"retry_after_ms", RetryAfterMs},
           {"try_again_in", TryAgainIn},
           {"retry_after_words", RetryAfterWords},
           {"seconds_and_nanos", SecondsAndNanos},
           {"two_waits", TwoWaits}}};
}

OneOf<RetryAfterWords::Words> limit_words_names() {
  using enum RetryAfterWords::Words;
  return {{{"primary", Primary}, {"secondary", Secondary}, {"abuse", Abuse}, {"too_quickly", TooQuickly}}};
}

/// What both services spell alike.
auto retry_after_forms() {
  return std::tuple{
      alternative_form<RetryAfterDate>("date",
                                       [](auto& io, RetryAfterDate& date) {
                                         io.required("date", date.ahead, DurationText{},
                                                     "An HTTP-date that far ahead.");
                                       }),
      alternative_form<RetryAfterMs>(
          "ms", [](auto& io, RetryAfterMs& ms) { io.required("ms", ms.delay, DurationText{}, "As retry-after-ms."); }),
      alternative_form<RetryAfterRaw>(
          "raw", [](auto& io, RetryAfterRaw& raw) { io.required("raw", raw.text, kHeaderValue, "Any text at all."); })};
}

auto llm_retry_after_forms() {
  return std::tuple{
      alternative_form<RetryAfterReset>("reset",
                                        [](auto& io, RetryAfterReset& reset) {
                                          io.required("reset", reset.delay, DurationText{},
                                                      "As x-ratelimit-reset-*, with nothing remaining.");
                                          io.optional("of", reset.of, reset_of_names(), "Which limit's reset.");
                                          io.optional("as", reset.as, reset_as_names(), "How it is written.");
                                        }),
      alternative_form<RetryAfterBody>("body", [](auto& io, RetryAfterBody& body) {
        io.required("body", body.delay, DurationText{}, "A body that asks to wait so long.");
        io.optional("as", body.as, body_as_names(), "How it asks.");
      })};
}

auto github_retry_after_forms() {
  return std::tuple{alternative_form<RetryAfterReset>("reset",
                                                      [](auto& io, RetryAfterReset& reset) {
                                                        reset.of = RetryAfterReset::Of::GitHub;
                                                        io.required("reset", reset.delay, DurationText{},
                                                                    "As x-ratelimit-reset, with nothing remaining.");
                                                      }),
                    alternative_form<RetryAfterWords>("words", [](auto& io, RetryAfterWords& words) {
                      io.required("words", words.words, limit_words_names(),
                                  "A body that names a limit, and no header.");
                    })};
}

template <class Forms>
auto seconds_or_one_of(Forms forms) {
  return ByKind{alternative<RetryAfterSeconds>(MemberType{&RetryAfterSeconds::delay, DurationText{}}),
                one_form_of<RetryAfterSpelling>(std::tuple_cat(retry_after_forms(), forms))};
}

/// What `use` makes of the type for that service.
template <class Use>
auto with_type(core::Service service, Use use) {
  return service == core::Service::Llm ? use(seconds_or_one_of(llm_retry_after_forms()))
                                       : use(seconds_or_one_of(github_retry_after_forms()));
}

}  // namespace

bool is_header_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f'); });
}

bool RetryAfterType::read(const At& at, RetryAfterSpelling& spelling) const {
  return with_type(service, [&](const auto& type) { return type.read(at, spelling); });
}
JsonObject RetryAfterType::schema(const RetryAfterSpelling& spelling) const {
  return with_type(service, [&](const auto& type) { return type.schema(spelling); });
}
std::string RetryAfterType::file_text(const RetryAfterSpelling& spelling) const {
  return with_type(service, [&](const auto& type) { return type.file_text(spelling); });
}

}  // namespace sim
