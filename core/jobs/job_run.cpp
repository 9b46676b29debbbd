#include "core/jobs/job_run.h"

#include <utility>

namespace core {

boost::asio::awaitable<void> write_journal(JobRun& run, std::string entry, std::string text) {
  const Ownership ownership = co_await run.queue.journal(run.token, run.claimed.id, entry, text, run.claimed.run);
  if (ownership == Ownership::Lost) throw LeaseLostError{};
  run.check_lease();
  run.claimed.journal.insert_or_assign(std::move(entry), std::move(text));
}

}  // namespace core
