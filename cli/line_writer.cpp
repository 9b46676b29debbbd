#include "cli/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <utility>

namespace cli {

struct LineWriter::Shared {
  Shared(int to, std::size_t most) : descriptor(to), most_bytes(most) {}

  const int descriptor;
  const std::size_t most_bytes;
  mutable std::mutex mutex;
  std::condition_variable has_work;
  std::condition_variable has_written;
  std::string waiting;        ///< Whole lines.
  std::size_t writing = 0;    ///< Bytes that the thread has taken and not written yet.
  std::uint64_t written = 0;  ///< Bytes, or what is as good: those that could not be.
  std::uint64_t dropped = 0;  ///< Lines.
  bool is_full = false;       ///< Until half of the room is free.
  bool is_over = false;
  std::atomic<std::size_t> held_now = 0;  ///< held(), for whom may not lock.
  static_assert(std::atomic<std::size_t>::is_always_lock_free);

  std::size_t held() const { return waiting.size() + writing; }
};

namespace {

/// The whole lines at the beginning of `text` that a pipe takes in one piece, even if other processes write to it. A
/// line that is too long for that is a piece by itself.
std::string_view next_piece(std::string_view text) {
  const std::size_t end = text.substr(0, PIPE_BUF).rfind('\n');
  return text.substr(0, end != std::string_view::npos ? end + 1 : std::min(text.find('\n'), text.size() - 1) + 1);
}

/// How many bytes of the beginning of `text` the descriptor has taken; 0 with errno where it takes no more.
std::size_t put(int descriptor, std::string_view text) {
  const std::string_view piece = next_piece(text);
  for (;;) {
    const ssize_t got = ::write(descriptor, piece.data(), piece.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || errno != EAGAIN) return 0;
    pollfd ready{descriptor, POLLOUT, 0};
    (void)::poll(&ready, 1, -1);
  }
}

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

/// A thread that hears no signal: they are for the one that the program's loop runs on.
template <class Function>
std::thread without_signals(Function function) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(function));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

LineWriter::LineWriter(int descriptor, std::size_t most_bytes)
    : shared_(std::make_shared<Shared>(descriptor, most_bytes)) {}

LineWriter::~LineWriter() {
  if (waits_at_end_) flush();
  if (!thread_.joinable()) return;
  const std::unique_lock lock(shared_->mutex);
  shared_->is_over = true;
  shared_->has_work.notify_one();
  // It cannot be woken where it waits for a reader.
  thread_.detach();
}

void LineWriter::run(const std::shared_ptr<Shared>& shared) {
  bool is_open = false;  // The last line that was written has no end: that was lost.
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->has_work.wait(lock, [&] { return shared->is_over || !shared->waiting.empty(); });
    if (shared->waiting.empty()) return;
    const std::string taken = std::exchange(shared->waiting, {});
    shared->writing = taken.size();
    lock.unlock();
    bool is_lost = is_open && put(shared->descriptor, "\n") == 0;
    for (std::string_view rest = taken; !rest.empty();) {
      const std::size_t size = is_lost ? 0 : put(shared->descriptor, rest);
      is_lost = size == 0;
      if (!is_lost) is_open = rest[size - 1] != '\n';
      const std::size_t done = is_lost ? rest.size() : size;
      lock.lock();
      if (is_lost) shared->dropped += lines_in(rest);
      shared->writing -= done;
      shared->written += done;
      shared->held_now = shared->held();
      shared->has_written.notify_all();
      lock.unlock();
      rest.remove_prefix(done);
    }
    lock.lock();
  }
}

void LineWriter::write(std::string_view line) {
  if (!thread_.joinable()) {
    thread_ = without_signals([shared = shared_] { run(shared); });
  }
  const std::unique_lock lock(shared_->mutex);
  if (shared_->is_full && shared_->held() <= shared_->most_bytes / 2) shared_->is_full = false;
  if (!shared_->is_full && shared_->held() + line.size() > shared_->most_bytes) shared_->is_full = true;
  if (shared_->is_full) {
    ++shared_->dropped;
    return;
  }
  shared_->waiting += line;
  shared_->held_now = shared_->held();
  shared_->has_work.notify_one();
}

bool LineWriter::has_room() const {
  const std::unique_lock lock(shared_->mutex);
  return shared_->held() <= shared_->most_bytes / 2;
}

std::uint64_t LineWriter::take_dropped() {
  const std::unique_lock lock(shared_->mutex);
  return std::exchange(shared_->dropped, 0);
}

bool LineWriter::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  while (shared_->held() > 0) {
    const std::uint64_t before = shared_->written;
    const bool goes_on = shared_->has_written.wait_for(
        lock, patience, [&] { return shared_->held() == 0 || shared_->written != before; });
    if (!goes_on) {
      waits_at_end_ = false;
      return false;
    }
  }
  return true;
}

bool LineWriter::flush_in_signal_handler(std::chrono::milliseconds patience) const noexcept {
  // The thread that writes hears no signals, and goes on.
  for (auto waited = patience.zero(); shared_->held_now > 0; ++waited) {
    if (waited >= patience) return false;
    (void)::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace cli
