// The far ends of one world: the fake LLM, GitHub and Redis with their rules, shared by all processes of the world.
// Owned by the world; transports and connections of the processes refer to it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/github/jwt_signer.h"
#include "core/random/random.h"
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

  bool up() const { return up_; }
  fakes::redis::Server& server() { return server_; }
  fakes::redis::Faults& faults() { return faults_; }

  /// Does the command on the server, tells of scripts, and plans the end of blocking commands.
  void execute(fakes::redis::Session& session, const core::RedisCommand& command);

  /// Who is told of what the runners ask for, and hear.
  void watch(Invariants* watch) { watch_ = watch; }
  void tell(std::string_view runner, const core::RedisCommand& command, core::SteadyTime sent,
            const core::RedisResult* result);
  void tell_connected(const Process& process);
  void tell_pushed(std::string_view runner);

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
  bool up_ = true;
  const bool counts_commands_;
  std::map<std::string, std::uint64_t, std::less<>> commands_;
  fakes::redis::Backups backups_;
  std::optional<core::SteadyTime> planned_;
  std::unique_ptr<Looker> looker_;                ///< The world's own connection, made when first needed.
  std::vector<SimRedisConnection*> connections_;  ///< In the order of their making.
};

struct Services {
  Services(Kernel& kernel, const Scenario& scenario);

  fakes::Now now() const { return {kernel.now(), kernel.wall_now()}; }

  Kernel& kernel;
  core::Random random;
  StandInSignature signature;
  std::string llm_url;
  std::string github_url;
  fakes::Llm llm;
  fakes::GitHub github;
  RedisHost redis;
  Invariants* watch = nullptr;        ///< Told of every exchange, if there is one.
  WorldObserver* observer = nullptr;  ///< Told of every request before it is sent, if there is one.
};

}  // namespace sim
