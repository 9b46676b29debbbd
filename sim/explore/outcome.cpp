#include "sim/explore/outcome.h"

#include <vector>

namespace sim {

namespace {

using namespace std::chrono_literals;

fakes::HttpAction status(int code) {
  return fakes::DoStatus{.status = code};
}
fakes::HttpAction limited(fakes::RetryAfterSpelling hint) {
  return fakes::DoStatus{.status = 429, .retry_after = std::move(hint)};
}

}  // namespace

std::span<const CallOutcome> call_outcomes() {
  static const std::vector<CallOutcome> all = {
      {"ok", std::monostate{}},
      {"429", status(429)},
      {"429 retry-after 5", limited(fakes::RetryAfterSeconds{5s})},
      {"429 retry-after 0", limited(fakes::RetryAfterSeconds{0s})},
      {"429 retry-after 2m (too long)", limited(fakes::RetryAfterSeconds{2min})},
      {"429 retry-after a date", limited(fakes::RetryAfterDate{7s})},
      {"429 retry-after-ms 1500", limited(fakes::RetryAfterMs{1500ms})},
      {"429 retry-after soon (unreadable)", limited(fakes::RetryAfterRaw{"soon"})},
      {"429 retry-after 200h (beyond the ceiling)", limited(fakes::RetryAfterSeconds{200h})},
      {"403 that names a limit", fakes::DoStatus{.status = 403, .retry_after = fakes::RetryAfterWords{}}},
      {"408", status(408)},
      {"409", status(409)},
      {"503", status(503)},
      {"500", status(500)},
      {"401", status(401)},
      {"403", status(403)},
      {"302 elsewhere",
       fakes::DoStatus{.status = 302, .headers = {{"location", "https://elsewhere.example/repositories/42"}}}},
      {"timeout", fakes::DoTimeout{}},
      {"refused", fakes::DoRefuse{}},
      {"reset before", fakes::DoReset{fakes::ResetWhen::Before}},
      {"reset after", fakes::DoReset{fakes::ResetWhen::After}},
      {"truncated", fakes::DoTruncate{500'000}},
      {"garbage", fakes::DoGarbage{}},
  };
  return all;
}

}  // namespace sim
