// The fakes on sockets: one scenario's rules and world, on the machine's clock. T=0 is the moment of start(). Whoever
// made the context runs it, in one thread, and destroys the host and then the context when it has stopped.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fakes/faults/rule.h"
#include "fakes/github/app_jwt.h"
#include "fakes/github/state.h"
#include "fakes/llm/tool_examples.h"
#include "fakes/redis/condition.h"
#include "fakes/verdict/verdict.h"
#include "fakes/wire/http_session.h"
#include "fakes/wire/listener.h"
#include "fakes/wire/real_clock.h"
#include "fakes/wire/redis_relay.h"
#include "fakes/wire/redis_session.h"
#include "fakes/wire/request_log.h"
#include "fakes/wire/unfinished_requests.h"

namespace fakes::wire {

/// What the fake Redis holds at most, and how long a script of a client may run.
inline constexpr std::size_t kMostRedisBytes = 1024UL * 1024 * 1024;
inline constexpr std::chrono::seconds kMostScriptTime{5};

struct ShiftWallClock {
  core::Duration by;  ///< Of the HTTP fakes; may be negative.
};
struct RestartRedis {
  core::Duration lose{};  ///< The writes of this last stretch are gone.
  core::Duration down{};  ///< How long connections are refused.
};
struct LimitRedis {
  redis::Condition condition{};
  core::Duration lasts{};
};
struct HostEvent {
  core::SteadyTime at;
  std::variant<ShiftWallClock, RestartRedis, LimitRedis> action;
};

struct HostOptions {
  std::uint64_t seed = 1;
  AnswerForms forms = AnswerForms::Plain;
  const ToolExamples* tool_examples = nullptr;  ///< See Llm. They outlive the host.
  std::vector<HttpRule> llm, github;
  std::vector<RedisRule> redis;
  /// A real Redis that does the commands in place of the fake one.
  std::optional<RedisRelay::Endpoint> redis_upstream;
  std::vector<HostEvent> events;
  GitHubOptions github_app;                                 ///< The verifier must outlive the host.
  std::map<std::string, ExistingComments> github_comments;  ///< To begin with, by "octo/hello#7".
  VerdictLimits limits;
  RequestLog::Sink log;                ///< May be empty.
  std::vector<std::string> own_names;  ///< Host names that clients may call this server by, beside those of loopback.
  std::chrono::milliseconds request_time = std::chrono::minutes(1);
  /// Of all HTTP requests that have not arrived as a whole; and of all commands of Redis, with those that have to wait.
  std::size_t most_unfinished_bytes = 256UL * 1024 * 1024;
};

class Host final : public HttpHost, public RedisHost, public std::enable_shared_from_this<Host> {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using Opened = boost::system::result<Endpoint>;

  /// Only as a shared pointer: connections keep it alive.
  Host(boost::asio::io_context& context, HostOptions options);
  ~Host() override;

  /// At most once each; with port 0 the endpoint that the system gave.
  Opened open_llm(const Endpoint& endpoint) { return open_http(Service::Llm, llm_listener_, endpoint); }
  Opened open_github(const Endpoint& endpoint) { return open_http(Service::GitHub, github_listener_, endpoint); }
  Opened open_redis(const Endpoint& endpoint) { return listen_for_redis(endpoint, redis::MeetRules::Yes); }
  /// The same Redis, where no rule applies and nothing is logged.
  Opened open_untouched_redis(const Endpoint& endpoint) { return listen_for_redis(endpoint, redis::MeetRules::No); }
  /// T=0, now. Also later: everything begins anew, with all rules, the fakes' data and the log as at first, and Redis'
  /// connections closed.
  void start();

  /// Ends the request log; what is under way is told as that.
  void stop() { log_.close(); }

  Verdict verdict() const { return log_.verdict(options_.limits); }
  /// The last HTTP requests.
  const std::vector<Exchange>& kept_requests() const { return log_.kept(); }

 private:
  struct Fakes;

  Opened open_http(Service service, std::unique_ptr<Listener>& listener, const Endpoint& endpoint);
  Opened listen_for_redis(const Endpoint& endpoint, redis::MeetRules meets_rules);
  /// Which knows the scripts that rules name.
  const redis::Server& redis_scripts() const;
  /// An answer of the host itself, below /_rehearse/.
  std::optional<core::HttpResponse> own_page(const core::HttpRequest& request, const boost::asio::ip::address& local);
  void plan_events();
  void plan(core::SteadyTime at, std::function<void()> action);
  void restart_redis(const RestartRedis& restart, core::SteadyTime at);
  void come_up(std::uint64_t restart);
  void limit_redis(const LimitRedis& limit, core::SteadyTime at);
  void plan_redis_deadline();
  void close_redis_sessions();

  Reply on_request(Service service, const core::HttpRequest& request, const Now& now,
                   const boost::asio::ip::address& local) override;
  std::chrono::milliseconds request_time() const override { return options_.request_time; }
  UnfinishedRequests& unfinished_requests() override { return unfinished_; }
  void on_end(std::uint64_t exchange, Ending ending, core::SteadyTime at) override;
  const RealClock& clock() const override { return clock_; }
  std::unique_ptr<redis::Session> connect(RedisSession& session, redis::Receiver& receiver) override;
  void disconnected(RedisSession& session) override;
  redis::Fate meet(redis::Session& session, std::string_view client, const core::RedisCommand& command,
                   core::SteadyTime now) override;
  void execute(redis::Session& session, const core::RedisCommand& command, core::SteadyTime now) override;
  void take_replies(redis::Session& session) override {
    if (redis_relay_) redis_relay_->take_replies(session);
  }
  std::unique_ptr<RedisExchange> describe(const core::RedisCommand& command, core::SteadyTime now) const override;
  void log(const RedisExchange& exchange) override { log_.add(exchange); }
  UnfinishedRequests& unfinished_commands() override { return unfinished_commands_; }

  boost::asio::io_context& context_;
  const HostOptions options_;
  UnfinishedRequests unfinished_{options_.most_unfinished_bytes};
  UnfinishedRequests unfinished_commands_{options_.most_unfinished_bytes, UnfinishedRequests::Gives::LargestUp};
  RealClock clock_;
  RequestLog log_;
  std::unique_ptr<Fakes> fakes_;
  std::unique_ptr<RedisRelay> redis_relay_;    ///< Null: Redis is the fake one.
  std::vector<RedisSession*> redis_sessions_;  ///< In the order of their making.
  std::unique_ptr<Listener> llm_listener_, github_listener_;
  std::vector<std::unique_ptr<Listener>> redis_listeners_;
  std::vector<std::unique_ptr<boost::asio::steady_timer>> planned_;
  std::uint64_t era_ = 0;  ///< Rises with every start(): what was planned before is void.
  std::uint64_t redis_restarts_ = 0;
  std::array<core::SteadyTime, redis::kConditions> redis_limited_until_{};
  boost::asio::steady_timer redis_timer_;
  std::optional<core::SteadyTime> redis_deadline_;
};

}  // namespace fakes::wire
