#include "core/limits/limiter.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/limited_services.h"

namespace core {
namespace {
using namespace std::chrono_literals;

struct Service {
  std::string name;
  int calls_of_window;
  std::function<std::unique_ptr<tests::LimitedService>()> make;
};

const std::vector<Service>& services() {
  static const std::vector<Service> all = {
      {"3 a minute", 3, [] { return std::make_unique<tests::FixedWindows>(3, 60s); }},
      {"3 a minute of the clock", 3, [] { return std::make_unique<tests::AlignedWindows>(3, 60s, 20s); }},
      {"3 a sliding minute", 3, [] { return std::make_unique<tests::SlidingWindow>(3, 60s); }},
      {"3 tokens, one each 20 s", 3, [] { return std::make_unique<tests::TokenBucket>(3, 20s); }},
      {"50 a minute", 50, [] { return std::make_unique<tests::FixedWindows>(50, 60s); }},
      {"50 a minute of the clock", 50, [] { return std::make_unique<tests::AlignedWindows>(50, 60s, 37s); }},
      {"50 a sliding minute", 50, [] { return std::make_unique<tests::SlidingWindow>(50, 60s); }},
      {"50 tokens, one each 1.2 s", 50, [] { return std::make_unique<tests::TokenBucket>(50, 1200ms); }},
      {"1000 an hour", 1000, [] { return std::make_unique<tests::FixedWindows>(1000, 1h); }},
  };
  return all;
}

struct Shift {
  double calls_a_success;
  double time;  ///< As a multiple of the earliest possible one.
};

constexpr Duration kLatency = 200ms;

/// The earliest time at which the service has let `work` calls through.
double earliest(const Service& service, int work) {
  const auto server = service.make();
  SteadyTime now;
  for (int done = 0; done < work;) {
    const auto wait = server->ask(now);
    if (wait) now += *wait;
    if (!wait) ++done;
  }
  return std::chrono::duration<double>(now.time_since_epoch()).count();
}

/// Clients that share a limiter do the work of twenty windows, each one call after another.
Shift shift_of(const Service& service, int clients, bool tells, Duration answer = kLatency) {
  enum class What { Passed, Refused, Look };
  using Event = std::tuple<SteadyTime, int, What, SteadyTime, Duration>;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
  const auto server = service.make();
  Limiter limiter;
  SteadyTime now, last, next_look = SteadyTime::max();
  const int work = 20 * service.calls_of_window;
  int sequence = 0, idle = clients, left = work, calls = 0, done = 0;
  const auto go_on = [&] {
    while (idle > 0 && left > 0) {
      const SteadyTime next = limiter.next(now);
      if (next > now) {
        if (next != next_look) events.emplace(next, ++sequence, What::Look, now, Duration::zero());
        next_look = next;
        return;
      }
      limiter.begin(now);
      --idle, --left, ++calls;
      const auto wait = server->ask(now + kLatency / 2);
      events.emplace(now + (wait ? kLatency : answer), ++sequence, wait ? What::Refused : What::Passed, now,
                     wait ? std::max(*wait - kLatency / 2, Duration(1)) : Duration::zero());
    }
  };
  for (go_on(); !events.empty(); go_on()) {
    const auto [at, number, what, begun, wait] = events.top();
    events.pop();
    now = at;
    if (what == What::Look) {
      next_look = SteadyTime::max();
      continue;
    }
    ++idle;
    if (what == What::Passed) {
      limiter.passed(begun);
      ++done;
      last = now;
    } else {
      limiter.refused(begun, now, tells ? std::optional(wait) : std::nullopt);
      ++left;
    }
    if (calls > 10 * work) break;
  }
  return {static_cast<double>(calls) / done,
          std::chrono::duration<double>(last.time_since_epoch()).count() / earliest(service, work)};
}

void expect_all_to_keep_within(bool tells, double calls_a_success, double time) {
  for (const Service& service : services()) {
    for (const int clients : {10, 50, 200, 1000}) {
      const Shift shift = shift_of(service, clients, tells);
      EXPECT_LE(shift.calls_a_success, calls_a_success) << service.name << ", clients: " << clients;
      EXPECT_LE(shift.time, time) << service.name << ", clients: " << clients;
    }
  }
}

TEST(Limiter, keeps_to_a_limit_that_is_told_after_it_has_met_it_once) {
  expect_all_to_keep_within(true, 1.2, 1.1);
}

TEST(Limiter, finds_out_about_a_limit_that_nobody_tells) {
  expect_all_to_keep_within(false, 2.0, 1.5);
}

/// A model thinks for long, and refuses at once. How a sliding window looks then takes longer to find out.
TEST(Limiter, is_not_misled_by_answers_that_take_long) {
  for (const Service& service : services()) {
    if (service.name.find("sliding") != std::string::npos) continue;
    const Shift shift = shift_of(service, 100, true, 15s);
    EXPECT_LE(shift.calls_a_success, 1.2) << service.name;
    EXPECT_LE(shift.time, 1.1) << service.name;
  }
}

SteadyTime at(Duration time) {
  return SteadyTime(time);
}

/// A window of three calls is refused for the rest of a minute.
Limiter limiter_of_three_a_minute() {
  Limiter limiter;
  for (const Duration begin : {0s, 1s, 2s, 3s}) {
    EXPECT_LE(limiter.next(at(begin)), at(begin));
    limiter.begin(at(begin));
    if (begin < 3s) limiter.passed(at(begin));
  }
  limiter.refused(at(3s), at(3s), 57s);
  return limiter;
}

TEST(Limiter, learns_a_window_from_one_refusal) {
  const Limiter limiter = limiter_of_three_a_minute();
  EXPECT_EQ(limiter.calls(), 3U);
  EXPECT_EQ(limiter.length(), 60s);
  EXPECT_EQ(limiter.next(at(4s)), at(60s));
}

TEST(Limiter, spreads_the_calls_of_a_window_and_waits_for_the_next) {
  Limiter limiter = limiter_of_three_a_minute();
  for (const Duration begin : {60000ms, 60500ms, 61000ms}) {
    EXPECT_EQ(limiter.next(at(begin) - 1ns), at(begin));
    limiter.begin(at(begin));
    limiter.passed(at(begin));
  }
  EXPECT_EQ(limiter.next(at(63s)), at(120s));
}

TEST(Limiter, tries_one_more_after_four_full_windows_and_then_ever_less_often) {
  Limiter limiter = limiter_of_three_a_minute();
  std::vector<int> passed_in_vain_in;
  SteadyTime now = at(60s);
  for (int window = 1; window <= 30; ++window) {
    for (int call = 0; call < 3; ++call) {
      now = limiter.next(now);
      limiter.begin(now);
      limiter.passed(now);
    }
    const SteadyTime next = limiter.next(now);
    if (next - now > 10s) {
      now = next;
      continue;
    }
    passed_in_vain_in.push_back(window);
    limiter.begin(next);
    limiter.refused(next, next, 60s - 3s);
    now = limiter.next(next);
  }
  EXPECT_EQ(passed_in_vain_in, (std::vector<int>{5, 14}));
}

TEST(Limiter, takes_what_it_is_given_when_a_limit_rises) {
  Limiter limiter = limiter_of_three_a_minute();
  SteadyTime now = at(60s);
  for (int call = 0; call < 100; ++call) {
    now = limiter.next(now);
    limiter.begin(now);
    limiter.passed(now);
  }
  EXPECT_GE(limiter.calls(), 15U);
}

TEST(Limiter, learns_anew_when_a_limit_falls) {
  Limiter limiter = limiter_of_three_a_minute();
  SteadyTime now = limiter.next(at(4s));
  limiter.begin(now);
  limiter.passed(now);
  now = limiter.next(now);
  limiter.begin(now);
  limiter.refused(now, now, 59s);
  EXPECT_EQ(limiter.calls(), 1U);
}

TEST(Limiter, does_not_believe_that_hours_let_through_no_more_than_they_did_once) {
  Limiter limiter;
  limiter.begin(at(0s));
  limiter.passed(at(0s));
  limiter.begin(at(1s));
  limiter.refused(at(1s), at(1s), 24h);
  SteadyTime now = limiter.next(at(2s));
  EXPECT_EQ(now, at(1s + 24h));
  for (int call = 0; call < 10; ++call) {
    EXPECT_LE(limiter.next(now), now + 1s) << "call " << call;
    now = limiter.next(now);
    limiter.begin(now);
    limiter.passed(now);
  }
  limiter.begin(now);
  limiter.begin(now);
  limiter.begin(now);
  EXPECT_GT(limiter.next(now), now) << "few of them at once";
}

TEST(Limiter, holds_nobody_back_for_long_before_it_has_met_a_limit) {
  Limiter limiter;
  SteadyTime now;
  for (int call = 0; call < 100; ++call) {
    now = std::max(now, limiter.next(now));
    limiter.begin(now);  // None of them is answered.
  }
  EXPECT_LE(now, at(7s)) << "as many again each second";
}

TEST(Limiter, goes_on_although_nobody_knows_how_a_call_ended) {
  Limiter limiter;
  limiter.begin(at(0s));
  limiter.refused(at(0s), at(0s), 10s);
  limiter.begin(at(10s));
  EXPECT_GT(limiter.next(at(10s)), at(10s)) << "one after another, until it is known what passes";
  limiter.abandoned(at(10s));
  EXPECT_EQ(limiter.next(at(10s)), at(10s));
}

}  // namespace
}  // namespace core
