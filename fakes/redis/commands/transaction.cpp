// MULTI, EXEC, DISCARD, WATCH, UNWATCH.
#include "fakes/redis/commands/transaction.h"
#include "fakes/redis/command.h"
#include "fakes/redis/commands/reply_bound.h"
#include "fakes/redis/engine.h"

namespace fakes::redis {

using core::RedisValue;

void end_transaction(Call& call) {
  call.connection.in_transaction = false;
  call.connection.transaction_is_broken = false;
  call.engine.forget_queued(call.connection);
  call.engine.unwatch(call.connection);
}

namespace {

RedisValue multi(Call& call) {
  if (call.connection.in_transaction) fail("ERR MULTI calls can not be nested");
  call.connection.in_transaction = true;
  return RedisValue::status("OK");
}

RedisValue exec(Call& call) {
  Connection& connection = call.connection;
  if (!connection.in_transaction) fail("ERR EXEC without MULTI");
  const bool is_broken = connection.transaction_is_broken, was_touched = connection.watched_key_changed;
  const std::vector<core::RedisCommand> queued = std::move(connection.queued);
  end_transaction(call);
  if (is_broken) fail("EXECABORT Transaction discarded because of previous errors.");
  if (was_touched) return call.null_array();
  RedisValue replies = RedisValue::array({});
  replies.elements.reserve(queued.size());
  std::string error;
  ReplyBound bound;
  for (const core::RedisCommand& command : queued) {
    Call part{call.engine, connection, command, connection.database, connection.protocol, Caller::Transaction};
    replies.elements.push_back(bound.add(call.engine.run(*call.engine.look_up(command, error), part)));
  }
  return replies;
}

RedisValue discard(Call& call) {
  if (!call.connection.in_transaction) fail("ERR DISCARD without MULTI");
  end_transaction(call);
  return RedisValue::status("OK");
}

RedisValue watch(Call& call) {
  if (call.connection.in_transaction) fail("ERR WATCH inside MULTI is not allowed");
  std::size_t bytes = 0;
  for (std::size_t i = 1; i < call.size(); ++i) bytes += call[i].size();
  if (!call.engine.may_watch(call.connection, call.size() - 1, bytes)) fail("ERR too many watched keys");
  for (std::size_t i = 1; i < call.size(); ++i) call.engine.watch(call.connection, call.database, call[i]);
  return RedisValue::status("OK");
}

RedisValue unwatch(Call& call) {
  call.engine.unwatch(call.connection);
  return RedisValue::status("OK");
}

constexpr CommandSpec kCommands[] = {
    {"discard", 1, kNoScript | kNotQueued, discard}, {"exec", 1, kNoScript | kNotQueued, exec},
    {"multi", 1, kNoScript | kNotQueued, multi},     {"unwatch", 1, kNoScript, unwatch},
    {"watch", -2, kNoScript | kNotQueued, watch},
};

}  // namespace

CommandFamily transaction_commands() {
  return kCommands;
}

}  // namespace fakes::redis
