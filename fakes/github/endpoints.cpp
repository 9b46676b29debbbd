#include <vector>

#include "fakes/github/endpoint.h"

namespace fakes {

std::span<const GitHubEndpoint* const> github_endpoints() {
  static const std::vector<const GitHubEndpoint*> all = [] {
    std::vector<const GitHubEndpoint*> endpoints;
    for (const auto of_resource : {&comment_endpoints, &issue_endpoints, &label_endpoints, &pull_endpoints,
                                   &content_endpoints, &branch_endpoints, &service_endpoints}) {
      for (const GitHubEndpoint& endpoint : of_resource()) endpoints.push_back(&endpoint);
    }
    return endpoints;
  }();
  return all;
}

std::span<const std::string_view> github_operation_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const GitHubEndpoint* endpoint : github_endpoints()) all.push_back(endpoint->operation);
    return all;
  }();
  return names;
}

}  // namespace fakes
