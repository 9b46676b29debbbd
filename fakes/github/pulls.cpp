// Pull requests and their reviews.
#include <fmt/format.h>

#include <algorithm>

#include "core/json/members.h"
#include "fakes/github/call.h"

namespace fakes {

namespace {

namespace json = boost::json;

std::string text_of(const json::object& fields, std::string_view name) {
  return core::text_member(fields, name).value_or("");
}

std::string_view owner_of(GitHubCall& call) {
  return call.route().repository.substr(0, call.route().repository.find('/'));
}

core::HttpResponse create_pull(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  const json::object& fields = document.get_object();
  const std::string_view repository = call.route().repository;
  for (const char* name : {"title", "head", "base"}) {
    if (text_of(fields, name).empty()) {
      return call.error(422, fmt::format("Invalid request.\n\n\"{}\" wasn't supplied.", name));
    }
  }
  const PullRequest pull{text_of(fields, "head"), text_of(fields, "base")};
  const Branch* head = call.state().contents().find(repository, pull.head);
  const Branch* base = call.state().contents().find(repository, pull.base);
  if (head == nullptr) return call.invalid({"PullRequest", "head", "invalid", ""});
  if (base == nullptr) return call.invalid({"PullRequest", "base", "invalid", ""});
  for (const Issue* known : call.state().issues().of(repository)) {
    const bool is_same =
        known->is_open && known->pull && known->pull->head == pull.head && known->pull->base == pull.base;
    if (!is_same) continue;
    return call.invalid({"PullRequest", "", "custom",
                         fmt::format("A pull request already exists for {}:{}.", owner_of(call), pull.head)});
  }
  if (head->sha() == base->sha()) {
    return call.invalid(
        {"PullRequest", "", "custom", fmt::format("No commits between {} and {}", pull.base, pull.head)});
  }
  const std::string body = text_of(fields, "body");
  if (!call.state().has_room_for(body)) {
    return call.invalid({"PullRequest", "body", "unprocessable", "there are too many pull requests"});
  }
  Issue made{.title = text_of(fields, "title"), .body = body, .app = call.token()->app, .created = call.second()};
  made.pull = pull;
  const Issue& kept = call.state().issues().add(repository, std::move(made));
  call.had_effect(std::string(repository), body);
  return call.respond(201, github_pull(call.roots(), repository, kept));
}

/// `head` is "owner:branch"; without the owner GitHub passes over it.
core::HttpResponse list_pulls(GitHubCall& call) {
  std::vector<const Issue*> pulls = call.state().issues().of(call.route().repository);
  const std::string state = call.query("state").value_or("open"), head = call.query("head").value_or("");
  const std::size_t colon = head.find(':');
  std::erase_if(pulls, [&](const Issue* issue) {
    if (!issue->pull || (state != "all" && issue->is_open != (state == "open"))) return true;
    return colon != std::string::npos && issue->pull->head != head.substr(colon + 1);
  });
  return call.list("pulls", pulls.size(), [&](std::string& out, std::size_t place) {
    out += github_pull(call.roots(), call.route().repository, *pulls[place]);
  });
}

core::HttpResponse create_review(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  const std::string body = text_of(document.get_object(), "body");
  if (text_of(document.get_object(), "event") != "COMMENT") {
    return call.respond(422, github_string_errors("Unprocessable Entity",
                                                  "Variable $event of type PullRequestReviewEvent "
                                                  "was provided invalid value"));
  }
  if (is_blank(body)) return call.respond(422, github_string_errors("Unprocessable Entity", "Body can't be blank"));
  if (!call.state().has_room_for(body)) {
    return call.respond(422, github_string_errors("Unprocessable Entity", "There are too many reviews"));
  }
  const Review& review = call.state().issues().add_review(
      call.route().repository, call.route().number, {.body = body, .app = call.token()->app, .created = call.second()});
  call.had_effect(call.issue_name(), body);
  return call.respond(200, github_review(call.roots(), call.route().repository, call.route().number, review));
}

core::HttpResponse list_reviews(GitHubCall& call) {
  const std::vector<Review>& reviews = call.state().issues().reviews_of(call.route().repository, call.route().number);
  return call.list(fmt::format("pulls/{}/reviews", call.route().number), reviews.size(),
                   [&](std::string& out, std::size_t place) {
                     out += github_review(call.roots(), call.route().repository, call.route().number, reviews[place]);
                   });
}

}  // namespace

std::span<const GitHubEndpoint> pull_endpoints() {
  using Root = GitHubEndpoint::Root;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"pulls.create", "POST", Root::Repository, "pulls", &create_pull},
      {"pulls.list", "GET", Root::Repository, "pulls", &list_pulls},
      {"reviews.create", "POST", Root::Repository, "pulls/{number}/reviews", &create_review},
      {"reviews.list", "GET", Root::Repository, "pulls/{number}/reviews", &list_reviews}};
  return kEndpoints;
}

}  // namespace fakes
