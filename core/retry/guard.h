// What may hold calls back: a pacer, a stop, a limit that an earlier call met. Before each attempt the retry loop asks
// the call's guards in turn, and afterwards it tells each of them, exactly once, how the attempt ended. A guard answers
// at once; all waiting is the loop's.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "core/retry/decide.h"
#include "core/retry/failure.h"
#include "core/state.h"
#include "core/time/clock.h"
#include "core/time/time.h"

namespace core {

/// An attempt of a call, as its guards and its operation see it. The texts live as long as the attempt.
struct Attempt {
  std::string_view api;
  std::string_view credential;  ///< Whose limits count: core/guards/credential_names.h. Empty: of the core's own calls.
  std::string_view job;
  std::uint32_t number = 1;
  SteadyTime call_since{};  ///< When the guards were asked first about the call.
  SteadyTime run_since{};   ///< When what the call is a part of began: of those that wait, the oldest goes first.
  /// How often limits have refused it so far. Who is refused again and again may be refused for itself, and must not
  /// hold up all others.
  std::uint32_t limited = 0;
  bool is_of_a_rerun = false;               ///< Of a job that was re-queued.
  Duration timeout = Duration::max();       ///< Of one request of the attempt.
  SteadyTime deadline = SteadyTime::max();  ///< Of the whole call.

  /// By when a request that is sent now must be answered.
  SteadyTime request_deadline(SteadyTime now) const { return std::min(saturating_add(now, timeout), deadline); }
};

/// The attempt may begin, as far as this guard is concerned.
struct Admit {};

/// What an earlier call was told, for which this one waits.
struct HeldBack {
  std::optional<FailureKind> failure;  ///< Nothing: as the call's last attempt.
  DelaySource source;
  Duration wait;  ///< As far as is known.
};
/// The attempt has to wait; then all guards are asked anew.
struct Delay {
  Duration delay{};                        ///< Zero: until others that are due have had their turn.
  std::optional<HeldBack> held_back = {};  ///< Set: the wait is reported, as that before an attempt.
  bool may_be_woken = false;               ///< The guard may end it before, by Waiter::wake().
};

/// The call is given up. `Cancelled` is reported only where the call was reported before.
struct Refuse {
  GiveUpReason reason;
  Failure failure = {};
  Patience patience = Patience::Left;
};
using Admission = std::variant<Admit, Delay, Refuse>;

enum class AttemptEnd : std::uint8_t {
  NotBegun,   ///< The call ended before the attempt began, or another guard refused it.
  Abandoned,  ///< It began, and was cancelled or lost its permit: how it ended is not known.
  Succeeded,
  Failed,
};

/// A guard recognises an attempt by this, from its first question about the attempt until it hears how the attempt
/// ended.
struct Waiter {
  std::uint64_t ticket = 0;  ///< The guard's own mark.
  Timer* timer = nullptr;    ///< The loop's.

  /// Has the guards asked anew now, where the attempt waits for a Delay that may be woken.
  void wake() const {
    if (timer != nullptr) timer->wake();
  }
};

class CallGuard : public Stateful {
 public:
  /// Asked before each attempt, and again after every wait for this or another guard: one that has admitted the attempt
  /// may be asked once more, and change its mind. `waiter` is the same for one attempt and lives as long.
  virtual Admission admit(const Attempt& attempt, Waiter& waiter) = 0;

  /// Whether it would refuse such an attempt at that time, as far as is known now: then nobody waits for it.
  virtual std::optional<Refuse> would_refuse(const Attempt&, SteadyTime) const { return std::nullopt; }

  /// Told once for every attempt that it was asked about; as NotBegun also where a guard before it changes its mind,
  /// and then asked anew. `failure` is set where the attempt failed.
  virtual void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) = 0;

  /// Whether it delays an attempt for as long as a limit asks for: then a refusal by a limit is no failed attempt.
  virtual bool waits_for_limits() const { return false; }
};

/// The guards of a call, in the order in which they are asked: first those that refuse, last those that give out turns.
/// They outlive the call, unless only_while() says until when they are there.
class Guards {
 public:
  static constexpr std::size_t kMost = 8;

  Guards() = default;
  /// Null ones are left out.
  Guards(std::initializer_list<CallGuard*> guards);  // NOLINT(google-explicit-constructor)
  void add(CallGuard* guard);
  /// Once `holds` is false, no guard is asked or told: the call may outlive them. `holds` outlives the call.
  void only_while(const bool& holds) { hold_ = &holds; }

  std::size_t size() const { return hold_ == nullptr || *hold_ ? size_ : 0; }
  /// Whether one of them does.
  bool wait_for_limits() const;
  /// The first one that would. See CallGuard.
  std::optional<Refuse> would_refuse(const Attempt& attempt, SteadyTime then) const;
  CallGuard& operator[](std::size_t i) const { return *guards_[i]; }

 private:
  std::array<CallGuard*, kMost> guards_{};
  std::size_t size_ = 0;
  const bool* hold_ = nullptr;  ///< Null: they outlive the call.
};

namespace detail {

/// The guards of one attempt: asks them, and sees to it that each of them hears once how it ended. Both outlive it.
class GuardedAttempt {
 public:
  GuardedAttempt(const Guards& guards, const Attempt& attempt) : guards_(guards), attempt_(attempt) {}
  ~GuardedAttempt() { end(has_begun_ ? AttemptEnd::Abandoned : AttemptEnd::NotBegun); }
  GuardedAttempt(const GuardedAttempt&) = delete;
  GuardedAttempt& operator=(const GuardedAttempt&) = delete;

  /// The answer of the first guard that does not admit it.
  Admission admit();
  void begin() { has_begun_ = true; }
  void end(AttemptEnd end, const Failure* failure = nullptr);
  /// For waits that a guard may end.
  Timer& timer(Clock& clock);

 private:
  /// Who is asked after one that does not admit need not keep the attempt a place.
  void withdraw_from(std::size_t first);

  const Guards& guards_;
  const Attempt& attempt_;
  std::array<Waiter, Guards::kMost> waiters_{};
  std::unique_ptr<Timer> timer_;
  std::size_t asked_ = 0;
  bool has_begun_ = false;
};

}  // namespace detail
}  // namespace core
