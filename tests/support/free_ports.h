// Ports of loopback for servers that must be told theirs.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <vector>

namespace tests {

/// A port that was free a moment ago. Several are different.
inline std::vector<std::uint16_t> free_ports(std::size_t count) {
  using Tcp = boost::asio::ip::tcp;
  boost::asio::io_context context;
  std::vector<Tcp::acceptor> acceptors;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    acceptors.emplace_back(context, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    ports.push_back(acceptors.back().local_endpoint().port());
  }
  return ports;
}

}  // namespace tests
