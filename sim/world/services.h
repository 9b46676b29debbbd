// The far ends of one world: the fake LLM, GitHub and Redis with their rules, shared by all processes of the world.
// Owned by the world; transports and connections of the processes refer to it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/github/jwt_signer.h"
#include "core/random/random.h"
#include "core/random/secrets.h"
#include "core/redis/redis.h"
#include "fakes/github/github.h"
#include "fakes/github/jwt_verifier.h"
#include "fakes/llm/llm.h"
#include "fakes/redis/backups.h"
#include "fakes/redis/faults.h"
#include "fakes/redis/server.h"
#include "sim/invariants/invariants.h"
#include "sim/kernel/kernel.h"
#include "sim/scenario/scenario.h"
#include "sim/world/link.h"

namespace sim {

/// Stands in for RS256, which would be most of a world's time: a keyed hash that only this world's runners and its fake
/// GitHub know. Both halves are real: a signature made otherwise, or over other claims, does not verify.
class StandInSignature final : public core::JwtSigner, public fakes::JwtVerifier {
 public:
  explicit StandInSignature(const core::Random& random) : key_(random.fork("github-app-key").bits()) {}

  boost::system::result<std::string, core::SigningError> sign(std::string_view signing_input) override;
  bool verify(std::string_view signing_input, std::string_view signature) const override;

 private:
  std::string signature_of(std::string_view signing_input) const;

  std::uint64_t key_;
};

/// Drawn by name, so that a world's secrets are the same in each run.
class SimSecrets final : public core::Secrets {
 public:
  explicit SimSecrets(const core::Random& random) : random_(random.fork("secrets")) {}

  std::string draw(std::string_view name) override;

 private:
  core::Random random_;
};

class SimRedisConnection;
class WorldObserver;

/// The Redis of a world: a server that can be down, and that loses its connections when it restarts.
class RedisHost {
 public:
  /// Called when one of the queue's scripts has run.
  using OnScript = std::function<void(const fakes::redis::ScriptCall& call, const core::RedisCommand& command)>;

  RedisHost(Kernel& kernel, const Scenario& scenario, const core::Random& random);
  ~RedisHost();

  void on_script(OnScript callback) { on_script_ = std::move(callback); }
  /// Called when a rule has touched a command of this runner, with the end of the delay that it makes.
  using OnFault = std::function<void(core::SteadyTime until, std::string_view runner)>;
  void on_fault(OnFault callback) { on_fault_ = std::move(callback); }
  void tell_of_fault(core::SteadyTime until, std::string_view runner) const {
    if (on_fault_) on_fault_(until, runner);
  }

  bool up() const { return up_; }
  fakes::redis::Server& server() { return server_; }
  fakes::redis::Faults& faults() { return faults_; }
  const fakes::redis::Faults& faults() const { return faults_; }

  /// Does the command on the server, and plans the end of blocking commands.
  void execute(fakes::redis::Session& session, const core::RedisCommand& command);
  /// Tells of the script that the command has run, if it did. One that was refused has done nothing.
  void tell_of_script(const core::RedisCommand& command) const;

  /// Who is told of what the runners ask for, and hear.
  void watch(Invariants* watch) { watch_ = watch; }
  void tell(std::string_view runner, std::uint64_t connection, const core::RedisCommand& command, core::SteadyTime sent,
            const core::RedisResult* result);
  void tell_connected(const Process& process);
  void tell_pushed(std::string_view runner, const core::RedisValue& push);

  /// How many commands each runner has sent; counted only where the scenario has rules for Redis or world entries.
  const std::map<std::string, std::uint64_t, std::less<>>& commands() const { return commands_; }
  void count_command(std::string_view runner);

  /// Keeps the data of now for restarts that will lose what follows.
  void keep_snapshot() { backups_.keep(server_, kernel_.now()); }
  /// Drops all connections. With `back_to` the data is again what keep_snapshot() kept then. Down until come_up().
  void go_down(std::optional<core::SteadyTime> back_to);
  void come_up() { up_ = true; }
  /// Those of the processes; the server goes on.
  void drop_connections();

  /// Refuses what a Redis in that state refuses, until then; where it is so already, until the later of the two.
  void limit(fakes::redis::Condition condition, core::SteadyTime until);
  /// What was held back between that machine and Redis arrives.
  void end_partition(std::string_view machine);

  /// A read by the world itself: neither rules nor faults apply.
  core::RedisValue look(const core::RedisCommand& command);

 private:
  friend class SimRedisConnection;
  struct Looker;  // NOLINT(cppcoreguidelines-virtual-class-destructor): it is final where it is defined.

  void plan_deadline();

  Kernel& kernel_;
  fakes::redis::Server server_;
  fakes::redis::Faults faults_;
  OnScript on_script_;
  Invariants* watch_ = nullptr;
  OnFault on_fault_;
  bool up_ = true;
  const bool counts_commands_;
  std::map<std::string, std::uint64_t, std::less<>> commands_;
  fakes::redis::Backups backups_;
  std::optional<core::SteadyTime> planned_;
  std::array<core::SteadyTime, fakes::redis::kConditions> limited_until_{};
  std::unique_ptr<Looker> looker_;                ///< The world's own connection, made when first needed.
  std::vector<SimRedisConnection*> connections_;  ///< In the order of their making.
  std::uint64_t connections_made_ = 0;
};

struct Services {
  Services(Kernel& kernel, const Scenario& scenario);

  /// Of the machine with that name; known by it for as long as the world lives.
  Links& links_of(std::string_view machine);

  fakes::Now now() const { return {kernel.now(), kernel.wall_now()}; }

  Kernel& kernel;
  core::Random random;
  StandInSignature signature;
  std::string llm_url;
  std::string github_url;
  fakes::Llm llm;
  fakes::GitHub github;
  RedisHost redis;
  std::map<std::string, Links, std::less<>> links;     ///< By machine.
  Invariants* watch = nullptr;                         ///< Told of every exchange, if there is one.
  std::function<void(std::string&)> describe_runners;  ///< Appends the state of each runner. See core::Stateful.
  WorldObserver* observer = nullptr;                   ///< Told of every request before it is sent, if there is one.
};

}  // namespace sim
