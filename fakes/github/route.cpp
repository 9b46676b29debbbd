#include "fakes/github/route.h"

#include <array>

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

GitHubRoute issue_route(std::string_view method, const Segments& segments) {
  const auto& at = segments.at;
  const std::string_view repository(at[1].data(), at[1].size() + 1 + at[2].size());
  const bool get = method == "GET";
  if (segments.size == 5 && get) {
    if (const auto issue = parse_positive(at[4])) return {GitHubOperation::IssuesGet, repository, *issue};
  } else if (segments.size == 6 && at[4] == "comments" && get) {
    if (const auto comment = parse_positive(at[5])) return {GitHubOperation::CommentsGet, repository, *comment};
  } else if (segments.size == 6 && at[5] == "comments" && (get || method == "POST")) {
    const auto operation = get ? GitHubOperation::CommentsList : GitHubOperation::CommentsCreate;
    if (const auto issue = parse_positive(at[4])) return {operation, repository, *issue};
  }
  return {};
}

}  // namespace

std::string_view name_of(GitHubOperation operation) {
  constexpr std::array<std::string_view, 8> kNames = {"token",      "comments.create", "comments.list", "comments.get",
                                                      "rate_limit", "issues.get",      "app.get",       "other"};
  return kNames[static_cast<std::size_t>(operation)];
}

GitHubRoute route_of(std::string_view method, std::string_view path) {
  const Segments segments = split(path);
  const auto& at = segments.at;
  if (segments.size >= 5 && at[0] == "repos" && at[3] == "issues") return issue_route(method, segments);
  if (segments.size == 4 && at[0] == "app" && at[1] == "installations" && at[3] == "access_tokens" &&
      method == "POST") {
    if (const auto installation = parse_positive(at[2])) return {GitHubOperation::Token, {}, *installation};
  }
  if (segments.size == 1 && at[0] == "rate_limit" && method == "GET") return {GitHubOperation::RateLimit, {}, 0};
  if (segments.size == 1 && at[0] == "app" && method == "GET") return {GitHubOperation::AppGet, {}, 0};
  return {};
}

}  // namespace fakes
