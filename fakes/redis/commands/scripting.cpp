// Lua scripts: EVAL and its relatives, and the cache of scripts.
#include "fakes/redis/command.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/lua/runtime.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

/// The commands of one run of a script. SELECT and the protocol are the script's own, not the connection's.
class Host final : public ScriptHost {
 public:
  Host(Call& call, bool is_read_only, bool allows_oom)
      : call_(call), database_(call.database), is_read_only_(is_read_only), allows_oom_(allows_oom) {}

  RedisValue call(const core::RedisCommand& command) override {
    const CommandSpec* spec = find_command(command[0]);
    if (spec != nullptr && (spec->flags & kContainer) != 0 && command.size() > 1) {
      spec = find_subcommand(*spec, command[1]);
    }
    if (spec == nullptr) return RedisValue::error("ERR Unknown Redis command called from script");
    if (!spec->accepts(command.size())) {
      return RedisValue::error("ERR Wrong number of args calling Redis command from script");
    }
    if ((spec->flags & (kNoScript | kBlocking)) != 0) {
      return RedisValue::error("ERR This Redis command is not allowed from script");
    }
    if (is_read_only_ && (spec->flags & (kWrite | kMayReplicate)) != 0) {
      return RedisValue::error("ERR Write commands are not allowed from read-only scripts.");
    }
    if (!has_written_) {  // One that has begun to write is not stopped halfway.
      const Engine& engine = call_.engine;
      if (engine.refuses_writes() && (spec->flags & kWrite) != 0) return RedisValue::error(kReadOnly);
      if (engine.refuses_memory() && !allows_oom_ && (spec->flags & kDenyOom) != 0) {
        return RedisValue::error(kOutOfMemory);
      }
    }
    has_written_ |= (spec->flags & kWrite) != 0;
    Call inner{call_.engine, call_.connection, command, database_, protocol_, Caller::Script};
    return call_.engine.run(*spec, inner);
  }

  void set_protocol(int protocol) override { protocol_ = protocol; }
  bool is_out_of_time() override { return call_.engine.script_is_out_of_time(); }

 private:
  Call& call_;
  int database_;
  int protocol_ = 2;
  bool is_read_only_;
  bool allows_oom_;
  bool has_written_ = false;
};

/// The forms that a script can give its reply in RESP3 only, as RESP2 shows them.
void to_protocol(RedisValue& value, int protocol) {
  if (protocol == 3) return;
  for (RedisValue& element : value.elements) to_protocol(element, protocol);
  if (value.type == core::RedisType::Map || value.type == core::RedisType::Set) value.type = core::RedisType::Array;
  if (value.type == core::RedisType::Double) value = RedisValue::bulk(format_double(value.number));
}

RedisValue run(Call& call, const Script& script, bool is_read_only) {
  const auto keys = static_cast<std::size_t>(call.integer(2));
  const std::span<const std::string> all(call.arguments);
  Host host(call, is_read_only || script.is_read_only, script.allows_oom);
  call.engine.script_starts();
  RedisValue reply = run_script(script, all.subspan(3, keys), all.subspan(3 + keys), host);
  to_protocol(reply, call.protocol);
  return reply;
}

void check_key_count(const Call& call) {
  const std::int64_t keys = call.integer(2);
  if (keys > static_cast<std::int64_t>(call.size()) - 3)
    fail("ERR Number of keys can't be greater than number of args");
  if (keys < 0) fail("ERR Number of keys can't be negative");
}

ScriptPointer load(Call& call, const std::string& text) {
  ScriptPointer script = script_of_text(text);
  if (call.engine.scripts().contains(script->sha)) return script;
  if (const auto error = compile_error(*script)) fail(*error);
  if (!call.engine.keep_script(script)) fail(kOutOfMemory);
  return script;
}

RedisValue eval_text(Call& call, bool is_read_only) {
  check_key_count(call);
  const ScriptPointer script = load(call, call[1]);
  return run(call, *script, is_read_only);
}
RedisValue eval(Call& call) {
  return eval_text(call, false);
}
RedisValue eval_ro(Call& call) {
  return eval_text(call, true);
}

RedisValue eval_sha(Call& call, bool is_read_only) {
  check_key_count(call);
  const ScriptPointer script = call.engine.find_script(call[1]);
  if (!script) return RedisValue::error("NOSCRIPT No matching script. Please use EVAL.");
  return run(call, *script, is_read_only);
}
RedisValue evalsha(Call& call) {
  return eval_sha(call, false);
}
RedisValue evalsha_ro(Call& call) {
  return eval_sha(call, true);
}

RedisValue script_load(Call& call) {
  return RedisValue::bulk(load(call, call[2])->sha);
}

RedisValue script_exists(Call& call) {
  RedisValue reply = RedisValue::array({});
  for (std::size_t i = 2; i < call.size(); ++i) {
    reply.elements.push_back(RedisValue::integer_of(call.engine.find_script(call[i]) ? 1 : 0));
  }
  return reply;
}

RedisValue script_flush(Call& call) {
  if (call.size() > 3 || (call.size() == 3 && !call.is(2, "sync") && !call.is(2, "async"))) {
    fail("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  }
  call.engine.clear_scripts();
  return RedisValue::status("OK");
}

RedisValue script_kill(Call&) {
  fail("NOTBUSY No scripts in execution right now.");
}
RedisValue no_subcommand(Call&) {
  fail(kSyntaxError);
}

constexpr CommandSpec kCommands[] = {
    {"eval", -3, kNoScript, eval},
    {"eval_ro", -3, kNoScript, eval_ro},
    {"evalsha", -3, kNoScript, evalsha},
    {"evalsha_ro", -3, kNoScript, evalsha_ro},
    {"script", -2, kContainer | kNoScript, no_subcommand},
    {"script|exists", -3, kNoScript, script_exists},
    {"script|flush", -2, kNoScript, script_flush},
    {"script|kill", 2, kNoScript, script_kill},
    {"script|load", 3, kNoScript, script_load},
};

}  // namespace

CommandFamily scripting_commands() {
  return kCommands;
}

}  // namespace fakes::redis
