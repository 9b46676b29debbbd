// The queue's side of tests/bench/queue.py: jobs that do nothing, through the production worker, queue and Redis client
// on a real Redis.
//   queue_bench fill REDIS_URL JOBS               puts jobs in
//   queue_bench work REDIS_URL JOBS CONCURRENCY WORK_MS   works until so many are completed, each of which takes from
//                                                 nothing to so many milliseconds; prints jobs per second
//   queue_bench pickup REDIS_URL JOBS WORKERS     one job at a time for so many idle workers; prints microseconds from
//                                                 the call that puts it in to its start, one a line
//   queue_bench idle REDIS_URL SECONDS WORKERS    has so many workers wait for jobs that do not come
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/async/spawn.h"
#include "core/production/redis/redis_client.h"
#include "core/production/time/asio_clock.h"
#include "core/queue/queue.h"
#include "core/worker/worker.h"
#include "tests/support/fake_environment.h"

namespace {

namespace asio = boost::asio;
using asio::awaitable;

class Wait final : public core::JobHandler {
 public:
  Wait(core::Clock& clock, core::Duration longest) : clock_(clock), longest_(longest) {}

  core::Credentials& credentials() override { return credentials_; }
  void describe_state(std::string&, core::SteadyTime) const override {}
  void read(core::JobRun&) override {}
  void on_hold(std::function<void(const core::Hold&)>) override {}
  void hear(const core::Hold&) override {}

  awaitable<core::AgentResult> run(core::JobRun& job) override {
    if (longest_ > core::Duration::zero()) {
      const auto share = static_cast<std::int64_t>(job.random.fork("work").bits() % 1000);
      co_await clock_.sleep_until(clock_.now() + longest_ * share / 1000);
    }
    co_return core::AgentResult{};
  }

 private:
  core::Clock& clock_;
  core::Duration longest_;
  core::Credentials credentials_;
};

/// Notes the moments of starts and ends.
class Watch final : public core::EventSink {
 public:
  void on_event(const core::Event& event) override {
    if (event.kind == core::EventKind::CallFailed) {
      fmt::print(stderr, "queue_bench: {} failed: {}\n", event.api, event.code);
    }
    if (event.kind == core::EventKind::JobEnqueued) ++enqueued;
    if (event.kind == core::EventKind::JobStarted) started = event.at;
    if (event.kind != core::EventKind::JobCompleted) return;
    ++completed;
    ended = event.at;
    if (completed == awaited) on_last();
  }

  std::uint64_t awaited = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t completed = 0;
  core::SteadyTime started, ended;
  std::function<void()> on_last = [] {};
};

struct Process {
  explicit Process(const core::RedisAddress& address)
      : redis(loop.get_executor(), clock, options_of(address)),
        environment{"bench", loop.get_executor(), clock, core::Random(seed()), http, redis, signer, secrets, watch} {
    // What the documents promise of a deployment's defaults holds here too: leases, retries and time limits as they
    // are.
    config.redis.key_prefix = "bench:";
  }

  static core::RedisClientOptions options_of(const core::RedisAddress& address) {
    core::RedisClientOptions options;
    options.address = address;
    options.on_connect_failure = [](const std::string& why) { fmt::print(stderr, "queue_bench: {}\n", why); };
    return options;
  }

  /// Two processes must not use the same owner tokens.
  std::uint64_t seed() const { return static_cast<std::uint64_t>(clock.wall_now().time_since_epoch().count()); }

  asio::io_context loop{1};
  core::AsioClock clock{loop.get_executor()};
  tests::ScriptedHttp http{clock};  // Not asked: the jobs make no calls.
  tests::CountingSigner signer;
  tests::NamedSecrets secrets;
  Watch watch;
  core::RedisClient redis;
  core::Config config;
  core::Environment environment;
};

awaitable<void> fill_some(Process& process, core::Queue& queue, std::uint64_t& left) {
  while (left > 0) {
    const std::string id = fmt::format("job-{}", left--);
    co_await queue.enqueue("fill/" + id, id, R"({"n":1})");
  }
  if (process.watch.enqueued == process.watch.awaited) process.loop.stop();
}

int fill(const core::RedisAddress& address, std::uint64_t jobs) {
  constexpr std::uint64_t kAtOnce = 100;
  Process process(address);
  core::Queue queue(process.environment, process.config.redis, process.config.jobs.lease);
  process.watch.awaited = jobs;
  for (std::uint64_t i = 0; i < kAtOnce; ++i) {
    core::spawn(process.loop.get_executor(), fill_some(process, queue, jobs));
  }
  process.loop.run();
  return 0;
}

/// The connections of the worker would keep the loop going.
awaitable<void> work_and_stop(Process& process, core::Worker& worker) {
  co_await worker.run();
  process.loop.stop();
}

int work(const core::RedisAddress& address, std::uint64_t jobs, std::uint32_t concurrency, core::Duration longest) {
  Process process(address);
  process.config.jobs.concurrency = concurrency;
  Wait handler(process.clock, longest);
  core::Worker worker(process.environment, process.config, handler);
  process.watch.awaited = jobs;
  process.watch.on_last = [&worker] { worker.stop(); };
  const core::SteadyTime begun = process.clock.now();
  core::spawn(process.loop.get_executor(), work_and_stop(process, worker));
  process.loop.run();
  const double seconds = std::chrono::duration<double>(process.watch.ended - begun).count();
  fmt::print("{:.0f}\n", static_cast<double>(process.watch.completed) / seconds);
  return process.watch.completed == jobs ? 0 : 1;
}

/// Workers like those of as many processes: each has its own connections.
class Fleet {
 public:
  Fleet(Process& process, const core::RedisAddress& address, std::uint64_t workers) : process_(process) {
    for (std::uint64_t i = 0; i < workers; ++i) {
      members_.push_back(std::make_unique<Member>(process, address, fmt::format("bench-{}", i)));
    }
  }

  /// Returns when all of them wait for jobs.
  awaitable<void> start() {
    for (const auto& member : members_) {
      core::spawn(process_.loop.get_executor(), run(member->worker));
      // Redis takes so many connections at once and no more.
      co_await process_.clock.sleep_until(process_.clock.now() + std::chrono::milliseconds(2));
    }
    co_await process_.clock.sleep_until(process_.clock.now() + std::chrono::seconds(1));
  }
  void stop() {
    for (const auto& member : members_) member->worker.stop();
  }
  std::size_t size() const { return members_.size(); }

 private:
  struct Member {
    Member(Process& process, const core::RedisAddress& address, std::string name_)
        : name(std::move(name_)),
          redis(process.loop.get_executor(), process.clock, Process::options_of(address)),
          environment{name,           process.loop.get_executor(),
                      process.clock,  process.environment.random.fork(name),
                      process.http,   redis,
                      process.signer, process.secrets,
                      process.watch},
          handler(process.clock, core::Duration::zero()),
          worker(environment, process.config, handler) {}

    std::string name;
    core::RedisClient redis;
    core::Environment environment;
    Wait handler;
    core::Worker worker;
  };

  awaitable<void> run(core::Worker& worker) {
    co_await worker.run();
    if (++stopped_ == members_.size()) process_.loop.stop();
  }

  Process& process_;
  std::vector<std::unique_ptr<Member>> members_;
  std::size_t stopped_ = 0;
};

/// What Redis has done can be asked for before the workers say that they stop.
awaitable<void> say_over(Process& process, Fleet& fleet) {
  fmt::print("over\n");
  std::fflush(stdout);
  co_await process.clock.sleep_until(process.clock.now() + std::chrono::milliseconds(500));
  fleet.stop();
}

awaitable<void> put_in_one_by_one(Process& process, Fleet& fleet, std::uint64_t jobs) {
  co_await fleet.start();
  fmt::print("begun\n");
  std::fflush(stdout);
  // Jobs are put in over a connection that no worker uses.
  core::Queue queue(process.environment, process.config.redis, process.config.jobs.lease);
  const auto timer = process.clock.make_timer();
  process.watch.on_last = [&timer] { timer->wake(); };
  const auto pause = std::chrono::milliseconds(fleet.size() == 1 ? 2 : 20);
  for (std::uint64_t i = 0; i < jobs; ++i) {
    // The workers have seen that there is nothing, and sleep.
    co_await process.clock.sleep_until(process.clock.now() + pause);
    process.watch.awaited = i + 1;
    const core::SteadyTime begun = process.clock.now();
    const std::string id = fmt::format("job-{}", i);
    co_await queue.enqueue("pickup/" + id, id, R"({"n":1})");
    if (process.watch.completed < process.watch.awaited) co_await timer->wait_until(core::SteadyTime::max());
    fmt::print("{:.1f}\n", std::chrono::duration<double, std::micro>(process.watch.started - begun).count());
  }
  process.watch.on_last = [] {};
  co_await say_over(process, fleet);
}

int pickup(const core::RedisAddress& address, std::uint64_t jobs, std::uint64_t workers) {
  Process process(address);
  Fleet fleet(process, address, workers);
  core::spawn(process.loop.get_executor(), put_in_one_by_one(process, fleet, jobs));
  process.loop.run();
  return process.watch.completed == jobs ? 0 : 1;
}

awaitable<void> wait_for_nothing(Process& process, Fleet& fleet, std::chrono::seconds lasts) {
  co_await fleet.start();
  fmt::print("begun\n");
  std::fflush(stdout);
  co_await process.clock.sleep_until(process.clock.now() + lasts);
  co_await say_over(process, fleet);
}

int idle(const core::RedisAddress& address, std::uint64_t seconds, std::uint64_t workers) {
  Process process(address);
  Fleet fleet(process, address, workers);
  core::spawn(process.loop.get_executor(), wait_for_nothing(process, fleet, std::chrono::seconds(seconds)));
  process.loop.run();
  return 0;
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  constexpr std::string_view kUsage =
      "usage: queue_bench fill|work|pickup|idle REDIS_URL JOBS|SECONDS [CONCURRENCY|WORKERS [WORK_MS]]\n";
  if (arguments.size() < 3 || number_in(arguments[2]) == 0) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  const auto address = core::parse_redis_address(arguments[1]);
  if (!address) {
    fmt::print(stderr, "queue_bench: {}\n", to_text(address.error()));
    return 2;
  }
  const std::uint64_t jobs = number_in(arguments[2]);
  const std::uint64_t concurrency = arguments.size() > 3 ? number_in(arguments[3]) : 50;
  if (arguments[0] == "fill") return fill(*address, jobs);
  const std::uint64_t workers = arguments.size() > 3 ? concurrency : 1;
  if (arguments[0] == "pickup" && workers > 0) return pickup(*address, jobs, workers);
  if (arguments[0] == "idle" && workers > 0) return idle(*address, jobs, workers);
  const std::chrono::milliseconds longest(arguments.size() > 4 ? number_in(arguments[4]) : 0);
  if (arguments[0] == "work" && concurrency > 0) {
    return work(*address, jobs, static_cast<std::uint32_t>(concurrency), longest);
  }
  fmt::print(stderr, "{}", kUsage);
  return 2;
}
