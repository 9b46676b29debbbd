#include "rehearse/redis_upstream.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <vector>

#include "cli/address.h"
#include "core/time/text.h"
#include "rehearse/output.h"

namespace rehearse {

using boost::asio::ip::tcp;
using fakes::wire::RedisRelay;

namespace {

using Endpoint = RedisRelay::Endpoint;
using boost::system::error_code;

/// Empty, with the reason told, when it is no address.
std::vector<Endpoint> parse(const std::string& text) {
  if (text.starts_with('/')) {
    constexpr std::size_t kLongestPath = 107;  // Of the system.
    if (text.size() <= kLongestPath) return {boost::asio::local::stream_protocol::endpoint(text)};
    print_message(fmt::format("error: --redis-upstream: the socket's path is longer than {} bytes", kLongestPath));
    return {};
  }
  const auto addresses = cli::parse_addresses(text);
  if (addresses) return std::vector<Endpoint>(addresses->begin(), addresses->end());
  print_message(fmt::format("error: --redis-upstream: {}, or /PATH of a socket", addresses.error().message));
  return {};
}

/// How connecting to it ended, within a second.
error_code try_to_reach(const Endpoint& endpoint) {
  boost::asio::io_context context(1);
  Endpoint::protocol_type::socket socket(context);
  error_code outcome = boost::asio::error::timed_out;
  socket.async_connect(endpoint, [&outcome](const error_code& error) { outcome = error; });
  context.run_for(std::chrono::seconds(1));
  return outcome;
}

}  // namespace

std::optional<Endpoint> find_redis_upstream(const std::string& text) {
  const std::vector<Endpoint> candidates = parse(text);
  if (candidates.empty()) return std::nullopt;
  error_code last;
  for (const Endpoint& candidate : candidates) {
    last = try_to_reach(candidate);
    if (!last) return candidate;
  }
  print_message(fmt::format("warning: --redis-upstream: {} does not answer ({}): until it does, clients are hung up on",
                            text, last.message()));
  return candidates.front();
}

bool a_real_redis_can_do(const sim::Scenario& scenario) {
  const auto refuse = [&scenario](const sim::WorldEntry& entry, std::string_view what) {
    print_message(fmt::format("error: {}: at {} Redis is to {}, which the one of --redis-upstream cannot be told to",
                              scenario.file, core::format_duration(entry.at.time_since_epoch()), what));
    return false;
  };
  for (const sim::WorldEntry& entry : scenario.world) {
    const auto* restart = std::get_if<sim::RestartRedis>(&entry.action);
    if (restart != nullptr && restart->lose > core::Duration::zero()) return refuse(entry, "lose its last writes");
    if (const auto* limit = std::get_if<sim::LimitRedis>(&entry.action)) {
      return refuse(entry, limit->condition == fakes::redis::Condition::Full ? "be full" : "refuse writes");
    }
  }
  return true;
}

bool is_served_at(const RedisRelay::Endpoint& upstream, tcp::endpoint served) {
  if (upstream == RedisRelay::Endpoint(served)) return true;
  if (!served.address().is_unspecified()) return false;
  const auto loopback = [&]() -> boost::asio::ip::address {
    if (served.address().is_v6()) return boost::asio::ip::address_v6::loopback();
    return boost::asio::ip::address_v4::loopback();
  };
  served.address(loopback());
  return upstream == RedisRelay::Endpoint(served);
}

}  // namespace rehearse
