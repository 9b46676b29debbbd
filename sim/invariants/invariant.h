// What must hold of every run, judged from outside: from the events, and in a simulated world also from what its
// servers saw. An invariant never calls the core's own decisions; it states their bounds anew, from the readings of the
// retry summary (docs/readings.md).
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string_view>

#include "core/config/config.h"
#include "core/events/event.h"
#include "core/http/http.h"
#include "core/redis/redis_value.h"
#include "fakes/answer.h"
#include "fakes/github/made_effect.h"
#include "sim/invariants/violation.h"

namespace sim {

/// Where a call - one API for one job in one process - stood before an event of it.
struct CallState {
  enum class Phase : std::uint8_t {
    None,     ///< Not under way, or silent so far.
    Started,  ///< An attempt is under way.
    Failed,
    Waiting,
  };
  Phase phase = Phase::None;
  std::uint32_t attempt = 0;  ///< The last one begun or announced.
  core::SteadyTime since;     ///< Of the last event.
  core::FailureKind failure{};
  std::optional<int> status;
  std::optional<core::Duration> hint;
  core::Duration delay{};           ///< Of the wait that goes on.
  bool is_held = false;             ///< That wait is none for a failed attempt: something else holds the call back.
  core::Duration previous_delay{};  ///< Of the wait before the attempt that was begun last.
};

/// One HTTP request and its answer as the fake saw them. `asked_to_wait` is what the rule that made the answer meant,
/// not what a client reads from its headers; nothing when the answer did not arrive whole.
struct Exchange {
  std::string_view runner;
  std::string_view operation;
  std::string_view job;
  core::SteadyTime sent;
  core::SteadyTime answered;
  std::optional<int> status;
  std::optional<core::Duration> asked_to_wait;
  bool refused = false;                          ///< The connection: the request was never sent.
  std::string_view body;                         ///< The request's.
  const boost::json::array* messages = nullptr;  ///< Of the conversation in it; null where it holds none.
  std::string_view url = {};
  const core::HttpHeaders* headers = nullptr;  ///< The request's.
  const fakes::ModelSaid* said = nullptr;  ///< What the model said in an answer that arrived whole, where it is known.
  std::string_view credential = {};        ///< What stands in its `authorization`, without the scheme.
  std::string_view minted = {};            ///< The installation token that the answer brought; else empty.
  std::optional<int> own_status =
      {};                      ///< What the service itself answered, whatever arrived; nothing where a rule did.
  bool forbids_retry = false;  ///< The answer that arrived says x-should-retry: false.
  bool has_rule_body = false;  ///< A rule wrote the answer's body, which may ask for another wait, or for none.
  bool names_used_up = false;  ///< A model's 429 that arrived says that no waiting cures it (names_used_up_account()).
};

/// Complete: nothing would follow. CutShort: the run was stopped, or only so much of it is known.
enum class RunEnd : std::uint8_t { Complete, CutShort };

enum class JobPlace : std::uint8_t { Nowhere, Ready, Delayed, Leased, Completed, Failed };

/// A job's record in Redis, read just after one of the queue's scripts ran for it.
struct JobRecord {
  std::string_view state;  ///< As the queue writes it: waiting, running, ...; empty: there is no such job.
  std::string_view owner;
  std::optional<std::int64_t> due_us;    ///< Of the delayed ones, by Redis' clock.
  std::optional<std::int64_t> lease_us;  ///< The end of its lease.
  std::int64_t retries = 0;
};
struct QueueStep {
  std::string_view script;
  std::string_view job;
  std::string_view token;
  core::SteadyTime at;
  std::int64_t now_us = 0;  ///< Redis' clock.
  JobRecord after;
};

/// A command of a runner to Redis: told when it is sent, and again when its reply has come or cannot come any more.
struct RedisCall {
  std::string_view runner;
  std::uint64_t connection;  ///< By which it goes; of two, the later one has the greater number.
  std::string_view script;   ///< Of the queue's, by name: "claim"; empty for any other command.
  const core::RedisCommand& command;
  core::SteadyTime sent;
  core::SteadyTime at;                      ///< Now.
  const core::RedisValue* reply = nullptr;  ///< Null: sent just now, or without a reply.

  /// The script's ARGV[number]; empty where there are fewer.
  std::string_view argument(std::size_t number) const {
    constexpr std::size_t kBefore = 3;  // EVAL, text or digest, number of keys; then the key.
    return kBefore + number < command.size() ? std::string_view(command[kBefore + number]) : std::string_view();
  }
  /// The reply is a value, and not an error.
  bool answered() const { return reply != nullptr && !reply->is_error(); }
};

/// Something other than the services' answers that a world does to its runners or its Redis.
struct Disturbance {
  core::SteadyTime until;     ///< When it is over; what it left behind may take its time.
  std::string_view stopping;  ///< The runner that takes no more jobs from now on; or empty.
  std::string_view runner;    ///< The only one that it concerns; empty: all.
  bool cuts_redis = false;    ///< All connections to Redis are lost, those on which nothing is under way among them.
};

class Invariant {
 public:
  explicit Invariant(Findings& findings) : findings_(findings) {}
  virtual ~Invariant() = default;
  Invariant(const Invariant&) = delete;
  Invariant& operator=(const Invariant&) = delete;

  virtual std::string_view name() const = 0;

  /// An event that is not of a call.
  virtual void on_event(const core::Event&) {}
  /// An event of a call, and where the call stood before.
  virtual void on_call(const core::Event&, const CallState&) {}
  virtual void on_disturbance(const Disturbance&) {}
  virtual void on_exchange(const Exchange&) {}
  /// That exchange's answer arrives later than it was told to, or never.
  virtual void on_answer_held_back(std::string_view /*runner*/, std::string_view /*operation*/,
                                   std::string_view /*job*/) {}
  virtual void on_queue_step(const QueueStep&) {}
  virtual void on_redis_sent(const RedisCall&) {}
  virtual void on_redis_answered(const RedisCall&) {}
  /// The runner has now so many connections to Redis.
  virtual void on_redis_connected(std::string_view, core::SteadyTime, std::size_t) {}
  /// A message was pushed to the runner.
  virtual void on_redis_pushed(std::string_view, std::string_view, core::SteadyTime) {}
  /// A wall clock jumps by that much: this runner's, or with an empty name those of all runners and services.
  virtual void on_clock_shift(std::string_view /*runner*/, core::Duration /*by*/) {}
  virtual void on_effect(const fakes::MadeEffect&) {}
  /// The job was completed by its only run, long ago, and nothing brings it back: what is known of it alone can go.
  /// Only told where a world says so (Setting::ended_jobs_stay_ended).
  virtual void on_job_over(std::string_view /*runner*/, std::string_view /*job*/) {}
  virtual void at_end(core::SteadyTime, RunEnd) {}
  /// Appends what this invariant still waits for, with times from `now`: two worlds that differ in it are not the same.
  virtual void describe_state(std::string&, core::SteadyTime) const {}

 protected:
  void violated(std::string_view job, core::SteadyTime at, std::string message) {
    findings_.add(name(), job, at, std::move(message));
  }

 private:
  Findings& findings_;
};

/// How long a runner may need until Redis has answered it: an attempt, and the wait for the next one.
core::Duration longest_redis_wait(const core::Config& config);

/// The retry policy behind an API's name; null for one that is not known.
const core::RetryPolicy* policy_of(const core::Config& config, std::string_view api);

}  // namespace sim
