// Services that let so many calls through, counted in the ways in which services count: in windows from the first call
// on or by the clock, in a window that slides, and by tokens that refill.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>

#include "core/time/time.h"

namespace tests {

class LimitedService {
 public:
  virtual ~LimitedService() = default;
  /// A call arrives: nothing if it passes, else how long until one would.
  virtual std::optional<core::Duration> ask(core::SteadyTime now) = 0;
};

class FixedWindows final : public LimitedService {
 public:
  FixedWindows(int calls, core::Duration length) : calls_(calls), length_(length) {}
  std::optional<core::Duration> ask(core::SteadyTime now) override {
    if (now >= end_) {
      end_ = now + length_;
      used_ = 0;
    }
    if (used_ == calls_) return end_ - now;
    ++used_;
    return std::nullopt;
  }

 private:
  int calls_, used_ = 0;
  core::Duration length_;
  core::SteadyTime end_;
};

/// As those of a clock on the wall: they end at the multiples of their length, less `phase`.
class AlignedWindows final : public LimitedService {
 public:
  AlignedWindows(int calls, core::Duration length, core::Duration phase)
      : calls_(calls), length_(length), phase_(phase) {}
  std::optional<core::Duration> ask(core::SteadyTime now) override {
    const auto number = (now.time_since_epoch() + phase_) / length_;
    if (number != number_) used_ = 0;
    number_ = number;
    if (used_ == calls_) return core::SteadyTime((number + 1) * length_ - phase_) - now;
    ++used_;
    return std::nullopt;
  }

 private:
  int calls_, used_ = 0;
  core::Duration length_, phase_;
  core::Duration::rep number_ = -1;
};

class SlidingWindow final : public LimitedService {
 public:
  SlidingWindow(std::size_t calls, core::Duration length) : calls_(calls), length_(length) {}
  std::optional<core::Duration> ask(core::SteadyTime now) override {
    while (!passed_.empty() && passed_.front() + length_ <= now) passed_.pop_front();
    if (passed_.size() == calls_) return passed_.front() + length_ - now;
    passed_.push_back(now);
    return std::nullopt;
  }

 private:
  std::size_t calls_;
  core::Duration length_;
  std::deque<core::SteadyTime> passed_;
};

/// Holds up to so many tokens, and gets another one after each `refill`.
class TokenBucket final : public LimitedService {
 public:
  TokenBucket(int most, core::Duration refill) : burst_(refill * (most - 1)), refill_(refill) {}
  std::optional<core::Duration> ask(core::SteadyTime now) override {
    const core::SteadyTime full_at = std::max(full_at_, now);
    if (full_at - now > burst_) return full_at - now - burst_;
    full_at_ = full_at + refill_;
    return std::nullopt;
  }

 private:
  core::Duration burst_, refill_;
  core::SteadyTime full_at_;
};

}  // namespace tests
