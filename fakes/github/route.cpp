#include "fakes/github/route.h"

#include <optional>

#include "fakes/http_text.h"

namespace fakes {

namespace {

using Root = GitHubEndpoint::Root;

/// Takes the first segment off; nothing where there is none, or an empty one.
std::optional<std::string_view> take_segment(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  if (segment.empty()) return std::nullopt;
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  if (slash != std::string_view::npos && path.empty()) return std::nullopt;  // A slash at the end.
  return segment;
}

/// Fills in what the pattern's words stand for.
bool fits(std::string_view pattern, std::string_view path, GitHubRoute& route) {
  while (!pattern.empty()) {
    const std::string_view word = *take_segment(pattern);
    if (word == "{rest}") {
      route.rest = path;
      return !path.empty();
    }
    const auto segment = take_segment(path);
    if (!segment) return false;
    if (word == "{number}") {
      const auto number = parse_positive(*segment);
      if (!number) return false;
      route.number = *number;
    } else if (word != *segment) {
      return false;
    }
  }
  return path.empty();
}

GitHubRoute find(Root root, std::string_view method, std::string_view path) {
  for (const GitHubEndpoint* endpoint : github_endpoints()) {
    GitHubRoute route{endpoint};
    if (endpoint->root == root && endpoint->method == method && fits(endpoint->path, path, route)) return route;
  }
  return {};
}

}  // namespace

GitHubRoute route_of(std::string_view method, std::string_view path) {
  if (!path.starts_with('/')) return {};
  path.remove_prefix(1);
  std::string_view rest = path;
  const std::string_view first = take_segment(rest).value_or("");
  if (first == "repositories") {
    const auto segment = take_segment(rest);
    const auto id = segment ? parse_positive(*segment) : std::nullopt;
    if (!id) return {};
    GitHubRoute route = find(Root::Repository, method, rest);
    route.repository_id = *id;
    return route;
  }
  if (first == "repos") {
    const auto owner = take_segment(rest);
    const auto name = owner ? take_segment(rest) : std::nullopt;
    if (!name) return {};
    GitHubRoute route = find(Root::Repository, method, rest);
    route.repository = {owner->data(), owner->size() + 1 + name->size()};
    return route;
  }
  return find(Root::Service, method, path);
}

}  // namespace fakes
