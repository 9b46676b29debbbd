// Issues.
#include <fmt/format.h>

#include <algorithm>

#include "core/json/members.h"
#include "core/time/text.h"
#include "fakes/github/call.h"

namespace fakes {

namespace {

namespace json = boost::json;

core::HttpResponse issue_answer(GitHubCall& call, int status, const Issue& issue) {
  const std::string name = fmt::format("{}#{}", call.route().repository, issue.number);
  return call.respond(
      status, github_issue(call.roots(), call.route().repository, issue, call.state().comments_of(name).size()));
}

core::HttpResponse get_issue(GitHubCall& call) {
  return issue_answer(call, 200, call.state().issues().find(call.route().repository, call.route().number));
}

/// Why GitHub does not take the fields of an issue that is made or changed; nothing: it does.
std::optional<core::HttpResponse> refuse_issue(GitHubCall& call, const json::object& fields, bool is_new) {
  const json::value* title = fields.if_contains("title");
  if (title == nullptr && is_new) return call.error(422, "Invalid request.\n\n\"title\" wasn't supplied.");
  if (title != nullptr && !title->is_string())
    return call.error(422, "Invalid request.\n\nFor 'properties/title', " + kind_text(*title) + " is not a string.");
  if (title != nullptr && is_blank(title->get_string())) {
    return call.invalid({"Issue", "title", "missing_field", "title can't be blank"});
  }
  const json::value* body = fields.if_contains("body");
  if (body != nullptr && body->is_string() && !call.state().has_room_for(body->get_string())) {
    return call.invalid({"Issue", "body", "unprocessable", "there are too many issues"});
  }
  return std::nullopt;
}

void apply_fields(const json::object& fields, Issue& issue) {
  const auto text = [&fields](std::string_view name) { return core::text_member(fields, name); };
  if (const auto title = text("title")) issue.title = *title;
  if (const auto body = text("body")) issue.body = *body;
  const auto state = text("state");
  if (state == "closed") {
    issue.is_open = false;
    issue.reason = text("state_reason").value_or("completed");
  } else if (state == "open") {
    issue.is_open = true;
    issue.reason.clear();
  }
  const json::value* labels = fields.if_contains("labels");
  if (labels == nullptr || !labels->is_array()) return;
  issue.labels.clear();
  for (const json::value& label : labels->get_array()) {
    if (label.is_string()) issue.labels.emplace_back(label.get_string());
  }
}

core::HttpResponse create_issue(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  if (auto refused = refuse_issue(call, document.get_object(), true)) return std::move(*refused);
  Issue issue{.app = call.token()->app, .created = call.second()};
  apply_fields(document.get_object(), issue);
  const Issue& made = call.state().issues().add(call.route().repository, std::move(issue));
  call.had_effect(std::string(call.route().repository), made.body);
  return issue_answer(call, 201, made);
}

core::HttpResponse update_issue(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  if (auto refused = refuse_issue(call, document.get_object(), false)) return std::move(*refused);
  Issue& issue = call.state().issues().at(call.route().repository, call.route().number);
  const Issue before = issue;
  apply_fields(document.get_object(), issue);
  if (issue != before) call.had_effect(call.issue_name(), {});
  return issue_answer(call, 200, issue);
}

/// GitHub's list has pull requests, too, and gives the newest first. Only what clients made or changed is in the
/// fake's.
core::HttpResponse list_issues(GitHubCall& call) {
  std::vector<const Issue*> issues = call.state().issues().of(call.route().repository);
  const std::string state = call.query("state").value_or("open");
  std::erase_if(issues, [&state](const Issue* issue) { return state != "all" && issue->is_open != (state == "open"); });
  if (const auto since = call.query("since")) {
    const auto time = core::parse_utc(*since);
    if (!time) return call.invalid({"Issue", "since", "invalid", "since is invalid"});
    std::erase_if(issues, [&](const Issue* issue) { return issue->created < *time; });
  }
  if (call.query("direction") == "asc") std::ranges::reverse(issues);
  return call.list("issues", issues.size(), [&](std::string& out, std::size_t place) {
    out += github_issue(call.roots(), call.route().repository, *issues[place], 0);
  });
}

}  // namespace

std::span<const GitHubEndpoint> issue_endpoints() {
  using Root = GitHubEndpoint::Root;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"issues.get", "GET", Root::Repository, "issues/{number}", &get_issue},
      {"issues.create", "POST", Root::Repository, "issues", &create_issue},
      {"issues.update", "PATCH", Root::Repository, "issues/{number}", &update_issue},
      {"issues.list", "GET", Root::Repository, "issues", &list_issues}};
  return kEndpoints;
}

}  // namespace fakes
