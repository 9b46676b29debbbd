#include "rehearse/redis_upstream.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "cli/address.h"
#include "core/time/text.h"
#include "rehearse/output.h"

namespace rehearse {

using boost::asio::ip::tcp;
using fakes::wire::RedisRelay;

std::optional<RedisRelay::Endpoint> parse_redis_upstream(const std::string& text) {
  if (text.starts_with('/')) {
    constexpr std::size_t kLongestPath = 107;  // Of the system.
    if (text.size() <= kLongestPath) return boost::asio::local::stream_protocol::endpoint(text);
    print_message(fmt::format("error: --redis-upstream: the socket's path is longer than {} bytes", kLongestPath));
    return std::nullopt;
  }
  const cli::Address address = cli::parse_address(text);
  if (address) return *address;
  print_message(fmt::format("error: --redis-upstream: {}, or /PATH of a socket", address.error().message));
  return std::nullopt;
}

bool a_real_redis_can_do(const sim::Scenario& scenario) {
  for (const sim::WorldEntry& entry : scenario.world) {
    const auto* restart = std::get_if<sim::RestartRedis>(&entry.action);
    if (restart == nullptr || restart->lose == core::Duration::zero()) continue;
    print_message(
        fmt::format("error: {}: at {} Redis is to lose its last writes, which the one of --redis-upstream cannot "
                    "be told to",
                    scenario.file, core::format_duration(entry.at.time_since_epoch())));
    return false;
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

void warn_unless_reached(const RedisRelay::Endpoint& upstream) {
  boost::asio::io_context context(1);
  boost::system::error_code error;
  RedisRelay::Endpoint::protocol_type::socket(context).connect(upstream, error);
  if (!error) return;
  print_message(fmt::format("warning: --redis-upstream does not answer ({}): until it does, clients are hung up on",
                            error.message()));
}

}  // namespace rehearse
