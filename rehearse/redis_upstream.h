// The real Redis of `rehearse serve --redis-upstream`: where it is, and what cannot be had of it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

#include "fakes/wire/redis_relay.h"
#include "sim/scenario/scenario.h"

namespace rehearse {

/// HOST:PORT or the path of a socket; of a name with several addresses the first that answers. Nothing, with the reason
/// told, when it is neither. That nobody answers, for a second, is no error, but told: it may come later, or be down on
/// purpose.
std::optional<fakes::wire::RedisRelay::Endpoint> find_redis_upstream(const std::string& text);

/// False, with the reason told, when the scenario has Redis lose its last writes.
bool a_real_redis_can_do(const sim::Scenario& scenario);

/// Whether it is our own: it would be its own client, without end.
bool is_served_at(const fakes::wire::RedisRelay::Endpoint& upstream, boost::asio::ip::tcp::endpoint served);

}  // namespace rehearse
