// Branches and their commits.
#include <fmt/format.h>

#include <algorithm>

#include "fakes/github/call.h"

namespace fakes {

namespace {

namespace json = boost::json;
constexpr std::string_view kHeads = "refs/heads/";

core::HttpResponse get_ref(GitHubCall& call) {
  const std::string name = percent_decode(call.route().rest);
  const Branch* branch = call.state().contents().find(call.route().repository, name);
  if (branch == nullptr) return call.error(404);
  return call.respond(200, github_ref(call.roots(), call.route().repository, name, branch->sha()));
}

core::HttpResponse create_ref(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  const json::object& fields = document.get_object();
  const json::value* ref = fields.if_contains("ref");
  const json::value* sha = fields.if_contains("sha");
  if (ref == nullptr || !ref->is_string()) return call.error(422, "Invalid request.\n\n\"ref\" wasn't supplied.");
  if (sha == nullptr || !sha->is_string()) return call.error(422, "Invalid request.\n\n\"sha\" wasn't supplied.");
  const std::string_view full = ref->get_string();
  if (!full.starts_with(kHeads) || full.size() == kHeads.size()) {
    return call.error(422, "Reference name must start with 'refs/'.");
  }
  const std::string name(full.substr(kHeads.size()));
  ContentsState& contents = call.state().contents();
  if (contents.find(call.route().repository, name) != nullptr) return call.error(422, "Reference already exists");
  if (!call.state().has_room_for(name)) return call.error(422, "There are too many references");
  const Branch* made = contents.add_branch(call.route().repository, name, sha->get_string());
  if (made == nullptr) return call.error(422, "Object does not exist");
  call.had_effect(std::string(call.route().repository), name);
  return call.respond(201, github_ref(call.roots(), call.route().repository, name, made->sha()));
}

/// The newest first.
core::HttpResponse list_commits(GitHubCall& call) {
  const std::string name = call.query("sha").value_or(std::string(kMainBranch));
  const Branch* branch = call.state().contents().find(call.route().repository, name);
  if (branch == nullptr) return call.error(404);
  std::vector<const Commit*> commits;
  const auto path = call.query("path");
  for (const Commit& commit : branch->commits) {
    if (!path || commit.path == *path) commits.push_back(&commit);
  }
  std::ranges::reverse(commits);
  return call.list("commits", commits.size(), [&](std::string& out, std::size_t place) {
    out += github_commit(call.roots(), call.route().repository, *commits[place]);
  });
}

}  // namespace

std::span<const GitHubEndpoint> branch_endpoints() {
  using Root = GitHubEndpoint::Root;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"refs.get", "GET", Root::Repository, "git/ref/heads/{rest}", &get_ref},
      {"refs.create", "POST", Root::Repository, "git/refs", &create_ref},
      {"commits.list", "GET", Root::Repository, "commits", &list_commits}};
  return kEndpoints;
}

}  // namespace fakes
