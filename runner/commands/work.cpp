// Takes jobs from Redis until it is told to stop.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "cli/address.h"
#include "core/agent/agent_jobs.h"
#include "core/async/spawn.h"
#include "core/queue/queue_counts.h"
#include "core/queue/queue_rights.h"
#include "core/time/text.h"
#include "core/worker/worker.h"
#include "runner/commands/prepared.h"
#include "runner/operations_server.h"
#include "runner/options.h"
#include "runner/remembered.h"
#include "runner/runtime.h"
#include "runner/sinks/measured_jobs.h"
#include "runner/sinks/metrics.h"
#include "runner/sinks/trace_file.h"

namespace runner {

namespace asio = boost::asio;

namespace {

/// How long giving jobs back may take once the time for finishing them is over.
constexpr std::chrono::seconds kGiveBackTime(5);
/// What Redis says of the queue, for /readyz and /metrics: for how long it is waited for, and then remembered.
constexpr std::chrono::seconds kQueueAnswer(1);
constexpr std::chrono::seconds kQueueRemembered(1);
/// For how long each answer is waited for that tells what Redis lets this runner do: jobs are waiting meanwhile.
constexpr std::chrono::seconds kRightsAnswer(2);
/// While Redis cannot be reached, for what it will let this runner do.
constexpr std::chrono::seconds kLookAgain(10);

class Work {
  using Counted = boost::system::result<core::QueueCounts, core::Failure>;

 public:
  Work(Prepared& prepared, const WorkOptions& options)
      : prepared_(prepared),
        is_trial_(options.seed.has_value()),
        runtime_(prepared, Trouble::Logged, options.seed),
        signals_(runtime_.loop(), SIGINT, SIGTERM),
        jobs_(runtime_.environment(), prepared.settings.core, metrics_),
        worker_(runtime_.environment(), prepared.settings.core, jobs_),
        counter_(runtime_.environment(), prepared.settings.core.redis, kQueueAnswer),
        counts_(runtime_.clock(), kQueueRemembered, [this] { return counter_.count(); }) {
    runtime_.events().add(runtime_.log());
    runtime_.events().add(metrics_);
    if (!options.trace.empty()) {
      const core::WallTime started = runtime_.clock().wall_now() - runtime_.clock().now().time_since_epoch();
      trace_.emplace(options.trace, runtime_.loop().get_executor(), prepared.settings.core, started,
                     [this](std::string_view message) { runtime_.log().say(Level::Error, message); });
      runtime_.events().add(*trace_);
    }
  }

  /// Empty, or why it cannot begin.
  std::string begin() {
    if (trace_ && !trace_->error().empty()) return trace_->error();
    if (prepared_.listen) {
      auto server = OperationsServer::start(
          runtime_.loop(), *prepared_.listen,
          {.not_ready = [this] { return not_ready(); }, .metrics = [this] { return metrics_text(); }});
      if (!server) {
        return fmt::format("health and metrics cannot be served at {}: {}", cli::address_text(*prepared_.listen),
                           server.error().message());
      }
      operations_ = std::move(*server);
      runtime_.log().say(Level::Info, "Health and metrics are at http://" + cli::address_text(operations_->endpoint()));
    }
    return {};
  }

  int run() {
    core::spawn(runtime_.loop().get_executor(), work());
    core::spawn(runtime_.loop().get_executor(), wait_for_signals());
    runtime_.loop().run();
    if (trace_) trace_->flush();
    // Jobs that were cut off are not unwound: with this process, all that they hold is gone.
    if (exit_code_ != kDone) {
      runtime_.log().flush();
      std::_Exit(exit_code_);
    }
    // What was cancelled at the end has its last turn while the worker is there.
    runtime_.loop().restart();
    runtime_.loop().poll();
    // So does a question about the queue, which is given up after a second.
    while (counts_.is_asking() && runtime_.loop().run_one() > 0) continue;
    runtime_.loop().poll();
    runtime_.log().flush();
    return kDone;
  }

 private:
  asio::awaitable<void> work() {
    // In a trial no more is sent than in a simulated world.
    bool is_known = is_trial_;
    if (!is_trial_) is_known = co_await tell_rights();
    if (!is_known && !runtime_.wrong_redis().empty()) {
      runtime_.log().say(Level::Error, runtime_.wrong_redis());
      exit_code_ = kBadInput;
      runtime_.loop().stop();
      co_return;
    }
    if (!is_known) core::spawn(runtime_.loop().get_executor(), tell_rights_later());
    co_await worker_.run();
    runtime_.loop().stop();
  }

  /// What this Redis refuses is said once, before a job meets it. It is no reason to stop: it may be allowed while this
  /// runs. False: Redis did not answer.
  asio::awaitable<bool> tell_rights() {
    const std::string id = fmt::format("check-{:016x}", runtime_.environment().random.fork("check").bits());
    runtime_.set_trouble(Trouble::Kept);  // What is refused is meant to be found.
    core::RedisConfig config = prepared_.settings.core.redis;
    config.timeout = std::min<core::Duration>(config.timeout, kRightsAnswer);
    const auto tried = co_await core::try_queue_rights(runtime_.environment(), config, id);
    runtime_.set_trouble(Trouble::Logged);
    if (!tried) co_return false;
    for (const std::string& refused : tried->refused) runtime_.log().say(Level::Error, "Redis: " + refused);
    for (const std::string& doubt : tried->doubts) runtime_.log().say(Level::Warning, "Redis: " + doubt);
    co_return true;
  }

  asio::awaitable<void> tell_rights_later() {
    core::Clock& clock = runtime_.clock();
    for (bool is_told = false; !is_told;) {
      co_await clock.sleep_until(core::saturating_add(clock.now(), kLookAgain));
      is_told = co_await tell_rights();
    }
  }

  /// The first asks for a stop, the second insists.
  asio::awaitable<void> wait_for_signals() {
    const int first = co_await signals_.async_wait(asio::use_awaitable);
    const core::Duration drain = prepared_.settings.process.drain;
    stopping_ = true;
    runtime_.log().say(Level::Info, fmt::format("Stopping on {}: {} jobs run and have {} to end; a second signal stops "
                                                "at once",
                                                name_of(first), worker_.running(), core::format_duration(drain)));
    worker_.stop();
    core::spawn(runtime_.loop().get_executor(), end_of_drain(drain));
    const int second = co_await signals_.async_wait(asio::use_awaitable);
    leave(fmt::format("Stopped by {}", name_of(second)), 128 + second);
  }

  asio::awaitable<void> end_of_drain(core::Duration drain) {
    core::Clock& clock = runtime_.clock();
    co_await clock.sleep_until(core::saturating_add(clock.now(), drain));
    runtime_.log().say(Level::Warning, fmt::format("The time is over: {} jobs are given back", worker_.running()));
    worker_.give_back();
    co_await clock.sleep_until(core::saturating_add(clock.now(), kGiveBackTime));
    leave("Redis did not take the jobs back", kFailed);
  }

  /// What still runs is taken by others when its lease runs out.
  void leave(const std::string& why, int exit_code) {
    runtime_.log().say(Level::Error, fmt::format("{}: {} jobs are left to their leases", why, worker_.running()));
    exit_code_ = exit_code;
    runtime_.loop().stop();
  }

  asio::awaitable<std::string> not_ready() {
    if (stopping_) co_return "stopping";
    for (const core::Credential credential : worker_.refused_credentials()) {
      co_return fmt::format("{} refuses this runner's credential: it takes no job", core::api_of(credential));
    }
    const Counted counted = co_await counts_.get();
    if (counted) co_return "";
    const core::Failure& failure = counted.error();
    const bool is_answer = failure.kind != core::FailureKind::Connection && failure.kind != core::FailureKind::Timeout;
    co_return is_answer ? failure.message : "Redis cannot be reached";
  }

  asio::awaitable<std::string> metrics_text() {
    const Counted counted = co_await counts_.get();
    core::KnownToGuards known = jobs_.known();
    const CurrentValues now{.running = worker_.running(),
                            .queue = counted ? std::optional(*counted) : std::nullopt,
                            .limits = std::move(known.limits),
                            .circuits = std::move(known.circuits)};
    co_return metrics_.text(now);
  }

  static std::string_view name_of(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

  Prepared& prepared_;
  const bool is_trial_;
  Metrics metrics_;
  Runtime runtime_;
  std::optional<TraceFile> trace_;
  asio::signal_set signals_;
  MeasuredJobs jobs_;
  core::Worker worker_;
  core::QueueCounter counter_;
  Remembered<Counted> counts_;
  std::unique_ptr<OperationsServer> operations_;
  bool stopping_ = false;
  int exit_code_ = kDone;
};

}  // namespace

int work_command(const WorkOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Services);
  if (!prepared) return kBadInput;
  Work work(*prepared, options);
  if (const std::string why_not = work.begin(); !why_not.empty()) {
    cli::print_message("error: " + why_not);
    return kBadInput;
  }
  return work.run();
}

}  // namespace runner
