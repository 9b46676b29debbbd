#include "fakes/redis/faults.h"

#include <variant>

namespace fakes::redis {

std::string script_operation(const ScriptCall& call) {
  return call.script.empty() ? std::string() : "script:" + std::string(call.script);
}

/// Every job of a script call counts, as if it had been called for each.
Match<RedisAction> Faults::match_of(const ScriptCall& call, const core::RedisCommand& command, core::SteadyTime now) {
  const std::string alias = script_operation(call);
  if (call.jobs.empty()) return rules_.meet({command[0], alias, {}, now});
  Match<RedisAction> first;
  for (const std::string_view job : call.jobs) {
    const Match<RedisAction> match = rules_.meet({command[0], alias, job, now});
    if (first.rule == nullptr) first = match;
  }
  return first;
}

Fate Faults::meet(const Server& server, const core::RedisCommand& command, core::SteadyTime now) {
  if (rules_.empty()) return {};
  const ScriptCall call = server.script_call_of(command);
  const Match<RedisAction> match = match_of(call, command, now);
  if (match.rule == nullptr) return {};
  Fate fate{.latency = match.latency};
  const RedisAction& action = match.rule->action;
  if (const auto* error = std::get_if<DoError>(&action)) {
    fate.treatment = Treatment::ReplyError;
    fate.error = error->error;
  } else if (const auto* reset = std::get_if<DoReset>(&action)) {
    fate.treatment = reset->when == ResetWhen::After ? Treatment::ResetAfter : Treatment::ResetBefore;
  } else if (std::holds_alternative<DoTimeout>(action)) {
    fate.treatment = Treatment::NeverReply;
  }
  fate.flushes_scripts = std::holds_alternative<DoFlushScripts>(action);
  return fate;
}

}  // namespace fakes::redis
