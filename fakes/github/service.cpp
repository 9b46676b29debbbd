// What belongs to the service itself: tokens, limits, the App and its repositories.
#include <boost/json/parse.hpp>

#include "fakes/github/app_jwt.h"
#include "fakes/github/call.h"
#include "fakes/github/repositories.h"

namespace fakes {

namespace {

core::HttpResponse give_token(GitHubCall& call) {
  const auto jwt = check_app_jwt(credential_of(call.request().headers).value, call.options(), call.now().wall);
  if (!jwt) return call.error(401, jwt.error().message);
  boost::json::value body;
  if (!call.request().body.empty()) {
    if (auto refused = call.parse(body)) return std::move(*refused);
  }
  const auto& [token, minted] = call.state().mint(call.route().number, jwt->issuer, call.now().wall);
  return call.respond(201, github_token(token, minted.expires));
}

core::HttpResponse get_app(GitHubCall& call) {
  const auto jwt = check_app_jwt(credential_of(call.request().headers).value, call.options(), call.now().wall);
  if (!jwt) return call.error(401, jwt.error().message);
  return call.respond(200, github_app(jwt->issuer));
}

core::HttpResponse get_rate_limit(GitHubCall& call) {
  return call.respond(200, github_rate_limit(rate_of(*call.token())));
}

core::HttpResponse get_repository(GitHubCall& call) {
  const std::string_view name = call.route().repository;
  return call.respond(200, github_repository(call.roots(), name, Repositories::id_of(name)));
}

}  // namespace

std::span<const GitHubEndpoint> service_endpoints() {
  using Root = GitHubEndpoint::Root;
  using For = GitHubEndpoint::For;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"token", "POST", Root::Service, "app/installations/{number}/access_tokens", &give_token, For::Apps},
      {"rate_limit", "GET", Root::Service, "rate_limit", &get_rate_limit, For::Installations,
       GitHubEndpoint::Limits::PassOver},
      {"app.get", "GET", Root::Service, "app", &get_app, For::Apps},
      {"repos.get", "GET", Root::Repository, "", &get_repository}};
  return kEndpoints;
}

}  // namespace fakes
