#include "core/jobs/job_run.h"

#include <utility>

namespace core {

namespace {

boost::asio::awaitable<Journalled> write(JobRun& run, std::string entry, std::string text,
                                         std::optional<std::size_t> most_bytes) {
  const Journalled written =
      co_await run.queue.journal(run.token, run.claimed.id, entry, text, most_bytes, run.claimed.run);
  if (written == Journalled::Lost) throw LeaseLostError{};
  run.check_lease();
  if (written == Journalled::Written) run.claimed.journal.insert_or_assign(std::move(entry), std::move(text));
  co_return written;
}

}  // namespace

boost::asio::awaitable<bool> journal_begin(JobRun& run, std::string entry, std::string text) {
  const Journalled written = co_await write(run, std::move(entry), std::move(text), kMostJournalBytes);
  co_return written == Journalled::Written;
}

boost::asio::awaitable<void> journal_end(JobRun& run, std::string entry, std::string text) {
  co_await write(run, std::move(entry), std::move(text), std::nullopt);
}

}  // namespace core
