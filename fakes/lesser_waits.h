// Other waits beside the one that a rule asks for, as services and proxies send them: a client must pass them over
// (readings 5 and 23 in docs/readings.md). What the rule means does not change.
#pragma once

#include "core/http/http.h"
#include "core/random/random.h"
#include "fakes/answer.h"
#include "fakes/faults/rule.h"

namespace fakes {

/// `spelling` stands in the answer already, and means the wait `meant`. Without `may_write_body` the body stays.
struct AskedWait {
  const RetryAfterSpelling& spelling;
  core::Duration meant;
  bool may_write_body;
};

/// A model's answer: a shorter wait in other places, or a longer one that does not count, since its limit is not used
/// up or since retry-after-ms beats retry-after.
void add_lesser_waits_of_model(const AskedWait& wait, core::HttpResponse& response, const Now& now,
                               const core::Random& random);

/// GitHub's: with retry-after neither x-ratelimit-reset nor words count, with x-ratelimit-reset no words.
void add_lesser_waits_of_github(const AskedWait& wait, core::HttpResponse& response, const Now& now,
                                const core::Random& random);

}  // namespace fakes
