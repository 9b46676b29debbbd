// The limits of the services that one worker process calls, by credential. A refusal holds back every call of its
// credential until the service wants to be asked again; how many calls pass is learnt for each operation (Limiter).
// Calls that wait go one after another, those of the oldest run first, and do not come back all at once. A call that
// would wait for longer than the configuration allows is given up as `limited`; the worker then delays its job.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/limits/hold.h"
#include "core/limits/limiter.h"
#include "core/retry/guard.h"
#include "core/time/clock.h"

namespace core {

/// What is known of one operation of one credential. The texts live until the limits are used again.
struct KnownLimit {
  std::string_view credential;
  std::string_view api;                ///< Empty: nothing was called with the credential yet.
  Duration held{};                     ///< For so long from now the service wants no call of the credential.
  std::optional<std::uint32_t> calls;  ///< That pass in a window; nothing until a refusal has taught it.
  std::optional<Duration> window;
  std::size_t waiting = 0;  ///< Calls.
};

class Limits {
 public:
  /// `clock` outlives it. A service that asks for a wait beyond `ceiling` is not believed; see decide().
  Limits(const Clock& clock, Duration max_wait, Duration ceiling)
      : clock_(clock), max_wait_(max_wait), ceiling_(ceiling) {}
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  /// For how long one more call of that credential would have to wait, whichever operation it is of that `needs` is
  /// true for.
  Duration wait_of_one_more(std::string_view credential, const std::function<bool(std::string_view api)>& needs) const;
  Duration max_wait() const { return max_wait_; }

  /// `listener` is called when a service wants no call of a credential for a while.
  void on_hold(std::function<void(const Hold&)> listener) { on_hold_ = std::move(listener); }
  /// Another worker was told so.
  void hear(const Hold& hold);
  /// Of all operations that were called, as it is now.
  std::vector<KnownLimit> known() const;

  void describe_state(std::string& out, SteadyTime now) const;

 private:
  friend class LimitGuard;

  /// The call of the oldest run goes first, also after a refusal: that run has the most to lose. After every three
  /// refusals a call falls behind all calls that were refused less often. By that, the run's begin, and the ticket.
  using Place = std::tuple<std::uint32_t, SteadyTime, std::uint64_t>;
  static Place place_of(const Attempt& attempt, const Waiter& waiter) {
    return {attempt.limited / kRefusalsOfOnePlace, attempt.run_since, waiter.ticket};
  }
  static constexpr std::uint32_t kRefusalsOfOnePlace = 3;
  /// One operation of one credential.
  struct Operation {
    Limiter limiter;
    std::map<Place, Waiter*> waiting;
    std::map<std::uint64_t, SteadyTime> under_way;  ///< When they began.
  };
  struct Credential {
    SteadyTime held_until = SteadyTime::min();
    SteadyTime known_until = SteadyTime::min();  ///< To other workers.
    DelaySource source = DelaySource::Limit;
    std::map<std::string, Operation, std::less<>> operations;
  };

  Credential& credential(std::string_view name);
  void make_room();
  void tell(const std::string& name, Credential& credential);

  const Clock& clock_;
  const Duration max_wait_, ceiling_;
  std::map<std::string, Credential, std::less<>> credentials_;
  std::uint64_t tickets_ = 0;
  std::function<void(const Hold&)> on_hold_;
};

/// The names here of the tokens of an installation, all of which GitHub counts as one, of the App and of the model's
/// key.
inline constexpr std::string_view kInstallation = "installation ";
inline constexpr std::string_view kLimitedApp = "app", kLimitedModel = "llm";
inline std::string limited_installation(std::uint64_t number) {
  return std::string(kInstallation) + std::to_string(number);
}

/// Of searches of code, which GitHub counts by themselves.
inline constexpr std::string_view kCodeSearch = "code search of installation ";
inline std::string limited_search(std::uint64_t number) {
  return std::string(kCodeSearch) + std::to_string(number);
}

/// Of the calls that one credential is used for.
class LimitGuard final : public CallGuard {
 public:
  /// `limits` may be null: then nobody is held back. It outlives the guard.
  LimitGuard(Limits* limits, std::string credential) : limits_(limits), credential_(std::move(credential)) {}

  /// From now on it holds nobody back: its calls may outlive the limits.
  void detach() { limits_ = nullptr; }

  Admission admit(const Attempt& attempt, Waiter& waiter) override;
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override;
  bool waits_for_limits() const override { return limits_ != nullptr; }
  /// Limits describes it.
  void describe_state(std::string&, SteadyTime) const override {}

 private:
  Admission wait(Limits::Credential& credential, Limits::Operation& operation, SteadyTime since,
                 std::uint64_t before) const;

  Limits* limits_;
  std::string credential_;
};

}  // namespace core
