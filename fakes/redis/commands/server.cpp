// The server as a whole: its time, its data, and what it says of itself.
#include <fmt/format.h>

#include <chrono>

#include "fakes/redis/command.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

RedisValue time(Call& call) {
  const std::int64_t now = call.engine.now_us();
  return RedisValue::array(
      {RedisValue::bulk(std::to_string(now / 1'000'000)), RedisValue::bulk(std::to_string(now % 1'000'000))});
}

void check_flush_mode(const Call& call) {
  if (call.size() > 2 || (call.size() == 2 && !call.is(1, "async") && !call.is(1, "sync"))) fail(kSyntaxError);
}

RedisValue flushall(Call& call) {
  check_flush_mode(call);
  for (int database = 0; database < Keyspace::kDatabases; ++database) call.engine.clear_database(database);
  return RedisValue::status("OK");
}

RedisValue flushdb(Call& call) {
  check_flush_mode(call);
  call.engine.clear_database(call.database);
  return RedisValue::status("OK");
}

RedisValue swapdb(Call& call) {
  const std::int64_t first = call.integer(1, "ERR invalid first DB index");
  const std::int64_t second = call.integer(2, "ERR invalid second DB index");
  const auto is_bad = [](std::int64_t index) { return index < 0 || index >= Keyspace::kDatabases; };
  if (is_bad(first) || is_bad(second)) fail("ERR DB index is out of range");
  if (first == second) return RedisValue::status("OK");
  const int a = static_cast<int>(first), b = static_cast<int>(second);
  for (const int database : {a, b}) call.engine.database_changed(database);
  call.engine.keyspace().swap(a, b);
  for (const int database : {a, b}) call.engine.database_changed(database);
  return RedisValue::status("OK");
}

std::string describe_keyspace(const Keyspace& keyspace) {
  std::string text = "# Keyspace\r\n";
  for (int index = 0; index < Keyspace::kDatabases; ++index) {
    const Keyspace::Database& database = keyspace.database(index);
    if (database.empty()) continue;
    std::size_t expiring = 0;
    for (const auto& [key, object] : database) expiring += object.expires_at_ms ? 1 : 0;
    text += fmt::format("db{}:keys={},expires={},avg_ttl=0\r\n", index, database.size(), expiring);
  }
  return text;
}

struct Section {
  std::string_view name;
  std::string (*describe)(Call&);
};

std::string describe_clients(Call& call) {
  std::size_t blocked = 0;
  for (const auto& [id, connection] : call.engine.connections()) blocked += connection->blocked ? 1 : 0;
  return fmt::format("# Clients\r\nconnected_clients:{}\r\nblocked_clients:{}\r\n", call.engine.connections().size(),
                     blocked);
}

constexpr Section kSections[] = {
    {"server",
     [](Call& call) {
       return fmt::format(
           "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nos:Linux\r\narch_bits:64\r\n"
           "tcp_port:6379\r\nserver_time_usec:{}\r\nuptime_in_seconds:{}\r\n",
           call.engine.now_us(),
           std::chrono::duration_cast<std::chrono::seconds>(call.engine.now().time_since_epoch()).count());
     }},
    {"clients", describe_clients},
    {"memory",
     [](Call&) { return std::string("# Memory\r\nused_memory:0\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"); }},
    {"persistence", [](Call&) { return std::string("# Persistence\r\nloading:0\r\naof_enabled:1\r\n"); }},
    {"replication", [](Call&) { return std::string("# Replication\r\nrole:master\r\nconnected_slaves:0\r\n"); }},
    {"cluster", [](Call&) { return std::string("# Cluster\r\ncluster_enabled:0\r\n"); }},
    {"keyspace", [](Call& call) { return describe_keyspace(call.engine.keyspace()); }},
};

RedisValue info(Call& call) {
  std::string text;
  for (const Section& section : kSections) {
    bool is_wanted = call.size() == 1;
    for (std::size_t i = 1; i < call.size(); ++i) {
      is_wanted |= call.is(i, section.name) || call.is(i, "all") || call.is(i, "default") || call.is(i, "everything");
    }
    if (!is_wanted) continue;
    if (!text.empty()) text += "\r\n";
    text += section.describe(call);
  }
  return RedisValue::bulk(text);
}

struct Setting {
  std::string_view name, value;
};
constexpr Setting kSettings[] = {
    {"appendfsync", "everysec"},        {"appendonly", "yes"},          {"databases", "16"}, {"maxmemory", "0"},
    {"maxmemory-policy", "noeviction"}, {"notify-keyspace-events", ""}, {"save", ""},        {"timeout", "0"},
};

RedisValue config_get(Call& call) {
  std::vector<RedisValue> elements;
  PatternBudget budget;
  for (const Setting& setting : kSettings) {
    bool is_wanted = false;
    for (std::size_t i = 2; i < call.size(); ++i) is_wanted |= matches_pattern(to_lower(call[i]), setting.name, budget);
    if (!is_wanted) continue;
    elements.push_back(RedisValue::bulk(setting.name));
    elements.push_back(RedisValue::bulk(setting.value));
  }
  return call.map(std::move(elements));
}

std::vector<RedisValue> flag_names(std::uint16_t flags) {
  std::vector<RedisValue> names;
  names.push_back(RedisValue::status((flags & kWrite) != 0 ? "write" : "readonly"));
  if ((flags & kNoScript) != 0) names.push_back(RedisValue::status("noscript"));
  if ((flags & kBlocking) != 0) names.push_back(RedisValue::status("blocking"));
  return names;
}

RedisValue describe_command(const CommandSpec& spec) {
  return RedisValue::array({RedisValue::bulk(spec.name), RedisValue::integer_of(spec.arity),
                            RedisValue::array(flag_names(spec.flags)), RedisValue::integer_of(0),
                            RedisValue::integer_of(0), RedisValue::integer_of(0)});
}

bool is_subcommand(const CommandSpec& spec) {
  return spec.name.find('|') != std::string_view::npos;
}

RedisValue command(Call&) {
  RedisValue reply = RedisValue::array({});
  for (const CommandSpec& spec : all_commands()) {
    if (!is_subcommand(spec)) reply.elements.push_back(describe_command(spec));
  }
  return reply;
}

RedisValue command_count(Call& call) {
  return RedisValue::integer_of(static_cast<std::int64_t>(command(call).elements.size()));
}

RedisValue command_info(Call& call) {
  if (call.size() == 2) return command(call);
  RedisValue reply = RedisValue::array({});
  for (std::size_t i = 2; i < call.size(); ++i) {
    const CommandSpec* spec = find_command(call[i]);
    reply.elements.push_back(spec == nullptr ? RedisValue::null() : describe_command(*spec));
  }
  return reply;
}

RedisValue command_docs(Call& call) {
  return call.map({});
}

/// There are no replicas to wait for.
RedisValue wait(Call& call) {
  call.integer(1);
  if (call.integer(2, "ERR timeout is not an integer or out of range") < 0) fail("ERR timeout is negative");
  return RedisValue::integer_of(0);
}

RedisValue no_subcommand(Call&) {
  fail(kSyntaxError);
}

constexpr CommandSpec kCommands[] = {
    {"command", -1, kContainer, command},
    {"command|count", 2, kRead, command_count},
    {"command|docs", -2, kRead, command_docs},
    {"command|info", -2, kRead, command_info},
    {"config", -2, kContainer | kNoScript, no_subcommand},
    {"config|get", -3, kNoScript, config_get},
    {"flushall", -1, kWrite, flushall},
    {"flushdb", -1, kWrite, flushdb},
    {"info", -1, kRead, info},
    {"swapdb", 3, kWrite, swapdb},
    {"time", 1, kRead, time},
    {"wait", 3, kNoScript, wait},
};

}  // namespace

CommandFamily server_commands() {
  return kCommands;
}

}  // namespace fakes::redis
