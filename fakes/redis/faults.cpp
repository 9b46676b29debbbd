#include "fakes/redis/faults.h"

#include <variant>

namespace fakes::redis {

std::string script_operation(const ScriptCall& call) {
  return call.script.empty() ? std::string() : "script:" + std::string(call.script);
}

namespace {

/// What each action makes of a command. An action without a function here does not compile.
struct Apply {
  Fate& fate;

  void operator()(std::monostate) const {}
  void operator()(const DoError& error) const {
    fate.treatment = Treatment::ReplyError;
    fate.error = error.error;
  }
  void operator()(const DoReset& reset) const {
    fate.treatment = reset.when == ResetWhen::After ? Treatment::ResetAfter : Treatment::ResetBefore;
  }
  void operator()(const DoTimeout&) const { fate.treatment = Treatment::NeverReply; }
  void operator()(const DoFlushScripts&) const { fate.flushes_scripts = true; }
};

}  // namespace

/// Every job of a script call counts, as if it had been called for each.
Match<RedisAction> Faults::match_of(const ScriptCall& call, std::string_view runner, const core::RedisCommand& command,
                                    core::SteadyTime now) {
  const std::string alias = script_operation(call);
  if (call.jobs.empty()) return rules_.meet({command[0], alias, {}, now, runner});
  Match<RedisAction> first;
  for (const std::string_view job : call.jobs) {
    const Match<RedisAction> match = rules_.meet({command[0], alias, job, now, runner});
    if (first.rule == nullptr) first = match;
  }
  return first;
}

Fate Faults::meet(const Server& server, std::string_view runner, const core::RedisCommand& command,
                  core::SteadyTime now) {
  if (rules_.empty()) return {};
  const ScriptCall call = server.script_call_of(command);
  const Match<RedisAction> match = match_of(call, runner, command, now);
  if (match.rule == nullptr) return {};
  Fate fate{.latency = match.latency};
  std::visit(Apply{fate}, match.rule->action);
  return fate;
}

}  // namespace fakes::redis
