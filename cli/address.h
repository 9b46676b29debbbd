// HOST:PORT as people write it on a command line, made into an address to listen on.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct AddressError {
  std::string message;  ///< In words, with what was given.
};
using Address = boost::system::result<boost::asio::ip::tcp::endpoint, AddressError>;

/// "127.0.0.1:0", "localhost:8080", "[::1]:6379". Names are looked up; port 0 stands for one that is free.
Address parse_address(std::string_view text);

/// All that the name has, in the order of the look-up: for who is to be found at one of them.
boost::system::result<std::vector<boost::asio::ip::tcp::endpoint>, AddressError> parse_addresses(std::string_view text);

/// The form that parse_address reads.
std::string address_text(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace cli
