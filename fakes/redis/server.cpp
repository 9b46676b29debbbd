#include "fakes/redis/server.h"

#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

Snapshot::Snapshot(std::shared_ptr<const Keyspace> data) : data_(std::move(data)) {}
Snapshot::~Snapshot() = default;
Snapshot::Snapshot(const Snapshot&) = default;
Snapshot& Snapshot::operator=(const Snapshot&) = default;

Server::Server(core::WallTime start) : engine_(std::make_unique<Engine>(start)) {}
Server::~Server() = default;

std::unique_ptr<Session> Server::connect(Receiver& receiver) {
  return engine_->connect(receiver);
}

void Server::execute(Session& session, const core::RedisCommand& command, core::SteadyTime now) {
  auto& connection = static_cast<Connection&>(session);
  if (connection.engine == engine_.get()) engine_->execute(connection, command, now);
}

std::optional<core::SteadyTime> Server::next_deadline() const {
  return engine_->next_deadline();
}
void Server::advance(core::SteadyTime now) {
  engine_->advance(now);
}

void Server::set_condition(Condition condition, bool holds) {
  engine_->set_condition(condition, holds);
}

void Server::limit_memory(std::size_t bytes) {
  engine_->limit_memory(bytes);
}
void Server::time_scripts(ScriptTimer& timer) {
  engine_->time_scripts(timer);
}

Snapshot Server::snapshot() const {
  return Snapshot(std::make_shared<const Keyspace>(engine_->keyspace()));
}
void Server::restore(const Snapshot& snapshot) {
  engine_->restart(*snapshot.data_);
}
void Server::flush_scripts() {
  engine_->clear_scripts();
}

namespace {

std::vector<std::string_view> jobs_of(const Script& script, const core::RedisCommand& command) {
  if (!script.job_arguments || command.size() < 3) return {};
  const auto keys = parse_integer(command[2]);
  if (!keys || *keys < 0 || static_cast<std::uint64_t>(*keys) > command.size() - 3) return {};
  const auto [first, step] = *script.job_arguments;
  std::vector<std::string_view> jobs;
  for (std::size_t at = 2 + static_cast<std::size_t>(*keys) + first; at < command.size(); at += step) {
    jobs.push_back(command[at]);
    if (step == 0) break;
  }
  return jobs;
}

template <class T>
const T* value_of(Engine& engine, std::string_view key) {
  const Object* object = engine.keyspace().find(0, key);
  return object == nullptr ? nullptr : object->get_if<T>();
}

}  // namespace

ScriptCall Server::script_call_of(const core::RedisCommand& command) const {
  const Script* script = engine_->script_of(command);
  if (script == nullptr) return {};
  return {script->name, jobs_of(*script, command)};
}

std::optional<std::string_view> Server::text_of(std::string_view key) const {
  const auto* text = value_of<std::string>(*engine_, key);
  return text == nullptr ? std::nullopt : std::optional<std::string_view>(*text);
}

std::optional<std::string_view> Server::field_of(std::string_view hash, std::string_view field) const {
  const auto* fields = value_of<Hash>(*engine_, hash);
  return fields == nullptr ? std::nullopt : fields->find(field);
}

std::optional<double> Server::score_of(std::string_view sorted_set, std::string_view member) const {
  const auto* members = value_of<SortedSet>(*engine_, sorted_set);
  const double* score = members == nullptr ? nullptr : members->score(member);
  return score == nullptr ? std::nullopt : std::optional(*score);
}

std::int64_t Server::now_us() const {
  return engine_->now_us();
}

}  // namespace fakes::redis
