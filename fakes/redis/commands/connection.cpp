// A connection's own matters: greeting, protocol version, name, database, and the other connections as CLIENT sees
// them.
#include <fmt/format.h>

#include <algorithm>

#include "fakes/redis/command.h"
#include "fakes/redis/commands/transaction.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

RedisValue ping(Call& call) {
  if (call.size() > 2) fail("ERR wrong number of arguments for 'ping' command");
  const std::string_view message = call.size() == 2 ? std::string_view(call[1]) : std::string_view();
  if (call.connection.in_subscribed_mode() && call.caller == Caller::Client) {
    return RedisValue::array({RedisValue::bulk("pong"), RedisValue::bulk(message)});
  }
  return call.size() == 2 ? RedisValue::bulk(message) : RedisValue::status("PONG");
}

RedisValue echo(Call& call) {
  return RedisValue::bulk(call[1]);
}

RedisValue select(Call& call) {
  const std::int64_t database = call.integer(1);
  if (database < 0 || database >= Keyspace::kDatabases) fail("ERR DB index is out of range");
  call.database = static_cast<int>(database);
  return RedisValue::status("OK");
}

RedisValue quit(Call& call) {
  call.connection.closing = true;
  return RedisValue::status("OK");
}

RedisValue reset(Call& call) {
  Connection& connection = call.connection;
  end_transaction(call);
  while (!connection.channels.empty())
    call.engine.unsubscribe(connection, std::string(connection.channels.back()), false);
  while (!connection.patterns.empty())
    call.engine.unsubscribe(connection, std::string(connection.patterns.back()), true);
  connection.database = 0;
  connection.protocol = 2;
  connection.name.clear();
  return RedisValue::status("RESET");
}

/// This server has no passwords: the default user is let in with any, as Redis' default user is.
RedisValue auth(Call& call) {
  if (call.size() > 3) fail(kSyntaxError);
  if (call.size() == 2) {
    fail(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?");
  }
  if (call[1] != "default") fail("WRONGPASS invalid username-password pair or user is disabled.");
  return RedisValue::status("OK");
}

void check_name(const std::string& name, std::string_view what) {
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
  if (!is_plain) fail(fmt::format("ERR {} cannot contain spaces, newlines or special characters.", what));
}

RedisValue hello(Call& call) {
  int protocol = call.connection.protocol;
  std::size_t index = 1;
  if (call.size() > 1) {
    const std::int64_t version = call.integer(index++, "ERR Protocol version is not an integer or out of range");
    if (version != 2 && version != 3) fail("NOPROTO unsupported protocol version");
    protocol = static_cast<int>(version);
  }
  std::optional<std::string> name;
  for (; index < call.size(); ++index) {
    if (call.is(index, "auth") && index + 2 < call.size()) {
      if (call[index + 1] != "default") fail("WRONGPASS invalid username-password pair or user is disabled.");
      index += 2;
    } else if (call.is(index, "setname") && index + 1 < call.size()) {
      check_name(call[++index], "Client names");
      name = call[index];
    } else {
      fail(fmt::format("ERR Syntax error in HELLO option '{}'", call[index]));
    }
  }
  if (name) call.connection.name = *name;
  call.connection.protocol = protocol;
  const auto text = [](std::string_view value) { return RedisValue::bulk(value); };
  return call.map({text("server"), text("redis"), text("version"), text("7.0.15"), text("proto"),
                   RedisValue::integer_of(protocol), text("id"), RedisValue::integer_of(call.connection.number),
                   text("mode"), text("standalone"), text("role"), text("master"), text("modules"),
                   RedisValue::array({})});
}

RedisValue client_id(Call& call) {
  return RedisValue::integer_of(call.connection.number);
}

RedisValue client_setname(Call& call) {
  check_name(call[2], "Client names");
  call.connection.name = call[2];
  return RedisValue::status("OK");
}

RedisValue client_getname(Call& call) {
  return call.connection.name.empty() ? RedisValue::null() : RedisValue::bulk(call.connection.name);
}

RedisValue client_setinfo(Call& call) {
  const bool is_name = call.is(2, "lib-name");
  if (!is_name && !call.is(2, "lib-ver")) fail(fmt::format("ERR Unrecognized option '{}'", call[2]));
  check_name(call[3], call[2]);
  (is_name ? call.connection.library_name : call.connection.library_version) = call[3];
  return RedisValue::status("OK");
}

std::string describe(const Connection& connection) {
  const bool subscribes = !connection.channels.empty() || !connection.patterns.empty();
  std::string flags;
  if (connection.blocked) flags += 'b';
  if (subscribes) flags += 'P';
  if (connection.in_transaction) flags += 'x';
  if (flags.empty()) flags = "N";
  return fmt::format(
      "id={} addr=127.0.0.1:0 laddr=127.0.0.1:6379 fd=0 name={} age=0 idle=0 flags={} db={} sub={} psub={} "
      "multi={} resp={} lib-name={} lib-ver={}\n",
      connection.number, connection.name, flags, connection.database, connection.channels.size(),
      connection.patterns.size(), connection.in_transaction ? static_cast<int>(connection.queued.size()) : -1,
      connection.protocol, connection.library_name, connection.library_version);
}

RedisValue client_info(Call& call) {
  return RedisValue::bulk(describe(call.connection));
}

RedisValue client_list(Call& call) {
  std::string text;
  for (const auto& [id, connection] : call.engine.connections()) text += describe(*connection);
  return RedisValue::bulk(text);
}

RedisValue client_on_off(Call& call) {
  if (!call.is(2, "on") && !call.is(2, "off")) fail(kSyntaxError);
  return RedisValue::status("OK");
}

RedisValue client_unblock(Call& call) {
  if (call.size() > 4) fail(kSyntaxError);
  const bool with_error = call.size() == 4 && call.is(3, "error");
  if (call.size() == 4 && !with_error && !call.is(3, "timeout")) {
    fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const auto found = call.engine.connections().find(call.integer(2));
  if (found == call.engine.connections().end() || !found->second->blocked) return RedisValue::integer_of(0);
  RedisValue reply =
      with_error ? RedisValue::error("UNBLOCKED client unblocked via CLIENT UNBLOCK") : found->second->blocked->nothing;
  call.engine.unblock(*found->second, std::move(reply));
  return RedisValue::integer_of(1);
}

RedisValue no_subcommand(Call&) {
  fail(kSyntaxError);
}

constexpr CommandSpec kCommands[] = {
    {"auth", -2, kNoScript, auth},
    {"client", -2, kContainer | kNoScript, no_subcommand},
    {"client|getname", 2, kNoScript, client_getname},
    {"client|id", 2, kNoScript, client_id},
    {"client|info", 2, kNoScript, client_info},
    {"client|list", -2, kNoScript, client_list},
    {"client|no-evict", 3, kNoScript, client_on_off},
    {"client|no-touch", 3, kNoScript, client_on_off},
    {"client|setinfo", 4, kNoScript, client_setinfo},
    {"client|setname", 3, kNoScript, client_setname},
    {"client|unblock", -3, kNoScript, client_unblock},
    {"echo", 2, kRead, echo},
    {"hello", -1, kNoScript, hello},
    {"ping", -1, kWhileSubscribed, ping},
    {"quit", -1, kNoScript | kWhileSubscribed | kNotQueued, quit},
    {"reset", 1, kNoScript | kWhileSubscribed | kNotQueued, reset},
    {"select", 2, kRead, select},
};

}  // namespace

CommandFamily connection_commands() {
  return kCommands;
}

}  // namespace fakes::redis
