#include "fakes/redis/faults.h"

#include <variant>

namespace fakes::redis {

std::string script_operation(const ScriptCall& call) {
  return call.script.empty() ? std::string() : "script:" + std::string(call.script);
}

Fate Faults::meet(Server& server, const core::RedisCommand& command, core::SteadyTime now) {
  if (rules_.empty()) return {};
  const ScriptCall call = server.script_call_of(command);
  const std::string alias = script_operation(call);
  const Match<RedisAction> match = rules_.meet({command[0], alias, call.job, now});
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
  } else if (std::holds_alternative<DoFlushScripts>(action)) {
    server.flush_scripts();
  }
  return fate;
}

}  // namespace fakes::redis
