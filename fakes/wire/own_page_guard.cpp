#include "fakes/wire/own_page_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/json/input_error.h"
#include "core/text/ascii.h"
#include "fakes/http_text.h"

namespace fakes::wire {

namespace {

namespace ip = boost::asio::ip;

/// "[::1]:8080" and "localhost:8080" without the port and the brackets; empty for what is neither.
std::string_view host_name(std::string_view authority) {
  const bool in_brackets = authority.starts_with('[');
  const std::size_t end = std::min(authority.find(in_brackets ? ']' : ':'), authority.size());
  std::string_view port = authority.substr(std::min(end + (in_brackets ? 1 : 0), authority.size()));
  if (port.starts_with(':')) port.remove_prefix(1);
  if (!std::all_of(port.begin(), port.end(), core::is_digit)) return {};
  return in_brackets ? authority.substr(1, end - 1) : authority.substr(0, end);
}

/// "http://localhost:8080" without the scheme.
std::string_view authority_of(std::string_view base) {
  const std::size_t scheme = base.find("://");
  return scheme == std::string_view::npos ? base : base.substr(scheme + 3);
}

bool is_own_name(std::string_view name, const ip::address& local, const std::vector<std::string>& names) {
  while (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return false;
  if (core::equal_ignoring_case(name, "localhost")) return true;
  boost::system::error_code error;
  const ip::address address = ip::make_address(name, error);
  if (!error) return address.is_loopback() || address == local;
  return std::any_of(names.begin(), names.end(),
                     [name](const std::string& own) { return core::equal_ignoring_case(own, name); });
}

std::string refusal(std::string_view what, std::string_view found, std::string_view accepted) {
  return fmt::format("{} {} is not this server's; accepted: {}", what, core::quoted(found), accepted);
}

}  // namespace

std::optional<std::string> refusal_of_own_page(const core::HttpRequest& request, const ip::address& local,
                                               const std::vector<std::string>& names) {
  const std::string_view asked = authority_of(split_url(request.url).base);
  const std::string_view host = core::find_header(request.headers, "host").value_or(asked);
  for (const std::string_view authority : {asked, host}) {
    if (is_own_name(host_name(authority), local, names)) continue;
    return refusal("the host", authority, "localhost, an address of the loopback, and the one it listens on");
  }
  const auto origin = core::find_header(request.headers, "origin");
  if (origin && !core::equal_ignoring_case(*origin, fmt::format("http://{}", host))) {
    return refusal("the origin", *origin, "none, or http:// and the host that is asked");
  }
  const std::string_view site = core::find_header(request.headers, "sec-fetch-site").value_or("none");
  if (site != "none" && site != "same-origin") return refusal("a page of another site", site, "none, same-origin");
  return std::nullopt;
}

}  // namespace fakes::wire
