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

#include "core/guards/credential_names.h"
#include "core/guards/shared_guard.h"
#include "core/limits/limiter.h"
#include "core/time/clock.h"

namespace core {

class Limits final : public SharedGuard {
 public:
  /// `clock` outlives it. A service that asks for a wait beyond `ceiling` is not believed; see decide().
  Limits(const Clock& clock, Duration max_wait, Duration ceiling)
      : clock_(clock), max_wait_(max_wait), ceiling_(ceiling) {}
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  Admission admit(const Attempt& attempt, Waiter& waiter) override;
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override;
  bool waits_for_limits() const override { return true; }

  /// Nothing where it is shorter than the longest that a call waits, and for the model: its calls wait by themselves.
  std::optional<LongWait> wait_of_one_more(std::string_view credential, const Needs& needs) const override;
  void on_hold(std::function<void(const Hold&)> listener) override { on_hold_ = std::move(listener); }
  void hear(const Hold& hold) override;
  /// Of all operations that were called, as it is now.
  void tell(KnownToGuards& known) const override;
  void describe_state(std::string& out, SteadyTime now) const override;

 private:
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
  static Operation& operation_of(Credential& credential, std::string_view api);
  Admission wait(Credential& credential, Operation& operation, SteadyTime since, std::uint64_t before) const;
  void make_room();
  void tell_others(std::string_view name, Credential& credential);

  const Clock& clock_;
  const Duration max_wait_, ceiling_;
  std::map<std::string, Credential, std::less<>> credentials_;
  std::uint64_t tickets_ = 0;
  std::function<void(const Hold&)> on_hold_;
};

}  // namespace core
