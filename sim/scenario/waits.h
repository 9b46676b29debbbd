// The spellings of a wait that a rule's `retry_after` takes, for the reader, the schema and the writer of files.
#pragma once

#include "core/json/types.h"
#include "fakes/faults/rule.h"

namespace sim {

inline core::input::OneOf<fakes::RetryAfterReset::Of> reset_of_names() {
  using enum fakes::RetryAfterReset::Of;
  return {{{"requests", Requests}, {"tokens", Tokens}}};  // GitHub's has no name: it is the only one there.
}

inline core::input::OneOf<fakes::RetryAfterReset::As> reset_as_names() {
  using enum fakes::RetryAfterReset::As;
  return {{{"duration", Duration}, {"seconds", Seconds}, {"epoch_s", EpochSeconds}, {"epoch_ms", EpochMs}}};
}

inline core::input::OneOf<fakes::RetryAfterBody::As> body_as_names() {
  using enum fakes::RetryAfterBody::As;
  return {{{"retry_info", RetryInfo},
           {"retry_after", RetryAfter},
           {"retry_after_ms", RetryAfterMs},
           {"try_again_in", TryAgainIn},
           {"retry_after_words", RetryAfterWords},
           {"seconds_and_nanos", SecondsAndNanos},
           {"two_waits", TwoWaits}}};
}

inline core::input::OneOf<fakes::RetryAfterWords::Words> limit_words_names() {
  using enum fakes::RetryAfterWords::Words;
  return {{{"primary", Primary}, {"secondary", Secondary}, {"abuse", Abuse}, {"too_quickly", TooQuickly}}};
}

}  // namespace sim
