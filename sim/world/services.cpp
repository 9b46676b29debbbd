#include "sim/world/services.h"

#include <fmt/compile.h>
#include <xxhash.h>

#include <algorithm>

#include "core/queue/script_text.h"
#include "core/text/compose.h"
#include "core/tools/all_tools.h"
#include "fakes/redis/script_info.h"
#include "sim/world/redis_connection.h"

namespace sim {

namespace {

fakes::GitHubOptions github_options(const Scenario& scenario, const fakes::JwtVerifier& verifier) {
  fakes::GitHubOptions options;
  if (scenario.github_app) options.app_id = scenario.github_app->id;
  options.verifier = &verifier;
  options.api_url = scenario.config.github.url;
  options.forms = scenario.forms;
  return options;
}

/// "claim", "renew", ...; empty for any other command.
std::string_view queue_script_of(const core::RedisCommand& command) {
  if (command.size() < 2) return {};
  if (command[0] == "EVAL") return fakes::redis::script_name(command[1]);
  if (command[0] != "EVALSHA") return {};
  for (const core::Script* script : core::kQueueScripts) {
    if (command[1] == script->sha1) return script->name;
  }
  return {};
}

}  // namespace

std::string StandInSignature::signature_of(std::string_view signing_input) const {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(signing_input.data(), signing_input.size(), key_);
  std::string signature(16, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    signature[i] = static_cast<char>(hash.low64 >> (8 * i));
    signature[8 + i] = static_cast<char>(hash.high64 >> (8 * i));
  }
  return signature;
}

std::string SimSecrets::draw(std::string_view name) {
  const core::Random drawn = random_.fork(name);
  return core::compose(FMT_COMPILE("{:016x}{:016x}"), drawn.bits(0), drawn.bits(1));
}

boost::system::result<std::string, core::SigningError> StandInSignature::sign(std::string_view signing_input) {
  return {boost::system::in_place_value, signature_of(signing_input)};
}

bool StandInSignature::verify(std::string_view signing_input, std::string_view signature) const {
  return signature == signature_of(signing_input);
}

struct RedisHost::Looker final : fakes::redis::Receiver {
  explicit Looker(fakes::redis::Server& server) : session(server.connect(*this)) {}

  core::RedisValue reply;
  std::unique_ptr<fakes::redis::Session> session;
  void on_reply(core::RedisValue value) override { reply = std::move(value); }
  void on_push(core::RedisValue) override {}
};

RedisHost::RedisHost(Kernel& kernel, const Scenario& scenario, const core::Random& random)
    : kernel_(kernel),
      server_(scenario.start),
      faults_(scenario.redis, random.fork("redis")),
      counts_commands_(!scenario.redis.empty() || !scenario.world.empty()) {}

RedisHost::~RedisHost() = default;

void RedisHost::count_command(std::string_view runner) {
  if (!counts_commands_) return;
  const auto known = commands_.find(runner);
  ++(known != commands_.end() ? known : commands_.emplace(runner, 0).first)->second;
}

void RedisHost::execute(fakes::redis::Session& session, const core::RedisCommand& command) {
  server_.execute(session, command, kernel_.now());
  plan_deadline();
}

void RedisHost::tell_of_script(const core::RedisCommand& command) const {
  if (!on_script_) return;
  const fakes::redis::ScriptCall call = server_.script_call_of(command);
  if (!call.script.empty()) on_script_(call, command);
}

void RedisHost::plan_deadline() {
  const auto next = server_.next_deadline();
  if (!next || (planned_ && *planned_ <= *next)) return;
  planned_ = next;
  kernel_.schedule_at(*next, [this] {
    planned_.reset();
    server_.advance(kernel_.now());
    plan_deadline();
  });
}

void RedisHost::tell(std::string_view runner, std::uint64_t connection, const core::RedisCommand& command,
                     core::SteadyTime sent, const core::RedisResult* result) {
  if (watch_ == nullptr) return;
  RedisCall call{runner, connection, queue_script_of(command), command, sent, kernel_.now()};
  if (result == nullptr) return watch_->on_redis_sent(call);
  if (result->has_value()) call.reply = &**result;
  watch_->on_redis_answered(call);
}

void RedisHost::tell_connected(const Process& process) {
  if (watch_ == nullptr) return;
  const auto open = std::ranges::count_if(
      connections_, [&process](const SimRedisConnection* each) { return &each->process() == &process; });
  watch_->on_redis_connected(process.name(), kernel_.now(), static_cast<std::size_t>(open));
}

void RedisHost::tell_pushed(std::string_view runner, const core::RedisValue& push) {
  // What is told of limits wakes nobody.
  const bool is_message =
      push.elements.size() == 3 && push.elements[0].text == "message" && !push.elements[1].text.ends_with("wake:holds");
  if (watch_ != nullptr && is_message) watch_->on_redis_pushed(runner, push.elements[2].text, kernel_.now());
}

void RedisHost::drop_connections() {
  // Losing a connection takes it off the list.
  const std::vector<SimRedisConnection*> connections = connections_;
  for (SimRedisConnection* connection : connections) connection->end_by_server();
}

void RedisHost::limit(fakes::redis::Condition condition, core::SteadyTime until) {
  core::SteadyTime& end = limited_until_[static_cast<std::size_t>(condition)];
  end = std::max(end, until);
  server_.set_condition(condition, true);
  kernel_.schedule_at(until, [this, condition, &end] {
    if (kernel_.now() >= end) server_.set_condition(condition, false);
  });
}

void RedisHost::end_partition(std::string_view machine) {
  const std::vector<SimRedisConnection*> connections = connections_;
  for (SimRedisConnection* connection : connections) {
    if (connection->process().name() == machine) connection->let_through();
  }
}

void RedisHost::go_down(std::optional<core::SteadyTime> back_to) {
  up_ = false;
  looker_.reset();
  drop_connections();
  backups_.restart(server_, back_to);
}

core::RedisValue RedisHost::look(const core::RedisCommand& command) {
  if (!looker_) looker_ = std::make_unique<Looker>(server_);
  server_.execute(*looker_->session, command, kernel_.now());
  return std::move(looker_->reply);
}

Links& Services::links_of(std::string_view machine) {
  const auto known = links.find(machine);
  return known != links.end() ? known->second : links.emplace(machine, Links{}).first->second;
}

Services::Services(Kernel& world_kernel, const Scenario& scenario)
    : kernel(world_kernel),
      random(scenario.seed),
      signature(random),
      llm_url(scenario.config.llm.base_url()),
      github_url(scenario.config.github.url),
      llm(scenario.llm, random.fork("llm"), scenario.forms, &core::tool_examples()),
      github(github_options(scenario, signature), scenario.github, random.fork("github")),
      redis(world_kernel, scenario, random) {
  for (const auto& [issue, existing] : scenario.github_state.comments) {
    github.add_existing(issue, existing, scenario.start);
  }
}

}  // namespace sim
