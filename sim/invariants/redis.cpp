// Redis is asked no more often than there is cause for: a claim follows something that may have brought work or room
// for it, a lease is renewed once every third of its length, a recovery follows word of a lease that ran out, and an
// end that has been recorded is not recorded again. A worker has two connections: for its commands, and to listen; it
// makes another where one is lost, or where Redis said that it is served elsewhere, and there it does.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/api/api.h"
#include "core/queue/wake_up.h"
#include "core/time/text.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::format_duration;
using core::SteadyTime;

constexpr std::size_t kConnections = 2;
/// The address may lead to another server by then, or this one knows better.
constexpr std::array<std::string_view, 5> kServedElsewhere = {"READONLY", "MASTERDOWN", "MOVED", "CLUSTERDOWN",
                                                              "NOAUTH"};

bool is_served_elsewhere(const RedisCall& call) {
  return call.reply != nullptr && call.reply->is_error() &&
         std::ranges::any_of(kServedElsewhere,
                             [&](std::string_view word) { return call.reply->text.starts_with(word); });
}

class RedisCalls final : public Invariant {
 public:
  RedisCalls(const core::Config& config, Findings& findings) : Invariant(findings), config_(config) {}

  std::string_view name() const override { return "redis"; }

  void on_call(const Event& event, const CallState&) override {
    if (!core::is_of(core::Service::Redis, event.api)) return;
    // Trouble: the call will be made again, or a rest is over. The waits themselves are judged by `backoff`.
    Worker& worker = workers_[std::string(event.runner)];
    if (event.api == core::api::kClaim || event.api == core::api::kSubscribe) worker.cause = event.at;
    // A worker that cannot listen looks for jobs at each further attempt to.
    if (event.api == core::api::kSubscribe && event.delay)
      worker.wakes.insert(core::saturating_add(event.at, *event.delay));
    if (event.api == core::api::kRecover) worker.may_recover = true;
    if (event.api == core::api::kRenew) {
      for_each_renewal(event.runner, event.job, [](Renewal& renewal) { renewal.in_trouble = true; });
    }
  }

  void on_disturbance(const Disturbance& disturbance) override {
    if (!disturbance.cuts_redis) return;
    for (auto& [name, worker] : workers_) worker.may_connect += kConnections;
  }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::RedisRestarted:
        // Workers are told of what is no more.
        for (auto& [name, worker] : workers_) {
          worker.cause = event.at;
          worker.may_recover = true;
          worker.may_connect += kConnections;
        }
        renewals_.clear();
        recorded_.clear();
        return;
      case EventKind::WorkerStarted:
      case EventKind::WorkerCrashed:
        workers_.erase(std::string(event.runner));
        std::erase_if(renewals_, [&event](const auto& each) { return each.first.first == event.runner; });
        return;
      case EventKind::JobEnqueued:
        return;
      case EventKind::LeaseLost:
      case EventKind::JobReleased:
      case EventKind::JobRequeued:
      case EventKind::JobCompleted:
      case EventKind::JobFailed:
        workers_[std::string(event.runner)].cause = event.at;
        return;
      default:
        // A job has begun or ended, or its agent has: there is room for another, or there was.
        if (event.tool.empty() && !event.runner.empty()) workers_[std::string(event.runner)].cause = event.at;
        return;
    }
  }

  void on_redis_pushed(std::string_view runner, std::string_view message, SteadyTime at) override {
    Worker& worker = workers_[std::string(runner)];
    const core::WakeUp heard = core::parse_wake_up(message);
    if (heard.kind == core::WakeUp::Kind::Taken) worker.guards.clear();
    if (heard.kind == core::WakeUp::Kind::Look) {
      worker.cause = at;
    } else {
      (heard.kind == core::WakeUp::Kind::Guard ? worker.guards : worker.wakes)
          .insert(core::saturating_add(at, heard.in));
    }
  }

  void on_redis_connected(std::string_view runner, SteadyTime at, std::size_t open) override {
    if (runner.empty()) return;
    Worker& worker = workers_[std::string(runner)];
    worker.cause = at;
    if (++worker.connects == worker.may_connect + 1) {
      violated({}, at, fmt::format("{} connects to Redis anew, and has lost no connection", runner));
    }
    // One that was given up is kept until the last command that it was sent has ended.
    if (open <= kConnections + worker.in_flight) return;
    violated({}, at, fmt::format("{} has {} connections to Redis; {} are enough", runner, open, kConnections));
  }

  void on_redis_sent(const RedisCall& call) override {
    Worker& worker = workers_[std::string(call.runner)];
    ++worker.in_flight;
    if (!call.script.empty()) check_leads_there(call, worker);
    if (call.script == "claim") return on_claim(call);
    if (call.script == "renew") return on_renewal(call);
    if (call.script == "recover") return on_recovery(call);
    if (call.script == "complete") {
      for (std::size_t i = 2; !call.argument(i + 1).empty(); i += 2) {
        check_recorded(call, call.argument(i + 1), call.argument(i));
      }
    } else if (is_end(call.script)) {
      check_recorded(call, call.argument(2), call.argument(1));
    }
  }

  void on_redis_answered(const RedisCall& call) override {
    Worker& worker = workers_[std::string(call.runner)];
    if (worker.in_flight > 0) --worker.in_flight;
    note_loss(call, worker);
    if (is_served_elsewhere(call) && !call.script.empty()) worker.led_elsewhere.try_emplace(call.connection, call.at);
    if (call.reply != nullptr && call.reply->is_error() && call.reply->text.starts_with("NOSCRIPT"))
      worker.text_wanted = {call.connection, call.at};
    if (call.script == "claim") return on_claim_answered(call, worker);
    if (call.script.empty()) worker.cause = call.at;  // It listens now, or cannot.
    if (call.script == "recover") {
      worker.cause = call.at;
      worker.may_recover = !call.answered();
    } else if (call.script == "renew") {
      Renewal* const renewal = renewal_of(call);
      if (renewal == nullptr) return;
      renewal->in_trouble = !call.answered();
      if (call.answered()) renewal->last = call.sent;
    } else if (call.script == "complete" && call.answered()) {
      for (std::size_t i = 2; !call.argument(i + 1).empty(); i += 2) {
        note_recorded(call.argument(i + 1), call.argument(i));
      }
    } else if (is_end(call.script) && call.answered()) {
      note_recorded(call.argument(2), call.argument(1));
    }
  }

  void on_job_over(std::string_view runner, std::string_view job) override {
    forget_run(renewals_, runner, job);
    if (const auto end = recorded_.find(job); end != recorded_.end()) recorded_.erase(end);
  }

 private:
  struct Worker {
    /// When something happened last for which it looks for jobs, maybe at the end of that instant; a process that has
    /// just been started needs nothing.
    SteadyTime cause = SteadyTime::max();
    SteadyTime last_claim;
    bool may_recover = false;
    std::size_t connects = 0;
    std::size_t may_connect = kConnections;             ///< So often: another time for each connection that was lost.
    std::uint64_t last_lost = 0;                        ///< Of the connections for commands.
    std::map<std::uint64_t, SteadyTime> led_elsewhere;  ///< By connection: when Redis said so there.
    /// Where and when a script was unknown last: its text follows there, in that instant.
    std::optional<std::pair<std::uint64_t, SteadyTime>> text_wanted;
    std::size_t in_flight = 0;       ///< Commands that were sent and not answered; those that were cancelled stay.
    std::set<SteadyTime> wakes;      ///< When else it looks for jobs.
    std::set<SteadyTime> guards;     ///< The same, until it looks or hears that all jobs are taken.
    std::optional<SteadyTime> told;  ///< When the last claim's reply said that there will be something to do.
  };
  struct Renewal {
    SteadyTime claimed;  ///< When the claim was sent.
    SteadyTime last;     ///< When the last command was sent that Redis granted the lease for.
    bool in_trouble = false;
  };

  static bool is_end(std::string_view script) { return script == "requeue" || script == "fail" || script == "release"; }

  template <class Do>
  void for_each_renewal(std::string_view runner, std::string_view job, Do&& act) {
    const auto of_run = renewals_.find(RunKeyView(runner, job));
    if (of_run == renewals_.end()) return;
    for (auto& [token, renewal] : of_run->second) act(renewal);
  }

  /// Of the job that a `renew` is for; null: its runner was not given it by that token.
  Renewal* renewal_of(const RedisCall& call) {
    const auto of_run = renewals_.find(RunKeyView(call.runner, call.argument(2)));
    if (of_run == renewals_.end()) return nullptr;
    const auto renewal = of_run->second.find(call.argument(1));
    return renewal == of_run->second.end() ? nullptr : &renewal->second;
  }

  void note_recorded(std::string_view job, std::string_view token) { recorded_[std::string(job)].emplace(token); }

  /// What was sent before a connection was lost was sent by it, and is lost with it. One that may not listen is given
  /// up.
  static void note_loss(const RedisCall& call, Worker& worker) {
    if (call.script.empty()) {
      if (!call.answered()) ++worker.may_connect;
    } else if ((call.reply == nullptr || is_served_elsewhere(call)) && call.connection > worker.last_lost) {
      ++worker.may_connect;
      worker.last_lost = call.connection;
    }
  }

  void check_leads_there(const RedisCall& call, const Worker& worker) {
    const auto told = worker.led_elsewhere.find(call.connection);
    // What is said in the instant of that answer may go before it.
    if (told == worker.led_elsewhere.end() || told->second == call.at) return;
    if (worker.text_wanted == std::pair(call.connection, call.at)) return;
    violated({}, call.at,
             fmt::format("{} asks by the connection on which Redis said that it is served elsewhere", call.runner));
  }

  void on_claim(const RedisCall& call) {
    Worker& worker = workers_[std::string(call.runner)];
    const auto is_over = [&call](const std::set<SteadyTime>& times) {
      return !times.empty() && *times.begin() <= call.at;
    };
    const bool is_woken = is_over(worker.wakes) || is_over(worker.guards);
    worker.guards.clear();
    worker.wakes.erase(worker.wakes.begin(), worker.wakes.lower_bound(call.at));
    if (worker.cause < worker.last_claim && !is_woken && (!worker.told || call.at < *worker.told)) {
      violated({}, call.at, fmt::format("{} asks for jobs again, without cause since it asked last", call.runner));
    }
    if (worker.cause == SteadyTime::max()) worker.cause = call.at;
    worker.last_claim = call.at;
    worker.told.reset();
  }

  void on_claim_answered(const RedisCall& call, Worker& worker) {
    if (!call.answered()) {
      worker.cause = call.at;
      return;
    }
    const std::vector<core::RedisValue>& parts = call.reply->elements;
    if (parts.size() < 2) return;
    // Due times are whole microseconds to Redis, and finer to a worker that set them itself.
    if (parts[0].integer >= 0) worker.told = call.sent + std::chrono::microseconds(parts[0].integer - 1);
    worker.may_recover |= parts[1].integer != 0;
    if (parts.size() <= 2) return;
    worker.cause = call.at;
    const std::string token = std::string(call.argument(1)) + std::string(call.argument(2));
    for (std::size_t i = 2; i < parts.size(); ++i) {
      if (parts[i].elements.empty()) continue;
      known_of(renewals_, call.runner, parts[i].elements[0].text)[token] = {call.sent, call.sent};
    }
  }

  void on_recovery(const RedisCall& call) {
    bool& may = workers_[std::string(call.runner)].may_recover;
    if (!may) violated({}, call.at, fmt::format("{} recovers jobs though no lease has run out", call.runner));
    may = false;
  }

  void on_renewal(const RedisCall& call) {
    const Renewal* const renewal = renewal_of(call);
    if (renewal == nullptr || renewal->in_trouble) return;
    const Duration third = std::max(config_.jobs.lease / 3, Duration(1));
    if ((call.sent - renewal->claimed) / third > (renewal->last - renewal->claimed) / third) return;
    violated(call.argument(2), call.at,
             fmt::format("its lease is renewed again {} after it was granted; a third of {} is the time",
                         format_duration(call.sent - renewal->last), format_duration(config_.jobs.lease)));
  }

  void check_recorded(const RedisCall& call, std::string_view job, std::string_view token) {
    const auto of_job = recorded_.find(job);
    if (of_job == recorded_.end() || !of_job->second.contains(token)) return;
    violated(job, call.at, fmt::format("{} is sent again though it was answered", call.script));
  }

  const core::Config& config_;
  std::map<std::string, Worker, std::less<>> workers_;
  RunMap<std::map<std::string, Renewal, std::less<>>> renewals_;  ///< By owner token.
  JobMap<std::set<std::string, std::less<>>> recorded_;           ///< Owner tokens of ends that were answered.
};

}  // namespace

InvariantPointer make_redis_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<RedisCalls>(config, findings);
}

}  // namespace sim
