// What is learnt of one limit of a service, from outside: so many calls in a window of such a length. Refusals teach
// it, best with the wait that they ask for; where they ask for none, by when calls pass again. Services count in fixed
// windows, in sliding ones and by tokens that refill; to a client that never goes beyond what passed last time they all
// look like windows. Pure: it reads no clock and draws no chance.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/time/time.h"

namespace core {

class Limiter {
 public:
  /// Not after `now`: a call may begin at once. Otherwise when to ask again.
  SteadyTime next(SteadyTime now) const;

  /// When a call may begin that has to let so many go before it, as far as is known.
  SteadyTime turn(SteadyTime now, std::uint64_t before) const;

  /// A call begins, as next() allowed.
  void begin(SteadyTime now);
  /// A call that began at `begun` was not refused by the limit.
  void passed(SteadyTime begun);
  /// It was refused; `asked` is the wait that the service asks for.
  void refused(SteadyTime begun, SteadyTime now, std::optional<Duration> asked);
  /// Nobody knows how it ended.
  void abandoned(SteadyTime begun);
  /// It was not made after all.
  void withdrawn(SteadyTime begun);

  /// A refusal was seen.
  bool is_limited() const { return is_limited_; }
  /// Until then the service wants no call.
  SteadyTime held_until() const { return held_until_; }

  /// What passes in a window; nothing until a refusal has taught it.
  std::optional<std::uint32_t> calls() const { return learnt_ ? std::optional(learnt_->calls) : std::nullopt; }
  /// How long a window lasts, as far as is known.
  std::optional<Duration> length() const { return learnt_ ? std::optional(length_of(*learnt_)) : std::nullopt; }

  void describe_state(std::string& out, SteadyTime now) const;

 private:
  struct Window {
    SteadyTime begin = SteadyTime::min();
    std::uint32_t begun = 0;
    std::uint32_t passed = 0;
    std::uint32_t ended = 0;  ///< Whatever way.
    std::uint32_t refused = 0;
    bool is_over = true;       ///< The next call opens another.
    bool was_refused = false;  ///< So what passed in it is all that passes.
    Duration refused_for{};    ///< A call so long after its begin was refused still.

    /// A limit answers at once: what is not answered yet has passed it, until a refusal comes after all.
    std::uint32_t let_through() const { return begun - refused; }
  };
  /// A window is longer than `shortest`, and no longer than `longest`.
  struct Learnt {
    std::uint32_t calls = 1;
    Duration shortest{};
    Duration longest{};
  };

  static Duration length_of(const Learnt& learnt);
  SteadyTime next_at_first(SteadyTime now) const;
  SteadyTime one_by_one(SteadyTime at, std::uint32_t known) const;
  SteadyTime end_of_window() const;
  std::uint32_t allowance() const;
  Duration spacing() const;
  void open_window(SteadyTime now);
  void note_full_window();
  void note_first_pass();
  bool is_of_window(SteadyTime begun) const { return begun >= window_.begin && begun < vain_since_; }
  void refused_in_vain(SteadyTime begun, SteadyTime now, std::optional<Duration> asked);
  void grow_old(SteadyTime begun);
  void learn(SteadyTime now, std::optional<Duration> asked);
  Duration wait_untold() const;

  std::optional<Learnt> learnt_;
  Window window_, previous_;
  SteadyTime vain_since_ = SteadyTime::max();  ///< Calls from then on belong to a window that was none.
  SteadyTime held_until_ = SteadyTime::min();
  SteadyTime last_begin_ = SteadyTime::min();
  std::deque<SteadyTime> young_;    ///< Begins of calls that may still be refused, until a first one was.
  bool is_limited_ = false;         ///< A refusal was seen.
  std::uint32_t vain_windows_ = 0;  ///< In a row, that were refused from their first call on.
  std::uint32_t full_windows_ = 0;  ///< In a row, without a refusal.
  std::uint32_t probe_after_ = kFirstProbe;
  std::uint32_t probe_size_ = 1;

  /// After so many full windows one more call is tried; each time in vain, after twice as many.
  static constexpr std::uint32_t kFirstProbe = 4, kLastProbe = 32;
};

}  // namespace core
