#include "fakes/github/texts.h"

#include <fmt/compile.h>

#include <algorithm>
#include <iterator>

#include "core/json/escape.h"
#include "core/text/ascii.h"
#include "core/text/compose.h"
#include "core/time/text.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {

constexpr std::string_view kDocs = "https://docs.github.com/rest";

constexpr std::string_view kUser =
    R"({"login":"fake-app[bot]","id":41898282,"html_url":"https://github.com/apps/fake-app","type":"Bot"})";

constexpr std::string_view kPerson =
    R"({"login":"octocat","id":583231,"html_url":"https://github.com/octocat","type":"User"})";

constexpr std::string_view kPermissions =
    R"({"contents":"write","issues":"write","metadata":"read","pull_requests":"write"})";

}  // namespace

void append_app(std::string& out, std::string_view app) {
  if (app.empty()) {
    out += "null";
    return;
  }
  const auto id = parse_positive(app);
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{{\"id\":{},\"client_id\":"), id.value_or(1));
  core::append_json_string(out, id ? std::string_view("Iv1.0123456789abcdef") : app);
  out += R"(,"slug":"fake-app","name":"Fake App","html_url":"https://github.com/apps/fake-app"})";
}

std::int64_t epoch_up(core::WallTime time) {
  return whole_up(time.time_since_epoch(), std::chrono::seconds(1));
}

RateNumbers rate_of(const InstallationToken& token) {
  RateNumbers numbers;
  numbers.used = std::min(token.used, numbers.limit - 1);
  numbers.reset = epoch_up(token.expires);
  return numbers;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(core::kWhiteSpace) == std::string_view::npos;
}

void append_user(std::string& out, std::string_view app) {
  out += app.empty() ? kPerson : kUser;
}

void append_comment(std::string& out, const Roots& roots, const Comment& comment) {
  std::string url;
  fmt::format_to(std::back_inserter(url), FMT_COMPILE("{}/repos/{}/issues"), roots.api, comment.repository);
  const std::string created = core::format_utc(comment.created);
  out += "{\"url\":";
  core::append_json_string(out, core::compose(FMT_COMPILE("{}/comments/{}"), url, comment.id));
  out += ",\"html_url\":";
  core::append_json_string(out, core::compose(FMT_COMPILE("{}/{}/issues/{}#issuecomment-{}"), roots.html,
                                              comment.repository, comment.issue, comment.id));
  out += ",\"issue_url\":";
  core::append_json_string(out, core::compose(FMT_COMPILE("{}/{}"), url, comment.issue));
  fmt::format_to(std::back_inserter(out), FMT_COMPILE(",\"id\":{0},\"node_id\":\"IC_{0:016x}\",\"user\":"), comment.id);
  append_user(out, comment.app);
  fmt::format_to(std::back_inserter(out),
                 FMT_COMPILE(",\"created_at\":\"{0}\",\"updated_at\":\"{0}\",\"author_association\":\"NONE\""),
                 created);
  out += ",\"body\":";
  core::append_json_string(out, comment.body);
  out += ",\"performed_via_github_app\":";
  append_app(out, comment.app);
  out += '}';
}

std::string github_error(int status, std::string_view message) {
  std::string out = "{\"message\":";
  core::append_json_string(out, message);
  fmt::format_to(std::back_inserter(out), FMT_COMPILE(",\"documentation_url\":\"{}\",\"status\":\"{}\"}}"), kDocs,
                 status);
  return out;
}

std::string github_validation_error(const ValidationError& error) {
  return fmt::format(
      "{{\"message\":\"Validation Failed\",\"errors\":[{{\"resource\":\"{}\",\"field\":\"{}\",\"code\":\"{}\","
      "\"message\":{}}}],\"documentation_url\":\"{}\",\"status\":\"422\"}}",
      error.resource, error.field, error.code, core::json_string(error.message), kDocs);
}

std::string_view github_message(int status) {
  switch (status) {
    case 400:
      return "Problems parsing JSON";
    case 401:
      return "Bad credentials";
    case 403:
      return "Resource not accessible by integration";
    case 404:
      return "Not Found";
    case 422:
      return "Validation Failed";
    case 429:
      return "Too many requests";
    case 502:
    case 500:
      return "Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request.";
    default:
      return status < 500 ? "Request failed" : "Server Error";
  }
}

std::string github_token(std::string_view token, core::WallTime expires) {
  return core::compose(
      FMT_COMPILE(R"({{"token":"{}","expires_at":"{}","permissions":{},"repository_selection":"all"}})"), token,
      core::format_utc(expires), kPermissions);
}

std::string github_repository(const Roots& roots, std::string_view repository, std::uint64_t id) {
  const std::string_view name = repository.substr(repository.find('/') + 1);
  std::string out = fmt::format(R"({{"id":{0},"node_id":"R_{0:016x}","name":)", id);
  core::append_json_string(out, name);
  out += ",\"full_name\":";
  core::append_json_string(out, repository);
  out += R"(,"private":false,"owner":{"login":)";
  core::append_json_string(out, repository.substr(0, repository.find('/')));
  out += R"(,"type":"Organization"},"html_url":)";
  core::append_json_string(out, fmt::format("{}/{}", roots.html, repository));
  out += ",\"url\":";
  core::append_json_string(out, fmt::format("{}/repos/{}", roots.api, repository));
  return out + R"(,"default_branch":"main"})";
}

std::string github_app(std::string_view app) {
  std::string out;
  append_app(out, app);
  return out;
}

std::string github_rate_limit(const RateNumbers& numbers) {
  const std::string core = fmt::format(R"({{"limit":{},"used":{},"remaining":{},"reset":{}}})", numbers.limit,
                                       numbers.used, numbers.remaining(), numbers.reset);
  const std::string search = fmt::format(R"({{"limit":30,"used":0,"remaining":30,"reset":{}}})", numbers.reset);
  return fmt::format(R"({{"resources":{{"core":{0},"search":{1}}},"rate":{0}}})", core, search);
}

}  // namespace fakes
