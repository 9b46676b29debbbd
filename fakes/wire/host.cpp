#include "fakes/wire/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/json/escape.h"
#include "core/random/random.h"
#include "fakes/github/github.h"
#include "fakes/http_text.h"
#include "fakes/llm/llm.h"
#include "fakes/redis/backups.h"
#include "fakes/wire/own_page_guard.h"

namespace fakes::wire {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Redis' own limit, after which it says that it is busy, and goes on. Here the script is ended.
class RealScriptTimer final : public redis::ScriptTimer {
 public:
  void start() override { began_ = Clock::now(); }
  bool is_over() override { return Clock::now() - began_ > kMostScriptTime; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point began_;
};

}  // namespace

/// All that a start begins anew. The random branches are those of a simulated world: a rule's draws are the same.
struct Host::Fakes {
  Fakes(const HostOptions& options, core::WallTime start)
      : llm(options.llm, core::Random(options.seed).fork("llm"), options.forms, options.tool_examples),
        github(options.github_app, options.github, core::Random(options.seed).fork("github")),
        redis(start),
        redis_faults(options.redis, core::Random(options.seed).fork("redis")) {
    for (const auto& [issue, existing] : options.github_comments) github.add_existing(issue, existing, start);
    redis.limit_memory(kMostRedisBytes);
    redis.time_scripts(script_timer);
  }

  Llm llm;
  GitHub github;
  RealScriptTimer script_timer;
  redis::Server redis;
  redis::Faults redis_faults;
  redis::Backups backups;
};

Host::Host(boost::asio::io_context& context, HostOptions options)
    : context_(context),
      options_(std::move(options)),
      log_(options_.log),
      fakes_(std::make_unique<Fakes>(options_, clock_.wall_now())),
      redis_relay_(options_.redis_upstream ? std::make_unique<RedisRelay>(context, *options_.redis_upstream) : nullptr),
      redis_timer_(context) {}

Host::~Host() = default;

void Host::start() {
  ++era_;
  close_redis_sessions();
  clock_.restart();
  log_.clear();
  planned_.clear();
  redis_deadline_.reset();
  redis_timer_.cancel();
  redis_limited_until_ = {};
  fakes_ = std::make_unique<Fakes>(options_, clock_.wall_now());
  if (redis_restarts_ > 0) come_up(redis_restarts_);
  plan_events();
}

Host::Opened Host::open_http(Service service, std::unique_ptr<Listener>& listener, const Endpoint& endpoint) {
  listener = std::make_unique<Listener>(context_, [this, service](Listener::Socket socket, ConnectionSlot slot) {
    start_http_session(std::move(socket), std::move(slot), service, shared_from_this());
  });
  return listener->open(endpoint);
}

Host::Opened Host::listen_for_redis(const Endpoint& endpoint, redis::MeetRules meets_rules) {
  const auto on_client = [this, meets_rules](Listener::Socket socket, ConnectionSlot slot) {
    std::make_shared<RedisSession>(std::move(socket), std::move(slot), shared_from_this(), meets_rules)->start();
  };
  const auto on_refused = [](Listener::Socket& socket) {
    static constexpr std::string_view kTooMany = "-ERR max number of clients reached\r\n";
    error_code ignored;
    socket.write_some(boost::asio::buffer(kTooMany), ignored);
  };
  redis_listeners_.push_back(std::make_unique<Listener>(context_, on_client, on_refused));
  return redis_listeners_.back()->open(endpoint);
}

void Host::plan(core::SteadyTime at, std::function<void()> action) {
  auto& timer = planned_.emplace_back(std::make_unique<boost::asio::steady_timer>(context_, clock_.machine_time(at)));
  timer->async_wait([this, era = era_, action = std::move(action)](const error_code& error) {
    if (!error && era == era_) action();
  });
}

void Host::plan_events() {
  for (const HostEvent& event : options_.events) {
    const auto* restart = std::get_if<RestartRedis>(&event.action);
    if (restart == nullptr || restart->lose == core::Duration::zero()) continue;
    // Under the time that it is planned for: the restart looks for it there.
    const core::SteadyTime at = event.at - restart->lose;
    plan(at, [this, at] { fakes_->backups.keep(fakes_->redis, at); });
  }
  for (const HostEvent& event : options_.events) {
    if (const auto* shift = std::get_if<ShiftWallClock>(&event.action)) {
      plan(event.at, [this, by = shift->by] { clock_.shift_wall_clock(by); });
    } else if (const auto* restart = std::get_if<RestartRedis>(&event.action)) {
      plan(event.at, [this, restart, at = event.at] { restart_redis(*restart, at); });
    } else if (const auto* limit = std::get_if<LimitRedis>(&event.action)) {
      plan(event.at, [this, limit, at = event.at] { limit_redis(*limit, at); });
    }
  }
}

void Host::restart_redis(const RestartRedis& restart, core::SteadyTime at) {
  const bool loses = restart.lose > core::Duration::zero();
  const bool stays_down = restart.down > core::Duration::zero();
  for (const auto& listener : redis_listeners_) {
    if (stays_down) listener->close();
  }
  close_redis_sessions();
  redis_timer_.cancel();
  redis_deadline_.reset();
  if (!redis_relay_) fakes_->backups.restart(fakes_->redis, loses ? std::optional(at - restart.lose) : std::nullopt);
  ++redis_restarts_;
  if (!stays_down) return come_up(redis_restarts_);
  plan(core::saturating_add(at, restart.down), [this, number = redis_restarts_] { come_up(number); });
}

/// Where it is so already, until the later of the two ends.
void Host::limit_redis(const LimitRedis& limit, core::SteadyTime at) {
  core::SteadyTime& end = redis_limited_until_[static_cast<std::size_t>(limit.condition)];
  const core::SteadyTime until = core::saturating_add(at, limit.lasts);
  end = std::max(end, until);
  fakes_->redis.set_condition(limit.condition, true);
  plan(until, [this, condition = limit.condition, &end, until] {
    if (until == end) fakes_->redis.set_condition(condition, false);
  });
}

/// Only if no later restart has taken it down again. An address that is not free at once is tried for until it is.
void Host::come_up(std::uint64_t restart) {
  if (restart != redis_restarts_) return;
  bool all_open = true;
  for (const auto& listener : redis_listeners_) all_open &= listener->is_open() || listener->reopen().has_value();
  if (!all_open) plan(clock_.now() + std::chrono::milliseconds(100), [this, restart] { come_up(restart); });
}

void Host::close_redis_sessions() {
  // Closing takes none off the list: that is done when it is destroyed.
  for (RedisSession* session : redis_sessions_) session->close();
}

HttpHost::Reply Host::on_request(Service service, const core::HttpRequest& request, const Now& now,
                                 const boost::asio::ip::address& local) {
  if (auto page = own_page(request, local)) return {{Respond{std::move(*page)}, {}, {}, {}}, std::nullopt};
  const std::size_t effects = fakes_->github.effect_count();
  Answer answer = service == Service::Llm ? fakes_->llm.handle(request, now) : fakes_->github.handle(request, now);
  Exchange exchange = fakes::describe(request, answer, now);
  exchange.service = service;
  exchange.had_effect = fakes_->github.effect_count() > effects;
  return {std::move(answer), log_.add(std::move(exchange))};
}

void Host::on_end(std::uint64_t exchange, Ending ending, core::SteadyTime at) {
  log_.end(exchange, ending, at);
}

std::optional<core::HttpResponse> Host::own_page(const core::HttpRequest& request,
                                                 const boost::asio::ip::address& local) {
  constexpr std::string_view kRoot = "/_rehearse/";
  const std::string_view path = split_url(request.url).path;
  if (!path.starts_with(kRoot)) return std::nullopt;
  const std::string_view page = path.substr(kRoot.size());
  const auto answer = [](int status, std::string body) {
    return core::HttpResponse{status, {{"content-type", "application/json"}}, std::move(body)};
  };
  if (const auto refusal = refusal_of_own_page(request, local, options_.own_names)) {
    return answer(403, fmt::format("{{\"error\":{}}}\n", core::json_string(*refusal)));
  }
  const bool is_page = page == "verdict" || page == "requests" || page == "reset";
  if (!is_page)
    return answer(404, R"({"error":"there are /_rehearse/verdict, /_rehearse/requests and /_rehearse/reset"})");
  const std::string_view method = page == "reset" ? "POST" : "GET";
  if (request.method != method) {
    core::HttpResponse refusal = answer(405, R"({"error":"method not allowed"})");
    refusal.headers.push_back({"allow", std::string(method)});
    return refusal;
  }
  if (page == "verdict") return answer(200, verdict_json(verdict()) + "\n");
  if (page == "reset") {
    start();
    return answer(200, "{}\n");
  }
  std::string list = "[";
  for (const Exchange& exchange : log_.kept()) list += (list.size() > 1 ? ",\n" : "\n") + exchange_json(exchange);
  return answer(200, list + "\n]\n");
}

std::unique_ptr<redis::Session> Host::connect(RedisSession& session, redis::Receiver& receiver) {
  redis_sessions_.push_back(&session);
  return redis_relay_ ? redis_relay_->connect(session, receiver) : fakes_->redis.connect(receiver);
}

void Host::disconnected(RedisSession& session) {
  std::erase(redis_sessions_, &session);
}

const redis::Server& Host::redis_scripts() const {
  return redis_relay_ ? redis_relay_->scripts() : fakes_->redis;
}

redis::Fate Host::meet(redis::Session& session, std::string_view client, const core::RedisCommand& command,
                       core::SteadyTime now) {
  const std::string runner = percent_decode(client);
  const redis::Fate fate = fakes_->redis_faults.meet(redis_scripts(), runner, command, now);
  if (!fate.flushes_scripts) return fate;
  if (redis_relay_) {
    redis_relay_->flush_scripts(session);
  } else {
    fakes_->redis.flush_scripts();
  }
  return fate;
}

void Host::execute(redis::Session& session, const core::RedisCommand& command, core::SteadyTime now) {
  if (redis_relay_) return redis_relay_->execute(session, command);
  fakes_->redis.execute(session, command, now);
  plan_redis_deadline();
}

void Host::plan_redis_deadline() {
  const auto next = fakes_->redis.next_deadline();
  if (!next || (redis_deadline_ && *redis_deadline_ <= *next)) return;
  redis_deadline_ = next;
  redis_timer_.expires_at(clock_.machine_time(*next));
  redis_timer_.async_wait([this, era = era_](const error_code& error) {
    if (error || era != era_) return;
    redis_deadline_.reset();
    fakes_->redis.advance(clock_.now());
    plan_redis_deadline();
  });
}

std::unique_ptr<RedisExchange> Host::describe(const core::RedisCommand& command, core::SteadyTime now) const {
  if (!log_.has_sink()) return nullptr;
  const redis::ScriptCall call = redis_scripts().script_call_of(command);
  auto exchange = std::make_unique<RedisExchange>();
  exchange->operation = redis::script_operation(call);
  if (exchange->operation.empty()) exchange->operation = command[0];
  exchange->jobs.assign(call.jobs.begin(), call.jobs.end());
  exchange->arrived = now;
  return exchange;
}

}  // namespace fakes::wire
