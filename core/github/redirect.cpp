#include "core/github/redirect.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <utility>

#include "core/http/header_value.h"

namespace core {

namespace {

namespace urls = boost::urls;

constexpr int kMostFollowed = 5;
constexpr std::size_t kLongestUrl = 8 * 1024;

/// Method and body may be kept after these. After a 303 they may not (RFC 9110 15.4.4).
bool may_be_followed(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

/// A port that is not written is the scheme's own.
std::string_view port_of(const urls::url_view& url) {
  if (url.has_port() && !url.port().empty()) return {url.port().data(), url.port().size()};
  return url.scheme_id() == urls::scheme::https ? "443" : "80";
}

bool same_server(const urls::url_view& a, const urls::url_view& b) {
  const auto text = [](const auto& part) { return std::string_view(part.data(), part.size()); };
  return equal_ignoring_case(text(a.scheme()), text(b.scheme())) &&
         equal_ignoring_case(text(a.encoded_host()), text(b.encoded_host())) && port_of(a) == port_of(b);
}

}  // namespace

std::optional<std::string> redirect_target(std::string_view url, const HttpResponse& answer) {
  if (!may_be_followed(answer.status)) return std::nullopt;
  const auto location = find_header(answer.headers, "location");
  if (!location || location->size() > kLongestUrl) return std::nullopt;
  const std::string_view text = trimmed(*location);
  if (text.empty()) return std::nullopt;
  const auto asked = urls::parse_uri(url);
  const auto reference = urls::parse_uri_reference(text);
  if (!asked || !reference) return std::nullopt;
  urls::url resolved;
  if (!urls::resolve(*asked, *reference, resolved)) return std::nullopt;
  // Read anew: what Boost 1.81's resolve() leaves behind miscounts its own parts where it took dots out of the path.
  const auto read = urls::parse_uri(resolved.buffer());
  if (!read) return std::nullopt;
  const urls::url_view& target = *read;
  if (!target.has_authority() || target.has_userinfo() || !same_server(*asked, target)) return std::nullopt;
  // Scheme, host and port stay as the configuration spells them; a fragment is not sent.
  const auto origin = asked->encoded_origin();
  std::string result(url.substr(0, origin.size()));
  const auto rest = target.encoded_target();
  if (!rest.starts_with('/')) result += '/';
  result.append(rest.data(), rest.size());
  return result;
}

boost::asio::awaitable<HttpResult> send_following_redirects(const Environment& environment, HttpRequest request,
                                                            SteadyTime deadline, Permit* permit) {
  for (int followed = 0;; ++followed) {
    HttpResult answer = co_await environment.http.send(request, deadline);
    if (!answer || followed == kMostFollowed) co_return std::move(answer);
    std::optional<std::string> target = redirect_target(request.url, *answer);
    if (!target) co_return std::move(answer);
    if (permit != nullptr) permit->check();
    request.url = std::move(*target);
  }
}

}  // namespace core
