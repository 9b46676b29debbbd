#include "core/production/redis/redis_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "core/http/http.h"
#include "core/http/percent.h"
#include "core/json/input_error.h"
#include "core/text/ascii.h"

namespace core {

namespace {

using Checked = std::optional<RedisAddressError>;  ///< Nothing: all is well.

constexpr const char* kForms =
    "redis://[user:password@]host[:port][/database], rediss:// for TLS, unix://[user:password@]/path[?db=database]";
constexpr const char* kNoSentinel = "that of the Redis itself: redis://[user:password@]host[:port][/database]";
// Neither is shown: where the host was forgotten it is the password.
constexpr const char* kBadPort = "a port that is none, or no host after the password";
constexpr const char* kBadDatabase = "a database that is none, or no host after the password";
constexpr const char* kEncoded = "special characters of user and password percent-encoded, such as %40 for @";

/// What the text is made of, before anything is decoded.
struct Parts {
  RedisScheme scheme = RedisScheme::Tcp;
  std::optional<std::string_view> credentials;
  std::string_view place;  ///< Host and port.
  std::string_view path;   ///< With its slash.
  std::optional<std::string_view> query;
};

std::optional<RedisScheme> scheme_named(std::string_view name) {
  if (name == "redis") return RedisScheme::Tcp;
  if (name == "rediss") return RedisScheme::Tls;
  if (name == "unix" || name == "redis+unix") return RedisScheme::Unix;
  return std::nullopt;
}

bool has_bad_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

/// An @ that does not end the credentials shows that a character before it was meant to belong to them. From then on
/// nothing of the text may be shown.
Checked split(std::string_view text, Parts& parts) {
  if (text.empty()) return RedisAddressError{"an empty address", kForms};
  if (has_bad_byte(text)) return RedisAddressError{"a space or a control character", kForms};
  const std::size_t colon = text.find("://");
  const std::string_view name = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const auto scheme = scheme_named(name);
  if (name.find("sentinel") != std::string_view::npos) {
    return RedisAddressError{"the address of a Redis Sentinel, which is not asked", kNoSentinel};
  }
  if (!scheme) return RedisAddressError{"another beginning than redis://, rediss:// or unix://", kForms};
  parts.scheme = *scheme;
  std::string_view rest = text.substr(colon + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  if (const std::size_t at = rest.substr(0, authority_end).rfind('@'); at != std::string_view::npos) {
    parts.credentials = rest.substr(0, at);
    rest = rest.substr(at + 1);
  }
  if (rest.find('@') != std::string_view::npos) {
    return RedisAddressError{"an @ after the host, or a /, ? or # in the user or password", kEncoded};
  }
  if (rest.find('#') != std::string_view::npos) return RedisAddressError{"a #", kForms};
  const std::size_t question = std::min(rest.find('?'), rest.size());
  if (question < rest.size()) parts.query = rest.substr(question + 1);
  const std::size_t slash = std::min(rest.find('/'), question);
  parts.place = rest.substr(0, slash);
  parts.path = rest.substr(slash, question - slash);
  return std::nullopt;
}

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const char* const first = text.data() + i + 1;
    const char* const last = first + std::min<std::size_t>(2, text.size() - i - 1);
    const auto [end, error] = std::from_chars(first, last, value, 16);
    if (error != std::errc() || end != first + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

Checked read_credentials(std::string_view text, RedisAddress& address) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return RedisAddressError{"a user without a password, or a password without its colon",
                             "user:password@, or :password@ for the default user"};
  }
  auto user = decode(text.substr(0, colon));
  auto password = decode(text.substr(colon + 1));
  if (!user || !password) return RedisAddressError{"a % in the user or password without two hex digits", kEncoded};
  if (password->empty() && !user->empty()) {
    return RedisAddressError{"a user with an empty password", "user:password@, or neither"};
  }
  address.user = std::move(*user);
  address.password = std::move(*password);
  return std::nullopt;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_host_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; });
}

/// Asio takes anything at all for the zone, and for what follows a NUL.
bool is_ipv6(std::string_view text) {
  const std::size_t percent = std::min(text.find('%'), text.size());
  if (text.substr(0, percent).find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
  if (!is_host_name(text.substr(std::min(percent + 1, text.size())))) return false;
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(std::string(text), error);
  return !error;
}

Checked read_host(std::string_view text, RedisAddress& address) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    RedisAddressError wrong{"a bracket without an IPv6 address", "an IPv6 address as [::1] or [::1]:6379"};
    if (bracket == std::string_view::npos) return wrong;
    host = text.substr(1, bracket - 1);
    const std::string_view after = text.substr(bracket + 1);
    has_port = after.starts_with(':');
    if (!is_ipv6(host) || (!after.empty() && !has_port)) return wrong;
    if (has_port) port = after.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    host = text.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    if (host.empty()) return RedisAddressError{"no host", kForms};
    if (!is_host_name(host) || port.find(':') != std::string_view::npos) {
      return RedisAddressError{has_port
                                   ? std::string("a host with more than one colon, or a character that no host has")
                                   : "the host " + quoted(text),
                               "a name, an IPv4 address, or an IPv6 address in brackets"};
    }
  }
  address.host = host;
  if (!has_port) return std::nullopt;
  const auto number = number_in<std::uint16_t>(port);
  if (!number || *number == 0) return RedisAddressError{kBadPort, "1 to 65535"};
  address.port = *number;
  return std::nullopt;
}

Checked read_database(std::string_view text, RedisAddress& address) {
  const auto number = number_in<std::uint32_t>(text);
  if (!number || *number > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
    return RedisAddressError{kBadDatabase, "a number from 0, such as /3 or ?db=3"};
  }
  address.database = *number;
  return std::nullopt;
}

Checked read_query(std::string_view query, bool has_database, RedisAddress& address) {
  if (!query.starts_with("db=") || query.find('&') != std::string_view::npos) {
    return RedisAddressError{"an option after the ? that is not db",
                             "?db=NUMBER; user and password go before the host: user:password@"};
  }
  const std::uint32_t before = address.database;
  if (Checked error = read_database(query.substr(3), address)) return error;
  if (has_database && address.database != before) {
    return RedisAddressError{fmt::format("the databases {} and {}", before, address.database), "one database"};
  }
  return std::nullopt;
}

Checked read(std::string_view text, RedisAddress& address) {
  Parts parts;
  if (Checked error = split(text, parts)) return error;
  address.scheme = parts.scheme;
  if (parts.credentials) {
    if (Checked error = read_credentials(*parts.credentials, address)) return error;
  }
  bool has_database = false;
  if (parts.scheme == RedisScheme::Unix) {
    if (!parts.place.empty()) {
      return RedisAddressError{"a host before the path of a unix socket", "unix:///path, with three slashes"};
    }
    auto path = decode(parts.path);
    // A longer one does not fit into the kernel's address of a socket.
    constexpr std::size_t kMaxPath = 107;
    if (!path || path->size() < 2 || path->size() > kMaxPath || path->find('\0') != std::string::npos) {
      return RedisAddressError{"the path " + quoted(parts.path), "an absolute path of at most 107 bytes"};
    }
    address.host.clear();
    address.port = 0;
    address.path = std::move(*path);
  } else {
    if (Checked error = read_host(parts.place, address)) return error;
    has_database = parts.path.size() > 1;
    if (has_database) {
      if (Checked error = read_database(parts.path.substr(1), address)) return error;
    }
  }
  return parts.query ? read_query(*parts.query, has_database, address) : std::nullopt;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool leads_to_this_machine(const std::string& host) {
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(host, no_address);
  return no_address ? equal_ignoring_case(host, "localhost") : address.is_loopback();
}

}  // namespace

std::string to_text(const RedisAddressError& error) {
  return fmt::format("{}; accepted: {}", error.found, error.accepted);
}

boost::system::result<RedisAddress, RedisAddressError> parse_redis_address(std::string_view text) {
  RedisAddress address;
  if (Checked error = read(text, address)) return std::move(*error);
  return address;
}

std::string masked(const RedisAddress& address) {
  const std::string credentials =
      address.user.empty() && address.password.empty() ? "" : percent_encode(address.user) + ":***@";
  if (address.scheme == RedisScheme::Unix) {
    return fmt::format("unix://{}{}?db={}", credentials, printable(address.path, 200), address.database);
  }
  return fmt::format("{}://{}{}/{}", address.scheme == RedisScheme::Tls ? "rediss" : "redis", credentials,
                     endpoint_of(address), address.database);
}

std::string endpoint_of(const RedisAddress& address) {
  if (address.scheme == RedisScheme::Unix) return printable(address.path, 200);
  return fmt::format("{}:{}", bracketed(address.host), address.port);
}

std::optional<RedisAddress> moved_address(const RedisAddress& from, std::string_view error) {
  if (!error.starts_with("MOVED ")) return std::nullopt;
  const std::string_view place = error.substr(error.rfind(' ') + 1);
  const std::size_t colon = place.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = place.substr(0, colon);
  const auto port = number_in<std::uint16_t>(place.substr(colon + 1));
  if (!port || *port == 0) return std::nullopt;
  RedisAddress target = from;
  target.port = *port;
  if (host.empty() || host == "?") {
    if (from.scheme == RedisScheme::Unix) target.host = "127.0.0.1";
  } else {
    if (!is_ipv6(host) && !is_host_name(host)) return std::nullopt;
    target.host = host;
  }
  if (from.scheme == RedisScheme::Unix) target.scheme = RedisScheme::Tcp;
  target.path.clear();
  return target;
}

std::string why_not_followed(const RedisAddress& configured, const RedisAddress& target, FollowMoved follow) {
  if (follow == FollowMoved::Any || target.password.empty() || target.scheme != RedisScheme::Tcp) return {};
  const bool is_same = configured.scheme != RedisScheme::Unix && equal_ignoring_case(configured.host, target.host);
  if (is_same || leads_to_this_machine(target.host)) return {};
  return fmt::format(
      "{} says that our keys are at {} (MOVED), where the password would be sent without TLS: it is not followed; give "
      "a rediss:// address, or set runner.redis_follow_moved to any",
      endpoint_of(configured), endpoint_of(target));
}

}  // namespace core
