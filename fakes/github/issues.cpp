// Issues.
#include <fmt/format.h>

#include "fakes/github/call.h"

namespace fakes {

namespace {

core::HttpResponse get_issue(GitHubCall& call) {
  return call.respond(200, github_issue(call.roots(), call.route().repository, call.route().number,
                                        call.state().comments_of(call.issue_name()).size()));
}

}  // namespace

std::span<const GitHubEndpoint> issue_endpoints() {
  using Root = GitHubEndpoint::Root;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"issues.get", "GET", Root::Repository, "issues/{number}", &get_issue}};
  return kEndpoints;
}

}  // namespace fakes
