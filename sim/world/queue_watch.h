// Reads a job's record in Redis after each of the queue's scripts, for the invariants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/invariants/invariants.h"
#include "sim/world/services.h"

namespace sim {

class QueueWatch {
 public:
  /// All outlive it.
  QueueWatch(Kernel& kernel, RedisHost& redis, const core::Config& config, Invariants& invariants);

  /// `command` is the EVAL or EVALSHA that ran the script.
  void on_script(const fakes::redis::ScriptCall& call, const core::RedisCommand& command);

  /// The jobs that the call of `recover` with this token has taken from their owners.
  std::vector<std::string> recovered_by(const std::string& token);

  /// "waiting", "running", ...; empty: there is no such job. Good until the next command.
  std::string_view state_of(std::string_view job);

 private:
  void look_at_claim(const std::string& worker, const std::string& number);
  void look_at(std::string_view script, std::string_view job, std::string_view token);
  /// The key of that name; good until the next one is made.
  const std::string& key(std::string_view name, std::string_view rest);

  Kernel& kernel_;
  RedisHost& redis_;
  Invariants& invariants_;
  std::string root_, ready_, owners_, delayed_, leases_, completed_by_;  ///< Keys, and what all begin with.
  std::string key_;                                                      ///< The last one made; kept for its memory.
};

}  // namespace sim
