#include "fakes/redis/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fakes/redis/commands/transaction.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisCommand;
using core::RedisValue;
using core::SteadyTime;

Connection::~Connection() {
  if (engine != nullptr) engine->disconnect(*this);
}

Engine::~Engine() {
  for (const auto& [id, connection] : connections_) connection->engine = nullptr;
}

std::unique_ptr<Session> Engine::connect(Receiver& receiver) {
  auto connection = std::make_unique<Connection>(*this, receiver, next_connection_++);
  connections_.emplace(connection->number, connection.get());
  return connection;
}

void Engine::disconnect(Connection& connection) {
  forget_block(connection);
  unwatch(connection);
  forget_queued(connection);
  while (!connection.channels.empty()) unsubscribe(connection, std::string(connection.channels.back()), false);
  while (!connection.patterns.empty()) unsubscribe(connection, std::string(connection.patterns.back()), true);
  connections_.erase(connection.number);
}

void Engine::restart(Keyspace keyspace) {
  for (const auto& [id, connection] : connections_) connection->engine = nullptr;
  connections_.clear();
  watchers_.clear();
  waiting_.clear();
  deadlines_.clear();
  ready_.clear();
  is_ready_.clear();
  unblocked_.clear();
  channels_.clear();
  patterns_.clear();
  clear_scripts();
  queued_bytes_ = watched_bytes_ = subscriptions_ = subscribed_bytes_ = 0;
  keyspace_ = std::move(keyspace);
}

void Engine::set_time(SteadyTime now) {
  now_ = now;
  const std::int64_t ns = (start_ + now.time_since_epoch()).time_since_epoch().count();
  now_us_ = ns / 1000 + (ns % 1000 > 0 ? 1 : 0);
  while (keyspace_.has_expired(now_ms())) {
    const Keyspace::Due due = *keyspace_.next_expiry();
    keyspace_.erase(due.database, due.key);
    key_changed(due.database, due.key);
  }
}

void Engine::execute(Connection& connection, const RedisCommand& command, SteadyTime now) {
  set_time(now);
  if (connection.blocked) {
    connection.postponed.push_back(command);
    return;
  }
  dispatch(connection, command);
  run_postponed();
}

void Engine::dispatch(Connection& connection, const RedisCommand& command) {
  if (auto reply = reply_to(connection, command)) connection.receiver.on_reply(*std::move(reply));
  if (!ready_.empty()) serve_waiting();
}

const CommandSpec* Engine::look_up(const RedisCommand& command, std::string& error) const {
  const CommandSpec* spec = find_command(command[0]);
  if (spec == nullptr) {
    std::string arguments;
    for (std::size_t i = 1; i < command.size() && arguments.size() < 128; ++i) {
      arguments += fmt::format("'{}' ", std::string_view(command[i]).substr(0, 128 - arguments.size()));
    }
    error = fmt::format("ERR unknown command '{}', with args beginning with: {}",
                        std::string_view(command[0]).substr(0, 128), arguments);
    return nullptr;
  }
  if ((spec->flags & kContainer) != 0 && command.size() > 1) {
    const CommandSpec* subcommand = find_subcommand(*spec, command[1]);
    if (subcommand == nullptr) {
      std::string upper(spec->name);
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      error =
          fmt::format("ERR unknown subcommand '{}'. Try {} HELP.", std::string_view(command[1]).substr(0, 128), upper);
      return nullptr;
    }
    spec = subcommand;
  }
  if (!spec->accepts(command.size())) {
    error = fmt::format("ERR wrong number of arguments for '{}' command", spec->name);
    return nullptr;
  }
  return spec;
}

std::optional<RedisValue> Engine::reply_to(Connection& connection, const RedisCommand& command) {
  std::string error;
  const CommandSpec* spec = look_up(command, error);
  if (spec == nullptr) {
    connection.transaction_is_broken |= connection.in_transaction;
    return RedisValue::error(error);
  }
  Call call{*this, connection, command, connection.database, connection.protocol};
  if (const char* refusal = refusal_of(connection, *spec, command)) {
    if (spec->name == "exec") {
      end_transaction(call);
      return RedisValue::error(fmt::format("EXECABORT Transaction discarded because of: {}", refusal));
    }
    connection.transaction_is_broken |= connection.in_transaction;
    return RedisValue::error(refusal);
  }
  if (connection.in_subscribed_mode() && (spec->flags & kWhileSubscribed) == 0) {
    return RedisValue::error(fmt::format(
        "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
        "this context",
        spec->name));
  }
  if (connection.in_transaction && (spec->flags & kNotQueued) == 0) {
    if (queue(connection, command)) return RedisValue::status("QUEUED");
    connection.transaction_is_broken = true;
    return RedisValue::error(kOutOfMemory);
  }
  RedisValue reply = run(*spec, call);
  if (call.is_waiting) return std::nullopt;
  return reply;
}

std::uint16_t Engine::flags_of(const CommandSpec& spec, const RedisCommand& command) const {
  constexpr std::uint16_t kBoth = static_cast<std::uint16_t>(kWrite) | static_cast<std::uint16_t>(kDenyOom);
  if (spec.name != "eval" && spec.name != "evalsha") return spec.flags & kBoth;
  const Script* script = script_of(command);
  if (script == nullptr || !script->has_flags || script->is_read_only) return 0;
  return script->allows_oom ? static_cast<std::uint16_t>(kWrite) : kBoth;
}

const char* Engine::refusal_of(const Connection& connection, const CommandSpec& spec,
                               const RedisCommand& command) const {
  if (!refuses_memory() && !refuses_writes()) return nullptr;
  std::uint16_t flags = flags_of(spec, command);
  const bool ends_transaction = spec.name == "exec" || spec.name == "discard" || spec.name == "reset";
  std::string ignored;
  for (const RedisCommand& queued : connection.queued) {
    if (spec.name == "exec") flags |= flags_of(*look_up(queued, ignored), queued);
  }
  // What is only queued needs memory, too.
  if (connection.in_transaction && !ends_transaction && spec.name != "quit") flags |= kDenyOom;
  if (refuses_memory() && (flags & kDenyOom) != 0) return kOutOfMemory;
  if (refuses_writes() && (flags & kWrite) != 0) return kReadOnly;
  return nullptr;
}

RedisValue Engine::run(const CommandSpec& spec, Call& call) {
  try {
    const bool may_add = (spec.flags & kDenyOom) != 0;
    if (may_add && !memory_limit_.admits(call, spec, keyspace_)) return RedisValue::error(kOutOfMemory);
    return spec.handler(call);
  } catch (ErrorReply& error) {
    return RedisValue::error(error.text);
  }
}

void Engine::key_added(int database, std::string_view key) {
  if (waiting_.empty()) return;
  DatabaseKey added(database, key);
  if (waiting_.contains(added) && is_ready_.insert(added).second) ready_.push_back(std::move(added));
}

void Engine::key_changed(int database, std::string_view key) {
  if (watchers_.empty()) return;
  const auto found = watchers_.find(DatabaseKey(database, key));
  if (found == watchers_.end()) return;
  for (Connection* connection : found->second) connection->watched_key_changed = true;
}

void Engine::database_changed(int database) {
  for (const auto& [key, connections] : watchers_) {
    if (key.first == database && keyspace_.find(database, key.second) != nullptr) key_changed(database, key.second);
  }
  for (const auto& [key, connections] : waiting_) {
    if (key.first == database && keyspace_.find(database, key.second) != nullptr) key_added(database, key.second);
  }
}

void Engine::clear_database(int database) {
  database_changed(database);
  keyspace_.clear(database);
}

void Engine::watch(Connection& connection, int database, const std::string& key) {
  DatabaseKey watched(database, key);
  if (std::find(connection.watched.begin(), connection.watched.end(), watched) != connection.watched.end()) return;
  watchers_[watched].push_back(&connection);
  watched_bytes_ += key.size();
  connection.watched.push_back(std::move(watched));
}

void Engine::unwatch(Connection& connection) {
  for (const DatabaseKey& key : connection.watched) {
    const auto found = watchers_.find(key);
    std::erase(found->second, &connection);
    if (found->second.empty()) watchers_.erase(found);
    watched_bytes_ -= key.second.size();
  }
  connection.watched.clear();
  connection.watched_key_changed = false;
}

void Engine::block(Connection& connection, const RedisCommand& command, int database, std::vector<std::string> keys,
                   std::optional<core::Duration> timeout, RedisValue nothing) {
  Blocked blocked;
  blocked.command = command;
  blocked.database = database;
  blocked.deadline = timeout ? core::saturating_add(now_, *timeout) : SteadyTime::max();
  blocked.ordinal = next_block_++;
  blocked.nothing = std::move(nothing);
  std::set<std::string> seen;
  for (std::string& key : keys) {
    if (keys.size() > 1 && !seen.insert(key).second) continue;
    waiting_[DatabaseKey(database, key)].push_back(&connection);
    blocked.keys.push_back(std::move(key));
  }
  if (blocked.deadline != SteadyTime::max()) {
    deadlines_.emplace(std::pair(blocked.deadline, blocked.ordinal), &connection);
  }
  connection.blocked = std::move(blocked);
}

void Engine::forget_block(Connection& connection) {
  std::erase(unblocked_, &connection);
  if (!connection.blocked) return;
  const Blocked& blocked = *connection.blocked;
  for (const std::string& key : blocked.keys) {
    const auto found = waiting_.find(DatabaseKey(blocked.database, key));
    std::erase(found->second, &connection);
    if (found->second.empty()) waiting_.erase(found);
  }
  deadlines_.erase({blocked.deadline, blocked.ordinal});
  connection.blocked.reset();
}

void Engine::unblock(Connection& connection, RedisValue reply) {
  forget_block(connection);
  if (!connection.postponed.empty()) unblocked_.push_back(&connection);
  connection.receiver.on_reply(std::move(reply));
}

void Engine::serve_waiting() {
  while (!ready_.empty()) {  // Serving one may make another key ready.
    std::vector<DatabaseKey> ready;
    ready.swap(ready_);
    is_ready_.clear();
    for (const DatabaseKey& key : ready) serve_key(key);
  }
}

void Engine::serve_key(const DatabaseKey& key) {
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) return;
  const std::vector<Connection*> in_order = found->second;
  for (Connection* connection : in_order) {
    if (keyspace_.find(key.first, key.second) == nullptr) return;
    const CommandSpec* spec = find_command(connection->blocked->command[0]);
    int database = connection->blocked->database;
    Call call{*this, *connection, connection->blocked->command, database, connection->protocol};
    call.ready_key = key.second;
    RedisValue reply = run(*spec, call);
    // A key of a type that the command does not want is no reason to stop waiting.
    const bool goes_on = call.is_waiting || (reply.is_error() && reply.text == kWrongType);
    if (!goes_on) unblock(*connection, std::move(reply));
  }
}

void Engine::run_postponed() {
  while (!unblocked_.empty()) {
    Connection& connection = *unblocked_.front();
    unblocked_.erase(unblocked_.begin());
    while (!connection.blocked && !connection.postponed.empty()) {
      const RedisCommand command = std::move(connection.postponed.front());
      connection.postponed.pop_front();
      dispatch(connection, command);
    }
  }
}

std::optional<SteadyTime> Engine::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first.first;
}

void Engine::advance(SteadyTime now) {
  set_time(now);
  while (!deadlines_.empty() && deadlines_.begin()->first.first <= now) {
    Connection& connection = *deadlines_.begin()->second;
    RedisValue nothing = std::move(connection.blocked->nothing);
    unblock(connection, std::move(nothing));
  }
  run_postponed();
}

bool Engine::subscribe(Connection& connection, const std::string& name, bool is_pattern) {
  auto& names = is_pattern ? connection.patterns : connection.channels;
  if (has_subscribed(connection, name, is_pattern)) return false;
  names.push_back(name);
  ++subscriptions_;
  subscribed_bytes_ += name.size();
  if (!is_pattern) {
    channels_[name].push_back(&connection);
    return true;
  }
  const auto found =
      std::find_if(patterns_.begin(), patterns_.end(), [&](const auto& entry) { return entry.first == name; });
  if (found != patterns_.end()) {
    found->second.push_back(&connection);
  } else {
    patterns_.emplace_back(name, std::vector{&connection});
  }
  return true;
}

bool Engine::unsubscribe(Connection& connection, const std::string& name, bool is_pattern) {
  if (std::erase(is_pattern ? connection.patterns : connection.channels, name) == 0) return false;
  --subscriptions_;
  subscribed_bytes_ -= name.size();
  if (is_pattern) {
    const auto found =
        std::find_if(patterns_.begin(), patterns_.end(), [&](const auto& entry) { return entry.first == name; });
    std::erase(found->second, &connection);
    if (found->second.empty()) patterns_.erase(found);
  } else {
    const auto found = channels_.find(name);
    std::erase(found->second, &connection);
    if (found->second.empty()) channels_.erase(found);
  }
  return true;
}

namespace {

void push(Connection& connection, std::initializer_list<std::string_view> parts) {
  RedisValue message = RedisValue::array({});
  if (connection.protocol == 3) message.type = core::RedisType::Push;
  for (const std::string_view part : parts) message.elements.push_back(RedisValue::bulk(part));
  connection.receiver.on_push(std::move(message));
}

}  // namespace

std::int64_t Engine::publish(const std::string& channel, const std::string& message) {
  std::int64_t receivers = 0;
  if (const auto found = channels_.find(channel); found != channels_.end()) {
    for (Connection* connection : found->second) push(*connection, {"message", channel, message}), ++receivers;
  }
  PatternBudget budget;
  for (const auto& [pattern, connections] : patterns_) {
    if (!matches_pattern(pattern, channel, budget)) continue;
    for (Connection* connection : connections) {
      push(*connection, {"pmessage", pattern, channel, message});
      ++receivers;
    }
  }
  return receivers;
}

ScriptPointer Engine::find_script(std::string_view sha) const {
  auto found = scripts_.find(sha);
  if (found == scripts_.end()) found = scripts_.find(to_lower(sha));
  return found == scripts_.end() ? nullptr : found->second;
}

const Script* Engine::script_of(const RedisCommand& command) const {
  if (command.size() < 2) return nullptr;
  const bool by_sha = equals_ignoring_case(command[0], "evalsha") || equals_ignoring_case(command[0], "evalsha_ro");
  if (by_sha) return find_script(command[1]).get();
  const bool by_text = equals_ignoring_case(command[0], "eval") || equals_ignoring_case(command[0], "eval_ro");
  // The thread's memory of scripts holds it until many others have come.
  return by_text ? script_of_text(command[1]).get() : nullptr;
}

}  // namespace fakes::redis
