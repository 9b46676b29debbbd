#include "sim/lab/contention.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>

#include "core/async/spawn.h"
#include "core/retry/retry.h"
#include "core/time/wide.h"
#include "fakes/faults/normal_variate.h"
#include "sim/kernel/clock.h"
#include "sim/kernel/kernel.h"
#include "sim/world/world.h"

namespace sim {

namespace {

using namespace std::chrono_literals;
using core::JitterKind;

constexpr core::BackoffPolicy backoff_of(JitterKind kind, core::Duration first) {
  return {.initial_delay = first, .max_delay = 2s, .jitter = {.kind = kind}};
}

constexpr std::array<ContentionStrategy, 5> kContenders = {{
    {"none", {.jitter = {.kind = JitterKind::None}}},
    {"exponential", backoff_of(JitterKind::None, 10ms)},
    {"full", backoff_of(JitterKind::Full, 10ms)},
    {"equal", backoff_of(JitterKind::Equal, 10ms)},
    {"decorrelated", backoff_of(JitterKind::Decorrelated, 5ms)},
}};

/// Of a message on the network: normal, 10 ms in the mean, with a standard deviation of 2 ms.
core::Duration network_delay(const core::Random& random) {
  constexpr core::Duration kMean = 10ms, kDeviation = 2ms;
  const core::Wide deviation = core::Wide{fakes::normal_variate(random)} * kDeviation.count() / (std::int64_t{1} << 32);
  return std::chrono::abs(kMean + core::Duration(static_cast<core::Duration::rep>(deviation)));
}

class NoEvents final : public core::EventSink {
 public:
  void on_event(const core::Event&) override {}
};

/// The one record, and what was done to it.
struct Record {
  std::uint64_t version = 0;
  std::uint64_t writes = 0;
  std::uint64_t accepted = 0;

  bool write(std::uint64_t version_read) {
    ++writes;
    if (version_read != version) return false;
    ++version;
    ++accepted;
    return true;
  }
};

struct Accepted {};
using WriteResult = core::AttemptResult<Accepted>;

/// One client's attempt: two messages there and two back.
struct ReadThenWrite {
  Record& record;
  core::Clock& clock;
  core::Random random;
  std::uint64_t messages = 0;

  boost::asio::awaitable<void> message() {
    return clock.sleep_until(clock.now() + network_delay(random.fork(messages++)));
  }

  boost::asio::awaitable<WriteResult> operator()(const core::Attempt&) {
    co_await message();
    const std::uint64_t version = record.version;
    co_await message();
    co_await message();
    const bool is_accepted = record.write(version);
    co_await message();
    if (is_accepted) co_return core::Success<Accepted>{{}, std::nullopt};
    co_return core::AttemptFailure{{.kind = core::FailureKind::Unavailable, .code = "CONFLICT"}};
  }
};

/// All clients of one run, on one clock.
class Contention {
 public:
  Contention(const ContentionCell& cell, const core::Random& random)
      : policy_{.attempts = std::nullopt, .backoff = cell.strategy->backoff},
        process_(kernel_.create_process("clients")),
        clock_(process_),
        clients_(cell.clients) {
    for (std::uint32_t i = 0; i < clients_; ++i) core::spawn(process_.executor(), client(random.fork(i)));
  }
  ~Contention() { kernel_.kill(process_); }
  Contention(const Contention&) = delete;
  Contention& operator=(const Contention&) = delete;

  void run(const std::atomic<bool>* stop) {
    const auto is_done = [this, stop] {
      if (stop != nullptr && stop->load(std::memory_order_relaxed)) throw RunStopped();
      return done_ == clients_;
    };
    const RunResult result = kernel_.run(is_done, core::SteadyTime::max());
    if (result.outcome != RunOutcome::Finished)
      throw std::logic_error(fmt::format("clients that contend: {}", name_of(result.outcome)));
  }

  const Record& record() const { return record_; }
  core::Duration time() const { return kernel_.now().time_since_epoch(); }

 private:
  boost::asio::awaitable<void> client(core::Random random) {
    const core::RetryEnvironment environment{clock_, no_events_, calls_};
    const core::Call call{.api = "record.write", .job = {}, .policy = policy_, .random = random.fork("backoff")};
    const ReadThenWrite operation{record_, clock_, random.fork("network")};
    co_await core::retry<Accepted>(environment, call, operation);
    ++done_;
  }

  const core::RetryPolicy policy_;
  Kernel kernel_;
  Process& process_;
  SimClock clock_;
  NoEvents no_events_;
  std::uint64_t calls_ = 0;
  Record record_;
  const std::uint32_t clients_;
  std::uint32_t done_ = 0;
};

}  // namespace

std::span<const ContentionStrategy> contention_strategies() {
  return kContenders;
}

ContentionRow measure_contention(const ContentionCell& cell, const ContentionSettings& settings,
                                 const std::atomic<bool>* stop) {
  ContentionRow row{.cell = cell, .runs = settings.runs};
  const core::Random random = core::Random(settings.seed).fork("contention");
  for (std::uint64_t i = 0; i < settings.runs; ++i) {
    Contention contention(cell, random.fork(i));
    contention.run(stop);
    row.calls += contention.record().writes;
    row.successes += contention.record().accepted;
    row.time += contention.time();
  }
  row.conflicts = row.calls - row.successes;
  return row;
}

}  // namespace sim
