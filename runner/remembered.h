// An answer that is asked for once at a time and remembered for a while, however many want to know it. For one thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "core/async/notifier.h"

namespace runner {

template <class Value>
class Remembered {
 public:
  using Ask = std::function<boost::asio::awaitable<Value>()>;

  /// An answer counts for `time` from when it came. `clock` outlives this, and this all callers.
  Remembered(core::Clock& clock, core::Duration time, Ask ask)
      : clock_(clock), time_(time), ask_(std::move(ask)), answered_(clock) {}

  boost::asio::awaitable<Value> get() {
    for (;;) {
      if (is_fresh()) co_return *value_;
      const std::uint64_t before = answers_;
      if (is_asking_) {
        co_await answered_.wait();
      } else {
        const Asking asking(*this);
        value_ = co_await ask_();
        answered_at_ = clock_.now();
        ++answers_;
      }
      if (answers_ != before) co_return *value_;
    }
  }

  bool is_asking() const { return is_asking_; }

 private:
  /// The others go on even where the question was cancelled.
  class Asking {
   public:
    explicit Asking(Remembered& owner) : owner_(owner) { owner_.is_asking_ = true; }
    ~Asking() {
      owner_.is_asking_ = false;
      owner_.answered_.notify_all();
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

   private:
    Remembered& owner_;
  };

  bool is_fresh() const { return value_ && clock_.now() < core::saturating_add(answered_at_, time_); }

  core::Clock& clock_;
  core::Duration time_;
  Ask ask_;
  core::Notifier answered_;
  std::optional<Value> value_;
  core::SteadyTime answered_at_;
  std::uint64_t answers_ = 0;
  bool is_asking_ = false;
};

}  // namespace runner
