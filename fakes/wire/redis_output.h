// What a Redis connection has still to send, in the order in which it is to be sent: bytes that are due at once, later
// or never, and the end of the connection. A value with no socket and no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include "core/time/time.h"

namespace fakes::wire {

class RedisOutput {
 public:
  enum class End : std::uint8_t { None, Close, Reset };

  /// Adds what `write` appends to a string. It is sent behind all that was added before, and not before `due`.
  template <class Write>
  void add(core::SteadyTime due, core::SteadyTime now, Write write) {
    std::string& bytes = place(due, now);
    const std::size_t before = bytes.size();
    write(bytes);
    size_ += bytes.size() - before;
  }
  /// Then the connection ends. What is added later is never sent.
  void add_end(core::SteadyTime due, End end);

  /// Puts all that is due now in place of what `bytes` held. It is the caller's to send.
  void take(core::SteadyTime now, std::string& bytes);
  /// How the connection ends now that what take() gave has been sent. None: it goes on.
  End end() const { return end_; }
  /// When more is due; nothing: not before more is added.
  std::optional<core::SteadyTime> next_due() const;
  /// Bytes that take() has not given.
  std::size_t size() const { return size_; }

 private:
  struct Later {
    core::SteadyTime due;
    std::string bytes;
    End end = End::None;
  };

  std::string& place(core::SteadyTime due, core::SteadyTime now);

  std::string ready_;
  std::list<Later> later_;
  End end_ = End::None;
  std::size_t size_ = 0;
};

}  // namespace fakes::wire
