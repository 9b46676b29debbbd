#include "fakes/redis/keyspace.h"

namespace fakes::redis {

Object* Keyspace::find(int database, std::string_view key) {
  Database& keys = at(database);
  if (keys.empty()) return nullptr;
  Database::Entry* const found = keys.find(KeyView(key));
  return found == nullptr ? nullptr : &found->second;
}

Object& Keyspace::insert(int database, std::string_view key, Object object) {
  if (object.expires_at_ms) expiries_.emplace(*object.expires_at_ms, database, key);
  return at(database).insert(KeyView(key), std::move(object)).second;
}

bool Keyspace::erase(int database, std::string_view key) {
  const KeyView view(key);
  const Database::Entry* const found = at(database).find(view);
  if (found == nullptr) return false;
  if (found->second.expires_at_ms) expiries_.erase({*found->second.expires_at_ms, database, std::string(key)});
  return at(database).erase(view);
}

std::optional<Object> Keyspace::take(int database, std::string_view key) {
  Object* object = find(database, key);
  if (object == nullptr) return std::nullopt;
  const std::optional<std::int64_t> expires_at_ms = object->expires_at_ms;
  set_expiry(database, key, std::nullopt);
  Object result = std::move(*object);
  result.expires_at_ms = expires_at_ms;
  erase(database, key);
  return result;
}

void Keyspace::set_expiry(int database, std::string_view key, std::optional<std::int64_t> at_ms) {
  Object& object = *find(database, key);
  if (object.expires_at_ms == at_ms) return;
  if (object.expires_at_ms) expiries_.erase({*object.expires_at_ms, database, std::string(key)});
  if (at_ms) expiries_.emplace(*at_ms, database, key);
  object.expires_at_ms = at_ms;
}

void Keyspace::clear(int database) {
  at(database).clear();
  std::erase_if(expiries_, [&](const auto& expiry) { return std::get<1>(expiry) == database; });
}

void Keyspace::swap(int first, int second) {
  std::swap(at(first), at(second));
  std::set<std::tuple<std::int64_t, int, std::string>> expiries;
  for (auto [at_ms, database, key] : expiries_) {
    expiries.emplace(at_ms, database == first ? second : database == second ? first : database, std::move(key));
  }
  expiries_ = std::move(expiries);
}

std::optional<Keyspace::Due> Keyspace::next_expiry() const {
  if (expiries_.empty()) return std::nullopt;
  const auto& [at_ms, database, key] = *expiries_.begin();
  return Due{at_ms, database, key};
}

}  // namespace fakes::redis
