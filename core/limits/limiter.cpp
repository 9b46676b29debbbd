#include "core/limits/limiter.h"

#include <algorithm>

#include "core/state.h"

namespace core {

namespace {
using namespace std::chrono_literals;

/// A call that has not been answered for so long was not refused by a limit.
constexpr Duration kTellsWithin = 1s;
/// After refusals that ask for no wait: 1 s, and half as long again each time, until a call passes.
constexpr Duration kFirstUntoldWait = 1s, kLongestUntoldWait = 5min;
/// That a service which asked for hours after some calls will do so again after as many is only a guess: what such a
/// window lets through is tried one call after another, beyond what passed last time.
constexpr Duration kLongestBelieved = 10min;
/// Calls of one window do not all begin at its first moment.
constexpr Duration kWidestSpacing = 500ms;

}  // namespace

/// Where nobody tells, the bounds are tried out until they are within an eighth of each other.
Duration Limiter::length_of(const Learnt& learnt) {
  const Duration doubt = learnt.longest - learnt.shortest;
  const Duration length = doubt > learnt.longest / 8 ? learnt.shortest + doubt / 2 : learnt.longest;
  return std::max(length, Duration(1));
}

SteadyTime Limiter::end_of_window() const {
  return learnt_ ? saturating_add(window_.begin, length_of(*learnt_)) : SteadyTime::max();
}

std::uint32_t Limiter::allowance() const {
  return learnt_->calls + (full_windows_ >= probe_after_ ? probe_size_ : 0);
}

Duration Limiter::spacing() const {
  return std::min<Duration>(kWidestSpacing, length_of(*learnt_) / 10 / learnt_->calls);
}

SteadyTime Limiter::next(SteadyTime now) const {
  if (!is_limited_) return next_at_first(now);
  const SteadyTime at = std::max(now, held_until_);
  if (window_.is_over || at >= end_of_window()) return at;
  if (!learnt_) return one_by_one(at, 0);
  if (window_.begun < allowance()) return std::max(at, saturating_add(last_begin_, spacing()));
  return length_of(*learnt_) <= kLongestBelieved ? end_of_window() : one_by_one(at, learnt_->calls);
}

/// Beyond `known` calls it is to be found out what passes: one after another, and the more at once the more have
/// passed. So few are refused when the limit is met.
SteadyTime Limiter::one_by_one(SteadyTime at, std::uint32_t known) const {
  const bool is_told = at >= saturating_add(last_begin_, kTellsWithin);
  const std::uint32_t under_way = is_told ? 0 : window_.begun - window_.ended;
  const std::uint32_t beyond = window_.passed - std::min(window_.passed, known);
  return under_way < 1 + beyond / 4 ? at : saturating_add(last_begin_, kTellsWithin);
}

SteadyTime Limiter::turn(SteadyTime now, std::uint64_t before) const {
  const SteadyTime first = next(now);
  if (!learnt_) return first;
  const bool is_open = !window_.is_over && first < end_of_window();
  const std::uint64_t room = is_open ? allowance() - window_.begun : learnt_->calls;
  if (before < room || length_of(*learnt_) > kLongestBelieved) return first;
  const std::uint64_t windows = 1 + (before - room) / learnt_->calls;
  const SteadyTime end = is_open ? end_of_window() : saturating_add(first, length_of(*learnt_));
  const Duration length = length_of(*learnt_);
  if (windows - 1 > static_cast<std::uint64_t>((SteadyTime::max() - end) / length)) return SteadyTime::max();
  return end + length * static_cast<Duration::rep>(windows - 1);
}

/// Nothing is known: as many again as have been let through so far. A limit answers at once, so a call that is under
/// way for a while has passed it.
SteadyTime Limiter::next_at_first(SteadyTime now) const {
  std::uint32_t young = 0;
  for (const SteadyTime begun : young_) young += now - begun < kTellsWithin ? 1 : 0;
  const std::uint32_t through = window_.begun - young;
  return young <= through ? now : saturating_add(young_.front(), kTellsWithin);
}

void Limiter::begin(SteadyTime now) {
  if (!is_limited_) {
    while (!young_.empty() && now - young_.front() >= kTellsWithin) young_.pop_front();
    young_.push_back(now);
  }
  if (window_.is_over || now >= end_of_window()) open_window(now);
  ++window_.begun;
  last_begin_ = now;
}

void Limiter::open_window(SteadyTime now) {
  if (!window_.is_over) note_full_window();
  if (window_.begun > 0) previous_ = window_;
  window_ = {.begin = now, .is_over = false};
  vain_since_ = SteadyTime::max();
}

void Limiter::note_full_window() {
  if (!learnt_ || window_.begun < learnt_->calls) return;
  ++full_windows_;
  if (window_.let_through() <= learnt_->calls) return;
  // More passes than was known: go on trying, in larger steps.
  learnt_->calls = window_.let_through();
  probe_size_ *= 2;
  probe_after_ = kFirstProbe;
  full_windows_ = kFirstProbe;
}

void Limiter::passed(SteadyTime begun) {
  grow_old(begun);
  if (!is_of_window(begun)) return;
  ++window_.ended;
  if (++window_.passed == 1) note_first_pass();
}

/// Where nobody tells how long a window lasts, the first call that passes again shows it.
void Limiter::note_first_pass() {
  vain_windows_ = 0;
  const Duration apart = previous_.begun > 0 ? window_.begin - previous_.begin : Duration::zero();
  if (!learnt_) {
    const std::uint32_t calls = previous_.let_through();
    if (previous_.was_refused && calls > 0) learnt_ = {calls, previous_.refused_for, apart};
  } else if (previous_.let_through() >= learnt_->calls && apart > learnt_->shortest && apart < learnt_->longest) {
    learnt_->longest = apart;
  }
}

void Limiter::refused(SteadyTime begun, SteadyTime now, std::optional<Duration> asked) {
  is_limited_ = true;
  young_.clear();
  if (asked) held_until_ = std::max(held_until_, saturating_add(now, *asked));
  if (!is_of_window(begun)) return;
  ++window_.ended;
  ++window_.refused;
  if (window_.is_over) {
    // A call that seemed to have passed is refused as well: this window lets one call fewer through.
    if (window_.was_refused && learnt_) learnt_->calls = std::clamp(window_.let_through(), 1U, learnt_->calls);
    return;
  }
  window_.is_over = true;
  full_windows_ = 0;
  if (begun == window_.begin && previous_.begun > 0) {
    refused_in_vain(begun, now, asked);
  } else {
    learn(now, asked);
  }
  // Who tells a wait and refuses all the same is not believed for long.
  if (!asked || vain_windows_ > 1) held_until_ = std::max(held_until_, saturating_add(now, wait_untold()));
}

Duration Limiter::wait_untold() const {
  Duration wait = kFirstUntoldWait;
  for (std::uint32_t i = 0; i < vain_windows_ && wait < kLongestUntoldWait; ++i) wait += wait / 2;
  return std::min(wait, kLongestUntoldWait);
}

/// The window before was not over.
void Limiter::refused_in_vain(SteadyTime begun, SteadyTime now, std::optional<Duration> asked) {
  ++vain_windows_;
  vain_since_ = window_.begin;
  window_ = previous_;
  window_.is_over = true;
  window_.refused_for = std::max(window_.refused_for, begun - window_.begin);
  if (!learnt_) return;
  if (asked) {
    if (vain_windows_ > 1) learnt_->calls = std::max(1U, learnt_->calls / 2);
    learnt_->shortest = learnt_->longest = saturating_add(now, *asked) - window_.begin;
    return;
  }
  learnt_->shortest = std::max(learnt_->shortest, window_.refused_for);
  if (learnt_->longest <= learnt_->shortest) learnt_->longest = learnt_->shortest + learnt_->shortest / 4;
  held_until_ = std::max(held_until_, end_of_window());
}

void Limiter::learn(SteadyTime now, std::optional<Duration> asked) {
  const std::uint32_t through = window_.let_through();
  const bool was_probe = learnt_ && through >= learnt_->calls;
  // Since when the service counts is known where the window began after a refusal, or most of it is still to come.
  const Duration age = now - window_.begin;
  const bool is_whole = learnt_ || previous_.was_refused || (asked && age <= *asked);
  window_.was_refused = true;
  if (was_probe) {
    probe_after_ = std::min(2 * probe_after_, kLastProbe);
    probe_size_ = 1;
  } else if (learnt_) {
    learnt_->calls = std::max(1U, through);
  }
  if (!asked || !is_whole || through == 0) return;
  const Duration length = age > Duration::max() - *asked ? Duration::max() : age + *asked;
  if (!learnt_) learnt_ = {.calls = through};
  learnt_->shortest = learnt_->longest = length;
}

void Limiter::grow_old(SteadyTime begun) {
  const auto young = std::ranges::find(young_, begun);
  if (young != young_.end()) young_.erase(young);
}

void Limiter::withdrawn(SteadyTime begun) {
  grow_old(begun);
  if (is_of_window(begun) && window_.begun > 0) --window_.begun;
}

void Limiter::abandoned(SteadyTime begun) {
  grow_old(begun);
  if (is_of_window(begun)) ++window_.ended;
}

void Limiter::describe_state(std::string& out, SteadyTime now) const {
  if (!is_limited_) {
    append_state(out, window_.begun);
    append_state(out, young_.size());
    for (const SteadyTime begun : young_) append_state(out, saturating_add(begun, kTellsWithin), now);
  }
  append_state(out, held_until_, now);
  append_state(out, vain_since_ == SteadyTime::max() ? Duration::max() : now - vain_since_);
  append_state(out, learnt_.has_value());
  if (learnt_) {
    append_state(out, learnt_->calls);
    append_state(out, learnt_->shortest);
    append_state(out, learnt_->longest);
    append_state(out, saturating_add(last_begin_, spacing()), now);
  }
  for (const Window& window : {window_, previous_}) {
    append_state(out, window.begun > 0 ? now - window.begin : Duration::zero());
    append_state(out, window.begun);
    append_state(out, window.passed);
    append_state(out, window.ended);
    append_state(out, window.refused);
    append_state(out, window.is_over);
    append_state(out, window.was_refused);
    append_state(out, window.refused_for);
  }
  for (const std::uint32_t number : {vain_windows_, full_windows_, probe_after_, probe_size_})
    append_state(out, number);
}

}  // namespace core
