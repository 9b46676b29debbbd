// What a guard says of its state is all of it: of two histories after which it describes itself alike, it goes on
// alike, whatever it is asked and told next. The explorer takes such worlds for one. Every guard with state is tried
// here.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/check.h"
#include "core/guards/all_guards.h"
#include "core/llm/pacer.h"
#include "core/random/random.h"
#include "core/retry/guard.h"
#include "core/state.h"
#include "tests/support/jumping_clock.h"

namespace core {
namespace {
using namespace std::chrono_literals;

using MakeGuard = std::function<std::unique_ptr<CallGuard>(Clock&)>;

constexpr std::uint64_t kCallsAtOnce = 3, kHistories = 4000, kContinuations = 8;

/// An attempt that a guard knows.
struct Asked {
  Waiter waiter;
  bool begun = false;
  SteadyTime since = {};
  std::uint32_t number = 1;
};

/// One guard, and up to three attempts that are asked and told about in a random order.
class Tried {
 public:
  explicit Tried(const MakeGuard& make) : guard_(make(clock_)) {}

  /// What the guard answered, if it was asked.
  std::string step(const Random& random) {
    const std::uint64_t what = random.between(0, 9, 0), which = random.between(0, kCallsAtOnce - 1, 1);
    if (what < 2) {
      constexpr std::array<Duration, 4> kTimes = {1ms, 50ms, 100ms, 1s};
      clock_.advance(kTimes[random.between(0, kTimes.size() - 1, 2)]);
      return "time";
    }
    std::optional<Asked>& call = calls_[which];
    if (what < 7) {
      if (call && call->begun) return "";
      if (!call) call.emplace(Asked{.since = clock_.now(), .number = which == 0 ? 1U : 2U});
      const Admission answer = guard_->admit(attempt_of(*call), call->waiter);
      call->begun = std::holds_alternative<Admit>(answer);
      const auto* delay = std::get_if<Delay>(&answer);
      return fmt::format("{} {}", answer.index(), delay != nullptr ? delay->delay.count() : 0);
    }
    if (!call) return "";
    const AttemptEnd end = !call->begun ? AttemptEnd::NotBegun
                           : what == 7  ? AttemptEnd::Abandoned
                           : what == 8  ? AttemptEnd::Succeeded
                                        : AttemptEnd::Failed;
    const bool is_limit = random.between(0, 1, 3) == 0;
    const Failure failure{.kind = is_limit ? FailureKind::RateLimited : FailureKind::Unavailable,
                          .hint = is_limit ? std::optional(RetryHint{1s}) : std::nullopt};
    guard_->ended(attempt_of(*call), call->waiter, end, end == AttemptEnd::Failed ? &failure : nullptr);
    call.reset();
    return "end";
  }

  /// With which attempts are under way, and in which order they got their tickets: the loop keeps those.
  std::string state() const {
    std::string out;
    for (const std::optional<Asked>& call : calls_) {
      append_state(out, call.has_value());
      if (!call) continue;
      append_state(out, call->begun);
      append_state(out, call->waiter.ticket != 0);
      append_state(out, clock_.now() - call->since);
      std::uint64_t earlier = 0;
      for (const std::optional<Asked>& other : calls_)
        earlier += other && other->waiter.ticket < call->waiter.ticket ? 1 : 0;
      append_state(out, earlier);
    }
    guard_->describe_state(out, clock_.now());
    return out;
  }

 private:
  static Attempt attempt_of(const Asked& asked) {
    return {.api = "test",
            .credential = "key",
            .number = asked.number,
            .call_since = asked.since,
            .run_since = asked.since};
  }

  tests::JumpingClock clock_;
  std::unique_ptr<CallGuard> guard_;
  std::array<std::optional<Asked>, kCallsAtOnce> calls_;
};

std::unique_ptr<Tried> after(const MakeGuard& make, const Random& history) {
  auto tried = std::make_unique<Tried>(make);
  const std::uint64_t steps = history.between(0, 8, 0);
  for (std::uint64_t i = 0; i < steps; ++i) tried->step(history.fork(i));
  return tried;
}

std::string sequel(Tried& tried, const Random& random) {
  std::string answers;
  for (std::uint64_t i = 0; i < 30; ++i) answers += tried.step(random.fork(i)) + "\n";
  return answers;
}

struct Compared {
  std::uint64_t pairs = 0;
  std::uint64_t unlike = 0;
};

Compared compare_histories_of_one_state(const MakeGuard& make) {
  const Random random(7);
  std::map<std::string, std::vector<std::uint64_t>> alike;
  for (std::uint64_t i = 0; i < kHistories; ++i) alike[after(make, random.fork(i))->state()].push_back(i);
  Compared compared;
  for (const auto& [state, histories] : alike) {
    for (std::size_t i = 1; i < histories.size() && i < 20; ++i) {
      for (std::uint64_t next = 0; next < kContinuations; ++next) {
        const Random continuation = Random(8).fork(next);
        const std::string one = sequel(*after(make, random.fork(histories[0])), continuation);
        const std::string other = sequel(*after(make, random.fork(histories[i])), continuation);
        ++compared.pairs;
        compared.unlike += one == other ? 0 : 1;
      }
    }
  }
  return compared;
}

class NoEvents final : public EventSink {
 public:
  void on_event(const Event&) override {}
};

/// A guard of those that a worker's calls share, with settings by which it has much to say in little time.
class OneOfAll final : public CallGuard {
 public:
  OneOfAll(guards::Make* make, Clock& clock) : guard_(make({clock, events_, calls_}, config_)) {
    check(guard_ != nullptr, "the profile fleet turns every guard on");
  }
  Admission admit(const Attempt& attempt, Waiter& waiter) override { return guard_->admit(attempt, waiter); }
  void ended(const Attempt& attempt, const Waiter& waiter, AttemptEnd end, const Failure* failure) override {
    guard_->ended(attempt, waiter, end, failure);
  }
  void describe_state(std::string& out, SteadyTime now) const override { guard_->describe_state(out, now); }

 private:
  static Config eager_config() {
    Config config;
    config.apply(Profile::Fleet);
    config.retry_after_ceiling = 1h;
    config.limits.max_wait = 5s;
    config.breaker.window = 2s;
    config.breaker.minimum_calls = 2;
    config.breaker.open_for = 200ms;
    config.breaker.longest_open = 1s;
    config.breaker.probe_timeout = 300ms;
    config.budget.ratio = {500'000};
    config.budget.minimum = 2;
    config.budget.window = 2s;
    return config;
  }

  const Config config_ = eager_config();
  NoEvents events_;
  std::uint64_t calls_ = 0;
  const std::unique_ptr<SharedGuard> guard_;
};

/// Refuses everything from the third attempt on, and says nothing of that.
class SilentGuard final : public CallGuard {
 public:
  Admission admit(const Attempt&, Waiter&) override {
    return asked_++ < 2 ? Admission(Admit{}) : Refuse{GiveUpReason::CircuitOpen};
  }
  void ended(const Attempt&, const Waiter&, AttemptEnd, const Failure*) override {}
  void describe_state(std::string&, SteadyTime) const override {}

 private:
  int asked_ = 0;
};

TEST(GuardState, says_all_that_later_answers_depend_on) {
  std::map<std::string, MakeGuard> tried = {
      {"Pacer", [](Clock& clock) { return std::make_unique<Pacer>(clock, 100ms); }},
      {"Pacer that holds nobody back", [](Clock& clock) { return std::make_unique<Pacer>(clock, 0ms); }}};
  for (std::size_t i = 0; i < guards::kAll.size(); ++i) {
    tried.emplace(fmt::format("guards::kAll[{}]", i),
                  [i](Clock& clock) { return std::make_unique<OneOfAll>(guards::kAll[i], clock); });
  }
  for (const auto& [name, make] : tried) {
    const Compared compared = compare_histories_of_one_state(make);
    EXPECT_GT(compared.pairs, 1000U) << name;
    EXPECT_EQ(compared.unlike, 0U) << name << ": of " << compared.pairs;
  }
}

TEST(GuardState, a_guard_that_has_state_and_is_silent_is_found) {
  const Compared compared = compare_histories_of_one_state([](Clock&) { return std::make_unique<SilentGuard>(); });
  EXPECT_GT(compared.unlike, 0U);
}

}  // namespace
}  // namespace core
