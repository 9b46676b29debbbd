#include "fakes/redis/command.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/text/text_hash.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisType;
using core::RedisValue;

void fail(std::string_view text) {
  throw ErrorReply{std::string(text)};
}

std::int64_t Call::integer(std::size_t index, std::string_view error) const {
  const auto value = parse_integer(arguments[index]);
  if (!value) fail(error);
  return *value;
}

double Call::number(std::size_t index, std::string_view error) const {
  const auto value = parse_double(arguments[index]);
  if (!value) fail(error);
  return *value;
}

bool Call::is(std::size_t index, std::string_view word) const {
  return equals_ignoring_case(arguments[index], word);
}

Object* Call::find(std::string_view key) const {
  return engine.keyspace().find(database, key);
}

Object& Call::insert(std::string_view key, Object object) const {
  Object& result = engine.keyspace().insert(database, key, std::move(object));
  engine.key_added(database, key);
  return result;
}

void Call::put(std::string_view key, Object object) const {
  if (Object* old = find(key)) {
    engine.keyspace().set_expiry(database, key, object.expires_at_ms);
    old->value = std::move(object.value);
  } else {
    insert(key, std::move(object));
  }
  changed(key);
}

bool Call::erase(std::string_view key) const {
  if (!engine.keyspace().erase(database, key)) return false;
  changed(key);
  return true;
}

void Call::changed(std::string_view key) const {
  engine.key_changed(database, key);
}

std::int64_t Call::now_ms() const {
  return engine.now_ms();
}

RedisValue Call::map(std::vector<RedisValue> elements) const {
  RedisValue result = RedisValue::array(std::move(elements));
  if (protocol == 3) result.type = RedisType::Map;
  return result;
}

RedisValue Call::set(std::vector<RedisValue> elements) const {
  RedisValue result = RedisValue::array(std::move(elements));
  if (protocol == 3) result.type = RedisType::Set;
  return result;
}

RedisValue Call::number_reply(double value) const {
  if (protocol == 2) return RedisValue::bulk(format_double(value));
  RedisValue result;
  result.type = RedisType::Double;
  result.number = value;
  return result;
}

RedisValue Call::null_array() const {
  return protocol == 2 ? RedisValue::null_array() : RedisValue::null();
}

RedisValue Call::wait_for(std::vector<std::string> keys, std::optional<core::Duration> timeout, RedisValue nothing) {
  if (caller != Caller::Client) return nothing;
  is_waiting = true;
  if (!connection.blocked) engine.block(connection, arguments, database, std::move(keys), timeout, null_array());
  return {};
}

namespace {

struct ByName {
  bool operator()(const CommandSpec& a, const CommandSpec& b) const { return a.name < b.name; }
};

// never iterated: its order reaches nothing
using CommandsByName = std::unordered_map<std::string, const CommandSpec*, core::TextHash, std::equal_to<>>;

const std::vector<CommandSpec>& command_table() {
  static const std::vector<CommandSpec> table = [] {
    std::vector<CommandSpec> all;
    for (const CommandFamily family :
         {string_commands(), hash_commands(), list_commands(), blocking_commands(), set_commands(),
          sorted_set_commands(), sorted_set_range_commands(), stream_commands(), key_commands(), transaction_commands(),
          pubsub_commands(), scripting_commands(), connection_commands(), server_commands()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    std::sort(all.begin(), all.end(), ByName());  // total order: names are unique
    return all;
  }();
  return table;
}

std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

/// In the two ways that nearly everybody writes them.
CommandsByName commands_by_name() {
  CommandsByName all;
  for (const CommandSpec& spec : command_table()) {
    all.emplace(spec.name, &spec);
    all.emplace(to_upper(spec.name), &spec);
  }
  return all;
}

}  // namespace

CommandFamily all_commands() {
  return command_table();
}

const CommandSpec* find_command(std::string_view name) {
  static const CommandsByName by_name = commands_by_name();
  auto found = by_name.find(name);
  if (found == by_name.end()) found = by_name.find(to_lower(name));
  return found != by_name.end() ? found->second : nullptr;
}

const CommandSpec* find_subcommand(const CommandSpec& container, std::string_view name) {
  std::string full(container.name);
  full.append("|").append(name);
  return find_command(full);
}

}  // namespace fakes::redis
