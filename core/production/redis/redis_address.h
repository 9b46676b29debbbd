// Where a Redis is and as whom to enter, from the one line of text that a deployment gives. Values only. No error and
// no display of an address ever shows the password, or any part of a text that might be one.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

enum class RedisScheme : std::uint8_t {
  Tcp,   ///< redis://
  Tls,   ///< rediss://
  Unix,  ///< unix:// or redis+unix://
};

struct RedisAddress {
  RedisScheme scheme = RedisScheme::Tcp;
  std::string host = "127.0.0.1";  ///< A name, or an address without brackets; empty for a unix socket.
  std::uint16_t port = 6379;
  std::string path;      ///< Of the unix socket.
  std::string user;      ///< Empty: Redis' default user.
  std::string password;  ///< A secret. Empty: no AUTH is sent.
  std::uint32_t database = 0;

  bool operator==(const RedisAddress&) const = default;
};

/// What is wrong with an address, in words that may be printed.
struct RedisAddressError {
  std::string found;
  std::string accepted;
};
std::string to_text(const RedisAddressError& error);

/// `redis://[[user]:password@]host[:port][/database]`, `rediss://` likewise, `unix://[[user]:password@]/path[?db=3]`.
/// The database may be given as `?db=3` everywhere. User, password and path are percent-decoded; what is not encoded is
/// taken as it is where it cannot be misread. A user without a password is an error: some clients take it for one.
boost::system::result<RedisAddress, RedisAddressError> parse_redis_address(std::string_view text);

/// The address in the form in which it is given, with *** for the password.
std::string masked(const RedisAddress& address);

/// Host and port, or the path: what the address is called in messages.
std::string endpoint_of(const RedisAddress& address);

/// Where the error reply `MOVED 3999 host:port` of the Redis at `from` points to; nothing for other replies. A node
/// that names no host means its own.
std::optional<RedisAddress> moved_address(const RedisAddress& from, std::string_view error);

/// Where a MOVED may lead.
enum class FollowMoved : std::uint8_t {
  SameHost,  ///< Where the password would go over the network without TLS: to the host of the configuration alone.
  Any,       ///< Anywhere.
};

/// Why `target` may not be connected to, in words that may be printed; empty: it may. `configured` is the address that
/// the deployment gave.
std::string why_not_followed(const RedisAddress& configured, const RedisAddress& target, FollowMoved follow);

}  // namespace core
