// Labels of issues and pull requests.
#include <fmt/format.h>

#include <algorithm>

#include "core/json/escape.h"
#include "fakes/github/call.h"

namespace fakes {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostLabels = 100, kLongestLabel = 50;

core::HttpResponse labels_answer(GitHubCall& call, const Issue& issue) {
  std::string body = "[";
  for (const std::string& label : issue.labels) {
    if (body.size() > 1) body += ',';
    append_label(body, label);
  }
  return call.respond(200, body + "]");
}

/// GitHub makes a label that does not exist.
core::HttpResponse add_labels(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  const json::value* labels = document.get_object().if_contains("labels");
  if (labels == nullptr || !labels->is_array()) {
    return call.error(422, "Invalid request.\n\nFor 'properties/labels', nil is not an array.");
  }
  for (const json::value& label : labels->get_array()) {
    if (!label.is_string() || is_blank(label.get_string())) {
      return call.invalid({"Label", "name", "missing_field", "name can't be blank"});
    }
    if (label.get_string().size() > kLongestLabel) return call.invalid({"Label", "name", "invalid", ""});
  }
  Issue issue = call.state().issues().find(call.route().repository, call.route().number);
  for (const json::value& label : labels->get_array()) {
    const auto is_same = [&label](const std::string& known) { return is_same_label(known, label.get_string()); };
    if (std::ranges::none_of(issue.labels, is_same)) issue.labels.emplace_back(label.get_string());
  }
  if (issue.labels.size() > kMostLabels) return call.error(422, "Issues cannot have more than 100 labels");
  Issue& known = call.state().issues().at(call.route().repository, call.route().number);
  if (issue != known) call.had_effect(call.issue_name(), {});
  known = issue;
  return labels_answer(call, issue);
}

core::HttpResponse remove_label(GitHubCall& call) {
  const std::string name = percent_decode(call.route().rest);
  Issue issue = call.state().issues().find(call.route().repository, call.route().number);
  const auto is_same = [&name](const std::string& known) { return is_same_label(known, name); };
  if (call.route().rest.find('/') != std::string_view::npos) return call.error(404);
  if (std::erase_if(issue.labels, is_same) == 0) return call.error(404, "Label does not exist");
  call.state().issues().at(call.route().repository, call.route().number) = issue;
  call.had_effect(call.issue_name(), {});
  return labels_answer(call, issue);
}

}  // namespace

std::span<const GitHubEndpoint> label_endpoints() {
  using Root = GitHubEndpoint::Root;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"labels.add", "POST", Root::Repository, "issues/{number}/labels", &add_labels},
      {"labels.remove", "DELETE", Root::Repository, "issues/{number}/labels/{rest}", &remove_label}};
  return kEndpoints;
}

}  // namespace fakes
