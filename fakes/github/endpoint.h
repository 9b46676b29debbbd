// The table of the fake GitHub's endpoints. The rows of a resource, such as labels, are in the file of that name; a new
// resource is added to the list in endpoints.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/http/http.h"

namespace fakes {

class GitHubCall;

struct GitHubEndpoint {
  enum class Root : std::uint8_t { Repository, Service };
  enum class For : std::uint8_t { Installations, Apps };
  enum class Limits : std::uint8_t { Count, PassOver };

  std::string_view operation;  ///< As rules name it in `on`.
  std::string_view method;
  Root root;
  /// Below the root: "issues/{number}/labels/{rest}". {number} is a positive number, {rest} whatever follows, at least
  /// one segment.
  std::string_view path;
  core::HttpResponse (*answer)(GitHubCall& call);
  For whom = For::Installations;
  Limits limits = Limits::Count;
};

std::span<const GitHubEndpoint> service_endpoints();
std::span<const GitHubEndpoint> comment_endpoints();
std::span<const GitHubEndpoint> issue_endpoints();
std::span<const GitHubEndpoint> label_endpoints();
std::span<const GitHubEndpoint> pull_endpoints();
std::span<const GitHubEndpoint> content_endpoints();
std::span<const GitHubEndpoint> branch_endpoints();

/// All of them.
std::span<const GitHubEndpoint* const> github_endpoints();
/// What rules may name.
std::span<const std::string_view> github_operation_names();

}  // namespace fakes
