// One request to GitHub's API and what came of it: the headers that every request has, the timeout, the classification.
// Nothing here is retried.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/installation_token.h"
#include "core/retry/retry.h"

namespace core {

/// `path` begins with '/' and is safe in a URL. `credential` is a JWT or an installation token. `job` may be any bytes.
/// The runner's name comes from `environment`.
HttpRequest github_request(const Environment& environment, const GitHubConfig& config, std::string_view method,
                           std::string_view path, std::string_view credential, std::string_view job);

using GitHubAnswer = boost::system::result<HttpResponse, AttemptFailure>;

/// What came of a request that has just been answered: a 2xx answer is a value; all else is a failure. `token` is the
/// one that it was made with, null for a JWT.
GitHubAnswer judged(const Environment& environment, const GitHubConfig& config, HttpResult answer,
                    const InstallationToken* token = nullptr);

/// Sends it, follows redirects where `permit`, which may be null, still allows it, and says what came of it. `request`
/// carries `token` and is answered by the deadline of `attempt`. What is passed by reference or pointer must outlive
/// the call.
boost::asio::awaitable<GitHubAnswer> exchange(const Environment& environment, const GitHubConfig& config,
                                              HttpRequest request, const InstallationToken& token,
                                              const Attempt& attempt, Permit* permit);

}  // namespace core
