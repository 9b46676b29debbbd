#include "core/github/app_request.h"

#include <utility>

#include "core/github/app_jwt.h"
#include "core/github/exchange.h"
#include "core/github/redirect.h"

namespace core {

boost::asio::awaitable<std::variant<HttpResult, SigningError>> send_as_app(const Environment& environment,
                                                                           const GitHubConfig& config,
                                                                           GitHubClock& clock,
                                                                           const AppRequest& request,
                                                                           SteadyTime deadline) {
  for (bool corrected = false;; corrected = true) {
    // The JWT is made for this one request, since an earlier one may have expired.
    const Duration ahead = clock.ahead();
    const auto jwt = make_app_jwt(config.app_id, clock.now(), environment.signer);
    if (!jwt) co_return jwt.error();
    HttpRequest signed_request = github_request(environment, config, request.method, request.path, *jwt, request.job);
    signed_request.max_body_bytes = request.max_body_bytes;
    HttpResult answer = co_await send_following_redirects(environment, std::move(signed_request), deadline);
    const bool has_learned = answer && clock.learn(*answer, ahead);
    // What the second refusal tells is kept for the next request.
    if (!has_learned || corrected) co_return std::move(answer);
  }
}

}  // namespace core
