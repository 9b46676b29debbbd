// What the engine remembers for clients beside the data, and how much of it.
#include <algorithm>
#include <utility>

#include "fakes/redis/engine.h"

namespace fakes::redis {

using core::RedisCommand;

namespace {

// What clients may have the server remember of them. Redis has no bounds of its own there.
constexpr std::size_t kMaxWatched = 10'000;  // By one connection.
constexpr std::size_t kMaxSubscriptionsOfOne = 10'000;
constexpr std::size_t kMaxSubscriptions = 100'000;
constexpr std::size_t kMaxNameBytes = 64UL * 1024 * 1024;     // Of all keys that are watched, or of all subscriptions.
constexpr std::size_t kMaxQueuedBytes = 256UL * 1024 * 1024;  // In all transactions that have begun.
constexpr std::size_t kMaxScriptBytes = 64UL * 1024 * 1024;

}  // namespace

bool Engine::may_watch(const Connection& connection, std::size_t count, std::size_t bytes) const {
  return connection.watched.size() + count <= kMaxWatched && watched_bytes_ + bytes <= kMaxNameBytes;
}

bool Engine::may_subscribe(const Connection& connection, std::size_t count, std::size_t bytes) const {
  const std::size_t own = connection.channels.size() + connection.patterns.size();
  return own + count <= kMaxSubscriptionsOfOne && subscriptions_ + count <= kMaxSubscriptions &&
         subscribed_bytes_ + bytes <= kMaxNameBytes;
}

bool Engine::has_subscribed(Connection& connection, const std::string& name, bool is_pattern) const {
  if (is_pattern) {
    return std::find(connection.patterns.begin(), connection.patterns.end(), name) != connection.patterns.end();
  }
  const auto found = channels_.find(name);
  if (found == channels_.end()) return false;
  return std::find(found->second.begin(), found->second.end(), &connection) != found->second.end();
}

bool Engine::queue(Connection& connection, const RedisCommand& command) {
  std::size_t bytes = sizeof(command);
  for (const std::string& argument : command) bytes += sizeof(argument) + argument.size();
  if (queued_bytes_ + bytes > kMaxQueuedBytes) return false;
  connection.queued.push_back(command);
  connection.queued_bytes += bytes;
  queued_bytes_ += bytes;
  return true;
}

void Engine::forget_queued(Connection& connection) {
  connection.queued.clear();
  queued_bytes_ -= std::exchange(connection.queued_bytes, 0);
}

bool Engine::keep_script(const ScriptPointer& script) {
  if (scripts_.contains(script->sha)) return true;
  if (script_bytes_ + script->text.size() > kMaxScriptBytes) return false;
  script_bytes_ += script->text.size();
  scripts_.emplace(script->sha, script);
  return true;
}

void Engine::clear_scripts() {
  scripts_.clear();
  script_bytes_ = 0;
}

}  // namespace fakes::redis
