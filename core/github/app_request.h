// Requests that a GitHub App makes as itself, signed by a JWT.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string_view>
#include <variant>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/github_clock.h"
#include "core/github/jwt_signer.h"

namespace core {

struct AppRequest {
  std::string_view method;
  std::string_view path;  ///< Begins with '/' and is safe in a URL.
  std::string_view job;
  std::size_t max_body_bytes = 0;
};

/// Sends it; whatever the answer is, it is given back. Where the machine's clock shows to be why the JWT was refused,
/// `clock` is corrected and it is sent once more, by the same deadline. What is passed must outlive the call.
boost::asio::awaitable<std::variant<HttpResult, SigningError>> send_as_app(const Environment& environment,
                                                                           const GitHubConfig& config,
                                                                           GitHubClock& clock,
                                                                           const AppRequest& request,
                                                                           SteadyTime deadline);

}  // namespace core
