#include "cli/address.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/json/input_error.h"

namespace cli {

namespace {

using boost::asio::ip::tcp;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

Address parse_address(std::string_view text) {
  auto found = parse_addresses(text);
  if (!found) return std::move(found).error();
  return found->front();
}

boost::system::result<std::vector<tcp::endpoint>, AddressError> parse_addresses(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, std::min(colon, text.size()));
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const bool is_ambiguous = !in_brackets && host.find(':') != std::string_view::npos;
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_port(text.substr(colon + 1));
  if (host.empty() || is_ambiguous || !port) {
    return AddressError{
        fmt::format("{} is no address; accepted: HOST:PORT such as 127.0.0.1:8080, localhost:0 (a free "
                    "port) or [::1]:6379",
                    core::quoted(text))};
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (!error) return std::vector{tcp::endpoint(address, *port)};
  boost::asio::io_context context;
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(std::string(host), fmt::format("{}", *port), error);
  if (error || found.empty()) {
    return AddressError{fmt::format("the host of {} is unknown: {}", core::quoted(text), error.message())};
  }
  return std::vector<tcp::endpoint>(found.begin(), found.end());
}

std::string address_text(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return fmt::format("{}:{}", endpoint.address().is_v6() ? "[" + host + "]" : host, endpoint.port());
}

}  // namespace cli
