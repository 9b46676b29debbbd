#include <fmt/compile.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>

#include "core/json/escape.h"
#include "core/time/text.h"
#include "fakes/github/texts.h"

namespace fakes {

namespace json = boost::json;

std::string github_string_errors(std::string_view message, std::string_view error) {
  return json::serialize(json::object{{"message", message},
                                      {"errors", {error}},
                                      {"documentation_url", "https://docs.github.com/rest"},
                                      {"status", "422"}});
}

std::string kind_text(const json::value& value) {
  if (value.is_null()) return "nil";
  return fmt::format("{}", json::serialize(value).substr(0, 40));
}

void append_label(std::string& out, std::string_view name) {
  out += R"({"id":1,"name":)";
  core::append_json_string(out, name);
  out += R"(,"color":"ededed","default":false,"description":null})";
}

std::string github_issue(const Roots& roots, std::string_view repository, const Issue& issue, std::size_t comments) {
  const std::string_view api = roots.api;
  const std::uint64_t number = issue.number;
  const std::string created = core::format_utc(issue.created);
  std::string out = "{\"url\":";
  core::append_json_string(out, fmt::format("{}/repos/{}/issues/{}", api, repository, number));
  out += ",\"repository_url\":";
  core::append_json_string(out, fmt::format("{}/repos/{}", api, repository));
  out += ",\"comments_url\":";
  core::append_json_string(out, fmt::format("{}/repos/{}/issues/{}/comments", api, repository, number));
  out += ",\"html_url\":";
  core::append_json_string(out,
                           fmt::format("{}/{}/{}/{}", roots.html, repository, issue.pull ? "pull" : "issues", number));
  fmt::format_to(std::back_inserter(out), ",\"id\":{0},\"node_id\":\"I_{0:016x}\",\"number\":{0},\"title\":", number);
  core::append_json_string(out, issue.title);
  out += ",\"user\":";
  append_user(out, issue.app);
  out += ",\"labels\":[";
  for (const std::string& label : issue.labels) {
    if (&label != &issue.labels.front()) out += ',';
    append_label(out, label);
  }
  fmt::format_to(std::back_inserter(out),
                 R"(],"state":"{}","locked":false,"assignee":null,"assignees":[],"milestone":null,"comments":{},)"
                 R"("created_at":"{}","updated_at":"{}","closed_at":null,"author_association":"NONE","body":)",
                 issue.is_open ? "open" : "closed", comments, created, created);
  core::append_json_string(out, issue.body);
  out += ",\"state_reason\":";
  out += issue.reason.empty() ? "null" : core::json_string(issue.reason);
  if (issue.pull) out += R"(,"pull_request":{})";
  out += ",\"performed_via_github_app\":";
  append_app(out, issue.app);
  return out + "}";
}

std::string github_pull(const Roots& roots, std::string_view repository, const Issue& pull) {
  std::string out =
      fmt::format(R"({{"id":{0},"number":{0},"state":"{1}","title":)", pull.number, pull.is_open ? "open" : "closed");
  core::append_json_string(out, pull.title);
  out += ",\"html_url\":";
  core::append_json_string(out, fmt::format("{}/{}/pull/{}", roots.html, repository, pull.number));
  out += ",\"user\":";
  append_user(out, pull.app);
  out += ",\"body\":";
  core::append_json_string(out, pull.body);
  const auto append_side = [&](std::string_view name, const std::string& branch) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":{{\"ref\":", name);
    core::append_json_string(out, branch);
    out += ",\"repo\":{\"full_name\":";
    core::append_json_string(out, repository);
    out += "}}";
  };
  append_side("head", pull.pull->head);
  append_side("base", pull.pull->base);
  return out + fmt::format(",\"created_at\":\"{}\"}}", core::format_utc(pull.created));
}

std::string github_review(const Roots& roots, std::string_view repository, std::uint64_t number, const Review& review) {
  std::string out = fmt::format(R"({{"id":{},"state":"COMMENTED","user":)", review.id);
  append_user(out, review.app);
  out += ",\"body\":";
  core::append_json_string(out, review.body);
  out += ",\"html_url\":";
  core::append_json_string(
      out, fmt::format("{}/{}/pull/{}#pullrequestreview-{}", roots.html, repository, number, review.id));
  return out + fmt::format(",\"submitted_at\":\"{}\"}}", core::format_utc(review.created));
}

std::string github_ref(const Roots& roots, std::string_view repository, std::string_view branch, std::string_view sha) {
  std::string out = "{\"ref\":";
  core::append_json_string(out, fmt::format("refs/heads/{}", branch));
  out += ",\"url\":";
  core::append_json_string(out, fmt::format("{}/repos/{}/git/refs/heads/{}", roots.api, repository, branch));
  return out + fmt::format(R"(,"object":{{"sha":"{}","type":"commit"}}}})", sha);
}

std::string github_commit(const Roots& roots, std::string_view repository, const Commit& commit) {
  std::string out = fmt::format(R"({{"sha":"{}","html_url":)", commit.sha);
  core::append_json_string(out, fmt::format("{}/{}/commit/{}", roots.html, repository, commit.sha));
  out += ",\"author\":";
  append_user(out, commit.app);
  out += ",\"commit\":{\"message\":";
  core::append_json_string(out, commit.message);
  return out + "}}";
}

}  // namespace fakes
