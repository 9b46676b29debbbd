// The real Redis of `rehearse serve --redis-upstream`: where it is, and what cannot be had of it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

#include "fakes/wire/redis_relay.h"
#include "sim/scenario/scenario.h"

namespace rehearse {

/// HOST:PORT or the path of a socket. Nothing, with the reason told, when it is neither.
std::optional<fakes::wire::RedisRelay::Endpoint> parse_redis_upstream(const std::string& text);

/// False, with the reason told, when the scenario has Redis lose its last writes.
bool a_real_redis_can_do(const sim::Scenario& scenario);

/// Whether it is our own: it would be its own client, without end.
bool is_served_at(const fakes::wire::RedisRelay::Endpoint& upstream, boost::asio::ip::tcp::endpoint served);

/// That it is not there is no error: it may come later, or be down on purpose.
void warn_unless_reached(const fakes::wire::RedisRelay::Endpoint& upstream);

}  // namespace rehearse
