// Payloads of jobs as they lie in Redis: what is accepted says the same when it is written and read again.
#include <string>
#include <string_view>

#include "core/queue/job.h"
#include "core/text/names.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload = tests::input_of(data, size);
  (void)core::is_job_id(payload);
  const auto job = core::decode_job(payload);
  if (!job) {
    tests::must_hold(!job.error().message.empty(), "a refusal says what is wrong");
    return 0;
  }
  const std::string written = core::encode_job(*job);
  const auto again = core::decode_job(written);
  tests::must_hold(again.has_value(), "what was accepted is accepted when written again");
  tests::must_hold(again->repo == job->repo && again->issue == job->issue && again->installation == job->installation &&
                       again->prompt == job->prompt,
                   "what was accepted says the same when read again");
  tests::must_hold(core::encode_job(*again) == written, "one job is written in one way");
  return 0;
}
