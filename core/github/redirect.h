// Redirects of GitHub: a repository that was renamed or handed over is answered for by its number, under
// /repositories/{id} (docs.github.com, "Best practices for using the REST API": follow redirects). They are followed as
// reading 24 says: with the same method, body and credential, and only to the server that was asked.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/environment.h"
#include "core/http/http.h"
#include "core/retry/retry.h"

namespace core {

/// Where a request for `url` goes on to after `answer`: a 301, 302, 307 or 308 whose Location, absolute or relative,
/// has the same scheme, host and port. Nothing for every other answer, and for a Location that is missing, cannot be
/// read, or carries a user's name: that answer stands as it is.
std::optional<std::string> redirect_target(std::string_view url, const HttpResponse& answer);

/// Sends, and follows up to five redirects, all by the one deadline. What comes back is the last answer: a redirect
/// that is not followed is among them. `permit` is asked before each further request, and what it throws goes upwards.
/// `environment` and `permit` must outlive the call.
boost::asio::awaitable<HttpResult> send_following_redirects(const Environment& environment, HttpRequest request,
                                                            SteadyTime deadline, Permit* permit = nullptr);

}  // namespace core
