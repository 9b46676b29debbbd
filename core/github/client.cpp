#include "core/github/client.h"

#include <fmt/compile.h>

#include <utility>

#include "core/http/percent.h"
#include "core/text/compose.h"
#include "core/text/names.h"

namespace core {

AttemptFailure not_to_be_done(std::string_view why) {
  return {Failure{.kind = FailureKind::ClientError,
                  .retryability = Retryability::Final,
                  .effect = Effect::None,
                  .code = "ERR_BAD_REQUEST",
                  .message = std::string(why)}};
}

std::string in_repository(std::string_view repo, std::string_view below) {
  const std::size_t slash = repo.find('/');
  const std::string_view name = slash == std::string_view::npos ? std::string_view() : repo.substr(slash + 1);
  return compose(FMT_COMPILE("/repos/{}/{}{}"), percent_encode(repo.substr(0, slash)), percent_encode(name), below);
}

namespace {

boost::asio::awaitable<GitHubAnswer> refused_here(AttemptFailure failure) {
  co_return failure;
}

}  // namespace

/// No coroutine itself: each costs memory for every request.
boost::asio::awaitable<GitHubAnswer> GitHubClient::send(const Attempt& attempt, const GitHubAccess& access,
                                                        const GitHubRequest& request) {
  if (!is_repository(access.repo)) return refused_here(not_to_be_done("the repository is not of the form owner/name"));
  HttpRequest sent =
      github_request(environment_, config_, request.method, request.path, access.token.value, access.job);
  if (request.method != "GET") sent.permit = access.permit;
  sent.max_body_bytes = request.max_body_bytes;
  if (!request.body.empty()) {
    sent.headers.push_back({"Content-Type", "application/json"});
    sent.body = request.body;
  }
  return exchange(environment_, config_, std::move(sent), access.token, attempt, access.permit);
}

}  // namespace core
