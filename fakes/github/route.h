// Which operation of GitHub's API a request is for. Operations are what rules name in `on`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fakes {

enum class GitHubOperation : std::uint8_t {
  Token,
  CommentsCreate,
  CommentsList,
  CommentsGet,
  RateLimit,
  IssuesGet,
  AppGet,
  RepositoriesGet,
  Other,
};
/// "comments.create", ...
std::string_view name_of(GitHubOperation operation);
/// All but that of Other: what rules may name.
std::span<const std::string_view> github_operation_names();

struct GitHubRoute {
  GitHubOperation operation = GitHubOperation::Other;
  std::string_view repository;      ///< "octo/hello"; a view into the path.
  std::uint64_t number = 0;         ///< Of the issue, comment or installation.
  std::uint64_t repository_id = 0;  ///< Where the path names the repository by its number; else 0.
};

/// `path` begins below the API's root.
GitHubRoute route_of(std::string_view method, std::string_view path);

}  // namespace fakes
