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
  QueueWatch(Kernel& kernel, RedisHost& redis, const core::Config& config, Invariants& invariants)
      : kernel_(kernel), redis_(redis), root_(config.redis.key_prefix + "job:"), invariants_(invariants) {}

  /// `command` is the EVAL or EVALSHA that ran the script of that name.
  void on_script(std::string_view script, const core::RedisCommand& command);

 private:
  std::vector<std::string> jobs_of(std::string_view script, std::string_view token, const core::RedisCommand& command);
  void look_at(std::string_view script, std::string_view job, std::string_view token);
  std::string key(std::string_view name, std::string_view rest = {}) const;

  Kernel& kernel_;
  RedisHost& redis_;
  std::string root_;
  Invariants& invariants_;
};

}  // namespace sim
