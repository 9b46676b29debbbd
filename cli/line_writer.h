// Writes the lines of a log by a thread of its own, so that neither a reader who stops reading nor a full disk holds up
// the program. Lines that do not fit into the memory kept for them are dropped and counted. Lines of several processes
// that write to one pipe do not mix, up to the length for which pipes promise that (PIPE_BUF).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

namespace cli {

class LineWriter {
 public:
  static constexpr std::size_t kMostBytes = 4UL * 1024 * 1024;
  /// Who takes nothing for so long is not waited for at the end.
  static constexpr std::chrono::milliseconds kPatience{2000};

  /// `descriptor` stays open for as long as the process lives.
  explicit LineWriter(int descriptor, std::size_t most_bytes = kMostBytes);
  /// As flush(), unless that waited in vain.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `line` ends with a line feed. Never waits. A line that there is no room for is dropped, and so are the next ones
  /// until half of the room is free.
  void write(std::string_view line);

  /// Whether write() would take a line now.
  bool has_room() const;

  /// How many lines were dropped, or could not be written, since the last call.
  std::uint64_t take_dropped();

  /// Waits until all is written, or until nothing could be for `patience`; false then.
  bool flush(std::chrono::milliseconds patience = kPatience);

  /// As flush(), of `patience` in all, for the handler of a signal: takes no lock, for the interrupted code may hold
  /// it.
  bool flush_in_signal_handler(std::chrono::milliseconds patience = kPatience) const noexcept;

 private:
  struct Shared;

  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  ///< With the thread, which may outlive this where it waits for the reader.
  std::thread thread_;
  bool waits_at_end_ = true;
};

}  // namespace cli
