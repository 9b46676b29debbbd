#include "core/github/exchange.h"

#include <utility>

#include "core/github/redirect.h"
#include "core/http/percent.h"
#include "core/http/user_agent.h"

namespace core {

HttpRequest github_request(const Environment& environment, const GitHubConfig& config, std::string_view method,
                           std::string_view path, std::string_view credential, std::string_view job) {
  std::string url = config.url;
  while (url.ends_with('/')) url.pop_back();
  url += path;
  HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.headers.reserve(7);
  request.headers.push_back({"Accept", "application/vnd.github+json"});
  request.headers.push_back({"X-GitHub-Api-Version", "2022-11-28"});
  request.headers.push_back({"User-Agent", std::string(kUserAgent)});
  request.headers.push_back({"Authorization", "Bearer " + std::string(credential)});
  request.headers.push_back({std::string(kJobHeader), percent_encode(job)});
  if (!environment.runner.empty()) {
    request.headers.push_back({std::string(kRunnerHeader), percent_encode(environment.runner)});
  }
  return request;
}

GitHubAnswer judged(const Environment& environment, const GitHubConfig& config, HttpResult answer,
                    const InstallationToken* token) {
  if (!answer) return AttemptFailure{classify(answer.error())};
  const ClassifyContext context{.service = Service::GitHub,
                                .now = environment.clock.wall_now(),
                                .rate_limited_403 = config.rate_limited_403,
                                .settling = token != nullptr && config.new_token_refused == NewTokenRefused::Retry
                                                ? settling_for(*token, environment.clock.now())
                                                : std::nullopt};
  if (auto failure = classify(*answer, context)) return AttemptFailure{std::move(*failure)};
  return std::move(*answer);
}

boost::asio::awaitable<GitHubAnswer> exchange(const Environment& environment, const GitHubConfig& config,
                                              HttpRequest request, const InstallationToken& token,
                                              const Attempt& attempt, Permit* permit) {
  const SteadyTime deadline = attempt.request_deadline(environment.clock.now());
  HttpResult answer = co_await send_following_redirects(environment, std::move(request), deadline, permit);
  co_return judged(environment, config, std::move(answer), &token);
}

}  // namespace core
