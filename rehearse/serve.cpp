// rehearse serve: the fakes on sockets, and a verdict on who used them.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>

#include "cli/address.h"
#include "cli/growing_file.h"
#include "cli/stdio.h"
#include "core/http/http.h"
#include "core/time/text.h"
#include "core/tools/all_tools.h"
#include "fakes/wire/awake_loop.h"
#include "fakes/wire/host.h"
#include "fakes/wire/rs256_verifier.h"
#include "rehearse/interrupt.h"
#include "rehearse/options.h"
#include "rehearse/output.h"
#include "rehearse/redis_upstream.h"

namespace rehearse {

namespace {

using fakes::wire::Host;
using fakes::wire::RedisRelay;

/// The part of the scenario's world that there is without runners; the rest is told.
std::vector<fakes::wire::HostEvent> events_of(const sim::Scenario& scenario) {
  std::vector<fakes::wire::HostEvent> events;
  for (const sim::WorldEntry& entry : scenario.world) {
    const auto* shift = std::get_if<sim::ShiftWallClock>(&entry.action);
    if (shift != nullptr && shift->runner.empty()) {
      events.push_back({entry.at, fakes::wire::ShiftWallClock{shift->by}});
    } else if (const auto* restart = std::get_if<sim::RestartRedis>(&entry.action)) {
      events.push_back({entry.at, fakes::wire::RestartRedis{restart->lose, restart->down}});
    } else if (const auto* limit = std::get_if<sim::LimitRedis>(&entry.action)) {
      events.push_back({entry.at, fakes::wire::LimitRedis{limit->condition, limit->lasts}});
    } else {
      const bool of_jobs = std::holds_alternative<sim::EnqueueAgain>(entry.action) ||
                           std::holds_alternative<sim::OperatorEntry>(entry.action);
      print_message(fmt::format("warning: {}: the {} of this scenario are not here: its world entry at {} does nothing",
                                scenario.file, of_jobs ? "jobs" : "runners",
                                core::format_duration(entry.at.time_since_epoch())));
    }
  }
  return events;
}

/// Says of each rule with `runner` which clients it is for: one that does not name itself never meets it.
template <class Rules>
void warn_of_rules_for_runners(const sim::Scenario& scenario, std::string_view service, const Rules& rules) {
  const std::string how =
      service == "redis" ? "by CLIENT SETNAME" : fmt::format("in the header {}", core::kRunnerHeader);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].runner) continue;
    print_message(
        fmt::format("warning: {}: /{}/{}: \"runner\" applies only to clients that name themselves: this rule "
                    "is for a client that calls itself {} {}, and no other client meets it",
                    scenario.file, service, i, *rules[i].runner, how));
  }
}

struct Wanted {
  std::string_view service;
  const std::string& address;
  Host::Opened (Host::*open)(const Host::Endpoint&);
  std::optional<Host::Endpoint> endpoint = {};
};

bool parse_addresses(std::vector<Wanted>& services) {
  bool ok = true, any = false;
  for (Wanted& wanted : services) {
    if (wanted.address.empty()) continue;
    any = true;
    const cli::Address address = cli::parse_address(wanted.address);
    if (address) {
      wanted.endpoint = *address;
    } else {
      print_message(fmt::format("error: --{}: {}", wanted.service, address.error().message));
      ok = false;
    }
  }
  if (!any) print_message("error: there is nothing to serve: give --llm, --github or --redis, each HOST:PORT");
  return ok && any;
}

/// Of "rehearse:8080" and "[::1]:8080".
std::string name_in(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}

/// Prints "llm 127.0.0.1:8080", one line a service, once all are open.
bool open_all(Host& host, const std::vector<Wanted>& services, const std::optional<RedisRelay::Endpoint>& upstream) {
  TerminalText lines;
  for (const Wanted& wanted : services) {
    if (!wanted.endpoint) continue;
    const Host::Opened opened = (host.*wanted.open)(*wanted.endpoint);
    if (!opened) {
      print_message(fmt::format("error: --{}: cannot listen at {}: {}", wanted.service, wanted.address,
                                opened.error().message()));
      return false;
    }
    if (upstream && is_served_at(*upstream, *opened)) {
      print_message("error: --redis-upstream: that is where this server itself listens");
      return false;
    }
    lines.append("{} {}\n", wanted.service, cli::address_text(*opened));
  }
  print(lines);
  return true;
}

/// False, with the reason told, when the scenario and the options cannot be served together.
bool make_options(const sim::Scenario& scenario, const ServeOptions& options, fakes::wire::HostOptions& made,
                  std::unique_ptr<fakes::JwtVerifier>& verifier) {
  made.seed = scenario.seed;
  made.forms = scenario.forms;
  made.tool_examples = &core::tool_examples();
  made.llm = scenario.llm;
  made.github = scenario.github;
  made.redis = scenario.redis;
  warn_of_rules_for_runners(scenario, "llm", scenario.llm);
  warn_of_rules_for_runners(scenario, "github", scenario.github);
  warn_of_rules_for_runners(scenario, "redis", scenario.redis);
  made.events = events_of(scenario);
  made.limits.max_attempts = options.max_attempts;
  made.request_time = std::chrono::seconds(options.request_timeout);
  if (options.redis_upstream) {
    if (a_real_redis_can_do(scenario)) made.redis_upstream = find_redis_upstream(*options.redis_upstream);
    if (!made.redis_upstream) return false;
  }
  made.github_app.api_url = scenario.config.github.url;
  made.github_app.forms = scenario.forms;
  made.github_comments = scenario.github_state.comments;
  if (!scenario.github_app) return true;
  made.github_app.app_id = scenario.github_app->id;
  if (scenario.github_app->public_key.empty()) return true;
  verifier = fakes::wire::make_rs256_verifier(scenario.github_app->public_key);
  made.github_app.verifier = verifier.get();
  if (verifier) return true;
  print_message(
      fmt::format("error: {}: /github_app/public_key: not an RSA public key; accepted: PEM, from \"-----BEGIN "
                  "PUBLIC KEY-----\" on",
                  scenario.file));
  return false;
}

/// Calls `tick` every second meanwhile.
void run_until_told_to_stop(boost::asio::io_context& context, boost::asio::signal_set& signals,
                            const std::function<void()>& tick) {
  signals.async_wait([&context](const boost::system::error_code& error, int) {
    if (!error) context.stop();
  });
  // lint-allow(real-sleep): the served fakes live in real time
  boost::asio::steady_timer timer(context);
  const std::function<void()> wait = [&] {
    timer.expires_after(std::chrono::seconds(1));
    timer.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      tick();
      wait();
    });
  };
  wait();
  fakes::wire::run_awake(context);
}

}  // namespace

int serve_command(const ServeOptions& options) {
  bool bad_input = false;
  const std::vector<sim::Scenario> scenarios = load_all({options.path}, bad_input);
  std::vector<Wanted> services = {{"llm", options.llm, &Host::open_llm},
                                  {"github", options.github, &Host::open_github},
                                  {"redis", options.redis, &Host::open_redis},
                                  {"redis-untouched", options.redis_untouched, &Host::open_untouched_redis}};
  if (!parse_addresses(services) || bad_input) return kBadInput;
  if (options.redis_upstream && options.redis.empty() && options.redis_untouched.empty()) {
    print_message("error: --redis-upstream: Redis is not served: give --redis, too");
    return kBadInput;
  }
  if (scenarios.size() != 1) {
    print_message("error: one scenario file is served at a time, not " + std::to_string(scenarios.size()));
    return kBadInput;
  }
  fakes::wire::HostOptions host_options;
  std::unique_ptr<fakes::JwtVerifier> verifier;
  if (!make_options(scenarios[0], options, host_options, verifier)) return kBadInput;
  for (const Wanted& wanted : services) {
    if (wanted.endpoint) host_options.own_names.push_back(name_in(wanted.address));
  }
  std::optional<cli::GrowingFile> log;
  const auto tell_log = [&log](bool written) {
    if (!written) print_message("error: " + log->error());
  };
  if (!options.requests.empty()) {
    log.emplace(options.requests);
    tell_log(log->error().empty());
    if (!log->error().empty()) return kBadInput;
    host_options.log = [&log, tell_log](std::string_view line) { tell_log(log->write(line)); };
  }

  boost::asio::io_context context(1);
  const std::optional<RedisRelay::Endpoint> upstream = host_options.redis_upstream;
  const auto host = std::make_shared<Host>(context, std::move(host_options));
  if (!open_all(*host, services, upstream)) return kBadInput;
  // Whoever has read "ready" may tell it to stop.
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  if (is_heard(SIGHUP)) signals.add(SIGHUP);
  host->start();
  print("ready\n");
  if (!cli::flush_stdout()) return kBadInput;
  // Whoever follows the log sees a request within a second.
  run_until_told_to_stop(context, signals, [&] {
    if (log) tell_log(log->flush());
  });
  host->stop();
  const fakes::Verdict verdict = host->verdict();
  print(fakes::verdict_text(verdict));
  if (log) tell_log(log->flush());
  if (log && !log->error().empty()) return kBadInput;
  return verdict.held() ? kAllHeld : kFailed;
}

}  // namespace rehearse
