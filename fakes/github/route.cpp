#include "fakes/github/route.h"

#include <array>

#include "core/api/api.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {

struct Segments {
  std::array<std::string_view, 7> at;
  std::size_t size = 0;
};

/// More segments than any route has, or an empty one, make a path that is no route's.
Segments split(std::string_view path) {
  Segments segments;
  if (!path.starts_with('/')) return {};
  path.remove_prefix(1);
  while (segments.size < segments.at.size()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty()) return {};
    segments.at[segments.size++] = segment;
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
  return {};
}

/// What follows the repository in a path, from segment `first` on.
GitHubRoute route_within_repository(std::string_view method, const Segments& segments, std::size_t first) {
  const auto& at = segments.at;
  const std::size_t size = segments.size - first;
  const bool get = method == "GET";
  if (size == 0 && get) return {GitHubOperation::RepositoriesGet};
  if (size < 2 || at[first] != "issues") return {};
  if (size == 2 && get) {
    if (const auto issue = parse_positive(at[first + 1])) return {GitHubOperation::IssuesGet, {}, *issue};
  } else if (size == 3 && at[first + 1] == "comments" && get) {
    if (const auto comment = parse_positive(at[first + 2])) return {GitHubOperation::CommentsGet, {}, *comment};
  } else if (size == 3 && at[first + 2] == "comments" && (get || method == "POST")) {
    const auto operation = get ? GitHubOperation::CommentsList : GitHubOperation::CommentsCreate;
    if (const auto issue = parse_positive(at[first + 1])) return {operation, {}, *issue};
  }
  return {};
}

/// In the order of the operations.
constexpr std::array<std::string_view, 9> kNames = {core::api::kToken.operation(),
                                                    core::api::kCreateComment.operation(),
                                                    core::api::kListComments.operation(),
                                                    "comments.get",
                                                    "rate_limit",
                                                    "issues.get",
                                                    "app.get",
                                                    "repos.get",
                                                    "other"};

}  // namespace

std::string_view name_of(GitHubOperation operation) {
  return kNames[static_cast<std::size_t>(operation)];
}

std::span<const std::string_view> github_operation_names() {
  return std::span(kNames).first(kNames.size() - 1);
}

GitHubRoute route_of(std::string_view method, std::string_view path) {
  const Segments segments = split(path);
  const auto& at = segments.at;
  if (segments.size >= 3 && at[0] == "repos") {
    GitHubRoute route = route_within_repository(method, segments, 3);
    route.repository = {at[1].data(), at[1].size() + 1 + at[2].size()};
    return route;
  }
  if (segments.size >= 2 && at[0] == "repositories") {
    const auto id = parse_positive(at[1]);
    if (!id) return {};
    GitHubRoute route = route_within_repository(method, segments, 2);
    route.repository_id = *id;
    return route;
  }
  if (segments.size == 4 && at[0] == "app" && at[1] == "installations" && at[3] == "access_tokens" &&
      method == "POST") {
    if (const auto installation = parse_positive(at[2])) return {GitHubOperation::Token, {}, *installation};
  }
  if (segments.size == 1 && at[0] == "rate_limit" && method == "GET") return {GitHubOperation::RateLimit, {}, 0};
  if (segments.size == 1 && at[0] == "app" && method == "GET") return {GitHubOperation::AppGet, {}, 0};
  return {};
}

}  // namespace fakes
