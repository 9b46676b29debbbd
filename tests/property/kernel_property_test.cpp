// Random programs of sleeps, waits, wakes, posts and kills, run by the kernel and by a model of it that is a list of
// what is pending and a search for the next.
#include <gtest/gtest.h>
//
#include <fmt/format.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"

namespace sim {
namespace {

constexpr int kActors = 6;
constexpr int kProcesses = 3;
constexpr std::int64_t kLimit = 40;

enum class Verb { Sleep, Wait, WaitForever, Wake, Kill, Post };

/// `argument`: nanoseconds from now, which may be negative, the actor to wake or the process to kill.
struct Act {
  Verb verb;
  int argument;
};

struct Program {
  std::vector<std::vector<Act>> actors;                     ///< What each does, one act after the other.
  std::vector<std::pair<std::int64_t, Act>> world_entries;  ///< Wakes and kills.
};

int process_of(int actor) {
  return actor % kProcesses;
}

using Trace = std::vector<std::string>;

/// How an actor or a world entry shows up in a trace.
std::string line(std::int64_t now, int actor, std::string_view what) {
  return fmt::format("{} actor {} {}", now, actor, what);
}

class OnKernel {
 public:
  explicit OnKernel(const Program& program) : program_(program) {
    for (int i = 0; i < kProcesses; ++i) {
      processes_.push_back(&kernel_.create_process(fmt::format("process {}", i)));
      clocks_.push_back(std::make_unique<SimClock>(*processes_.back()));
    }
    for (int actor = 0; actor < kActors; ++actor) timers_.push_back(clock_of(actor).make_timer());
  }

  Trace run() {
    for (const auto& [time, act] : program_.world_entries) {
      kernel_.schedule_at(core::SteadyTime(core::Duration(time)), [this, entry_act = act] { do_now(entry_act, -1); });
    }
    for (int actor = 0; actor < kActors; ++actor) {
      boost::asio::co_spawn(process_of_actor(actor).executor(), live(actor), boost::asio::detached);
    }
    const RunResult result = kernel_.run([] { return false; }, core::SteadyTime(core::Duration(kLimit)));
    trace_.push_back(fmt::format("{} {}", now(), name_of(result.outcome)));
    for (Process* process : processes_) kernel_.kill(*process);
    return std::move(trace_);
  }

 private:
  struct Guard {
    OnKernel& on;
    int actor;
    ~Guard() { on.trace_.push_back(line(on.now(), actor, "ends")); }
  };

  boost::asio::awaitable<void> live(int actor) {
    const Guard guard{*this, actor};
    for (const Act act : program_.actors[static_cast<std::size_t>(actor)]) {
      const auto deadline = kernel_.now() + core::Duration(act.argument);
      if (act.verb == Verb::Sleep) {
        co_await clock_of(actor).sleep_until(deadline);
        trace_.push_back(line(now(), actor, "slept"));
      } else if (act.verb == Verb::Wait || act.verb == Verb::WaitForever) {
        core::Timer& timer = *timers_[static_cast<std::size_t>(actor)];
        const bool due = co_await timer.wait_until(act.verb == Verb::Wait ? deadline : core::SteadyTime::max());
        trace_.push_back(line(now(), actor, due ? "waited" : "was woken"));
      } else {
        do_now(act, actor);
      }
    }
  }

  void do_now(const Act& act, int actor) {
    if (act.verb == Verb::Wake) timers_[static_cast<std::size_t>(act.argument)]->wake();
    if (act.verb == Verb::Kill && (actor < 0 || process_of(actor) != act.argument)) {
      kernel_.kill(*processes_[static_cast<std::size_t>(act.argument)]);
    }
    if (act.verb == Verb::Post) {
      boost::asio::post(process_of_actor(actor).executor(),
                        [this, actor] { trace_.push_back(line(now(), actor, "posted")); });
    }
  }

  std::int64_t now() const { return kernel_.now().time_since_epoch().count(); }
  Process& process_of_actor(int actor) { return *processes_[static_cast<std::size_t>(process_of(actor))]; }
  SimClock& clock_of(int actor) { return *clocks_[static_cast<std::size_t>(process_of(actor))]; }

  const Program& program_;
  Trace trace_;
  Kernel kernel_;
  std::vector<Process*> processes_;
  std::vector<std::unique_ptr<SimClock>> clocks_;
  std::vector<std::unique_ptr<core::Timer>> timers_;
};

class OnModel {
 public:
  explicit OnModel(const Program& program) : program_(program) {}

  Trace run() {
    for (const auto& [time, act] : program_.world_entries) waiting_.push_back({time, false, -1, Kind::World, act});
    for (int actor = 0; actor < kActors; ++actor) ready_.push_back({0, true, actor, Kind::Begin, {}});
    for (;;) {
      if (ready_.empty()) {
        // In the list by the order in which they began, so that the first of the least is the one.
        const auto next = std::min_element(waiting_.begin(), waiting_.end(), [](const Pending& a, const Pending& b) {
          return std::pair(a.deadline, a.is_timer) < std::pair(b.deadline, b.is_timer);
        });
        if (next == waiting_.end() || next->deadline == kForever) return end("deadlock");
        if (next->deadline > kLimit) {
          now_ = kLimit;
          return end("limit reached");
        }
        now_ = next->deadline;
        ready_.push_back(*next);
        waiting_.erase(next);
      }
      const Pending pending = ready_.front();
      ready_.pop_front();
      resume(pending);
    }
  }

 private:
  enum class Kind { World, Begin, Sleep, Wait, Woken, Post };
  struct Pending {
    std::int64_t deadline;
    bool is_timer;
    int actor;
    Kind kind;
    Act act;  ///< Of the world.
  };
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

  void resume(const Pending& pending) {
    if (pending.kind == Kind::World) return do_now(pending.act, -1);
    if (pending.kind == Kind::Post) return note(pending.actor, "posted");
    if (pending.kind == Kind::Sleep) note(pending.actor, "slept");
    if (pending.kind == Kind::Wait) note(pending.actor, "waited");
    if (pending.kind == Kind::Woken) note(pending.actor, "was woken");
    const auto& acts = program_.actors[static_cast<std::size_t>(pending.actor)];
    for (std::size_t& position = positions_[pending.actor]; position < acts.size();) {
      const Act act = acts[position++];
      const std::int64_t deadline = std::max(now_, now_ + act.argument);
      if (act.verb == Verb::Sleep) return waiting_.push_back({deadline, true, pending.actor, Kind::Sleep, {}});
      if (act.verb == Verb::Wait) return waiting_.push_back({deadline, true, pending.actor, Kind::Wait, {}});
      if (act.verb == Verb::WaitForever) return waiting_.push_back({kForever, true, pending.actor, Kind::Wait, {}});
      do_now(act, pending.actor);
    }
    note(pending.actor, "ends");
  }

  void do_now(const Act& act, int actor) {
    if (act.verb == Verb::Post) ready_.push_back({now_, true, actor, Kind::Post, {}});
    if (act.verb == Verb::Kill && (actor < 0 || process_of(actor) != act.argument)) kill(act.argument);
    if (act.verb == Verb::Wake) {
      const auto wait = std::find_if(waiting_.begin(), waiting_.end(), [&act](const Pending& pending) {
        return pending.actor == act.argument && pending.kind == Kind::Wait;
      });
      if (wait == waiting_.end()) return;
      waiting_.erase(wait);
      ready_.push_back({now_, true, act.argument, Kind::Woken, {}});
    }
  }

  void kill(int process) {
    const auto is_killed = [this, process](const Pending& pending) {
      const bool killed = pending.actor >= 0 && process_of(pending.actor) == process;
      // A coroutine that has not begun has no guard yet, and a posted task none at all.
      if (killed && pending.kind != Kind::Begin && pending.kind != Kind::Post) note(pending.actor, "ends");
      return killed;
    };
    std::erase_if(ready_, is_killed);
    std::erase_if(waiting_, is_killed);
  }

  Trace end(std::string_view outcome) {
    trace_.push_back(fmt::format("{} {}", now_, outcome));
    for (int process = 0; process < kProcesses; ++process) kill(process);
    return std::move(trace_);
  }

  void note(int actor, std::string_view what) { trace_.push_back(line(now_, actor, what)); }

  const Program& program_;
  Trace trace_;
  std::int64_t now_ = 0;
  std::deque<Pending> ready_;
  std::vector<Pending> waiting_;
  std::size_t positions_[kActors] = {};
};

rc::Gen<Act> act_of(std::vector<Verb> verbs) {
  return rc::gen::mapcat(rc::gen::elementOf(std::move(verbs)), [](Verb verb) {
    const auto argument = verb == Verb::Wake   ? rc::gen::inRange(0, kActors)
                          : verb == Verb::Kill ? rc::gen::inRange(0, kProcesses)
                                               : rc::gen::inRange(-2, 8);
    return rc::gen::map(argument, [verb](int value) { return Act{verb, value}; });
  });
}

rc::Gen<Program> any_program() {
  // Kills are rare beside the rest, so that programs get far.
  const auto act = act_of({Verb::Sleep, Verb::Sleep, Verb::Sleep, Verb::Wait, Verb::Wait, Verb::Wait, Verb::WaitForever,
                           Verb::Wake, Verb::Wake, Verb::Wake, Verb::Wake, Verb::Post, Verb::Kill});
  const auto entry = rc::gen::pair(rc::gen::inRange<std::int64_t>(0, 30),
                                   act_of({Verb::Wake, Verb::Wake, Verb::Wake, Verb::Wake, Verb::Kill}));
  return rc::gen::construct<Program>(
      rc::gen::container<std::vector<std::vector<Act>>>(kActors, rc::gen::container<std::vector<Act>>(act)),
      rc::gen::container<std::vector<std::pair<std::int64_t, Act>>>(entry));
}

void showValue(const Program& program, std::ostream& out) {
  const auto text = [](const Act& act) {
    constexpr std::string_view kVerbs[] = {"sleep", "wait", "wait forever", "wake", "kill", "post"};
    return fmt::format("{} {}; ", kVerbs[static_cast<int>(act.verb)], act.argument);
  };
  for (std::size_t actor = 0; actor < program.actors.size(); ++actor) {
    out << "\nactor " << actor << ": ";
    for (const Act& act : program.actors[actor]) out << text(act);
  }
  for (const auto& [time, act] : program.world_entries) out << "\nworld at " << time << ": " << text(act);
}
RC_GTEST_PROP(KernelProperty, a_random_program_runs_as_on_the_model, ()) {
  const Program program = *any_program();
  RC_ASSERT(OnKernel(program).run() == OnModel(program).run());
}

RC_GTEST_PROP(KernelProperty, the_same_program_gives_the_same_trace, ()) {
  const Program program = *any_program();
  RC_ASSERT(OnKernel(program).run() == OnKernel(program).run());
}

}  // namespace
}  // namespace sim
