// What the rules of a scenario make of a command, for whoever stands between clients and a Server: the simulator's
// connections and those on sockets. It decides; delivering replies late, or never, is theirs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random/random.h"
#include "core/redis/redis_value.h"
#include "fakes/faults/rule_set.h"
#include "fakes/redis/server.h"

namespace fakes::redis {

/// Whether the scenario's rules are for a connection. They are not for who prepares or looks at the data.
enum class MeetRules : std::uint8_t { No, Yes };

enum class Treatment : std::uint8_t {
  Perform,      ///< The server does the command.
  ReplyError,   ///< It is not done; the reply is the rule's error.
  NeverReply,   ///< It is not done, and no later reply overtakes the one that never comes.
  ResetBefore,  ///< It is not done, and the connection is lost.
  ResetAfter,   ///< The server does it, and the connection is lost instead of the reply.
};

struct Fate {
  Treatment treatment = Treatment::Perform;
  core::Duration latency{};      ///< From the command's arrival to its outcome; replies keep the order of the commands.
  std::string_view error;        ///< Of ReplyError; belongs to the rule.
  bool flushes_scripts = false;  ///< Before that, the server forgets its scripts.

  /// The command is done, and answered at once, as if there were no rules.
  bool is_plain() const {
    return treatment == Treatment::Perform && latency == core::Duration::zero() && !flushes_scripts;
  }
};

class Faults {
 public:
  /// `rules` must outlive it. `random` is the branch of the service.
  Faults(const std::vector<RedisRule>& rules, core::Random random) : rules_(rules, random) {}

  /// How many commands each rule has counted, in the order of the rules.
  std::vector<std::uint64_t> counts() const { return rules_.counts(); }
  std::vector<RuleUse> uses() const { return rules_.uses(); }

  /// Counts the command and says what becomes of it. `server` knows the scripts that rules name. `runner` is who sends
  /// it; empty: a client that has not said its name.
  Fate meet(const Server& server, std::string_view runner, const core::RedisCommand& command, core::SteadyTime now);

 private:
  Match<RedisAction> match_of(const ScriptCall& call, std::string_view runner, const core::RedisCommand& command,
                              core::SteadyTime now);

  RuleSet<RedisAction> rules_;
};

/// As rules name a script in `on`: "script:claim"; empty for a call of none that has a name.
std::string script_operation(const ScriptCall& call);

}  // namespace fakes::redis
