#include "fakes/github/github.h"

#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/text/compose.h"
#include "core/time/text.h"
#include "fakes/github/address.h"
#include "fakes/github/list_forms.h"
#include "fakes/github/route.h"
#include "fakes/github/texts.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t kMaxBody = 10 * 1024 * 1024;
constexpr std::size_t kMaxCommentCharacters = 65'536;
constexpr std::uint64_t kMaxPerPage = 100;

constexpr std::string_view kNoUserAgent =
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
    "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check "
    "https://developer.github.com for other possible causes.";
constexpr std::string_view kSecondaryLimit =
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
constexpr std::string_view kUnicornPage =
    "<!DOCTYPE html><html><head><title>Unicorn!</title></head><body>This page is taking too long to "
    "load.</body></html>";

constexpr std::array<std::string_view, 6> kGarbage = {
    kUnicornPage,
    "{}",
    R"({"token":7,"expires_at":[],"id":"one","body":null,"number":"7","resources":0})",
    "[{\"id\":1,\"token\":\"\xff\xfe\xc3\",\"body\":\"\xff\xfe\xc3\"}]",
    "",
    R"({"id":2000000001,"token":"ghs_0123456789","body":"Tha)"};

/// Code points of well-formed UTF-8.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::int64_t epoch_up(core::WallTime time) {
  return whole_up(time.time_since_epoch(), 1s);
}

}  // namespace

class GitHubExchange final : public HttpExchange {
 public:
  /// All outlive it. The route names the repository by its name, if it is of one.
  GitHubExchange(GitHub& github, const Url& url, const GitHubRoute& route, const core::HttpRequest& request,
                 const Now& now)
      : github_(github), state_(github.state_), url_(url), route_(route), request_(request), now_(now) {}

  core::HttpResponse perform(const HttpAction&) override {
    if (is_blank(core::find_header(request_.headers, "user-agent").value_or("")))
      return respond_error(403, kNoUserAgent);
    const auto version = core::find_header(request_.headers, "x-github-api-version");
    if (version && *version != "2022-11-28") {
      return respond_error(400,
                           "The version you specified in the \"X-GitHub-API-Version\" request header is not a "
                           "supported version. The following versions are currently supported: \"2022-11-28\" "
                           "(most recent).");
    }
    if (request_.body.size() > kMaxBody) return respond_error(413, "Payload too large");
    if (route_.operation == GitHubOperation::Other) return error(404);
    return is_for_apps() ? perform_as_app() : perform_as_installation();
  }

  core::HttpResponse error(int status) override {
    if (status == 422) return respond(422, github_validation_error({"IssueComment", "body", "invalid", "is invalid"}));
    return respond_error(status, github_message(status));
  }

  void add_lesser_waits(const AskedWait& wait, core::HttpResponse& response) override {
    if (!varies()) return;
    const std::string job(core::find_header(request_.headers, core::kJobHeader).value_or(""));
    const core::Random random = github_.forms_.fork(job).fork(github_.waits_asked_of_[job]++);
    add_lesser_waits_of_github(wait, response, now_, random);
  }

  core::HttpResponse garbage(std::uint64_t variant) override {
    const std::string_view body = kGarbage[variant % kGarbage.size()];
    core::HttpResponse response = respond(200, std::string(body));
    if (body == kUnicornPage) set_header(response.headers, "content-type", "text/html; charset=utf-8");
    return response;
  }

  core::HttpResponse limited(const DoRateLimit& limit, const Quota& quota) override {
    if (limit.kind == GitHubLimit::Secondary) {
      core::HttpResponse response = respond_error(403, kSecondaryLimit);
      const auto seconds = std::max<std::int64_t>(1, whole_up(quota.resets_in, 1s));
      response.headers.push_back({"retry-after", fmt::format("{}", seconds)});
      return response;
    }
    const InstallationToken* token = state_.find_token(credential_of(request_.headers).value, now_.wall);
    core::HttpResponse response = respond_error(403, fmt::format("API rate limit exceeded for installation ID {}.",
                                                                 token == nullptr ? 1 : token->installation));
    show_quota(response.headers, limit, quota);
    return response;
  }

  void show_quota(core::HttpHeaders& headers, const DoRateLimit& limit, const Quota& quota) override {
    // A secondary limit is not told in headers.
    if (limit.kind == GitHubLimit::Secondary) return;
    show_rate(headers, {quota.limit, quota.used, epoch_up(core::saturating_add(now_.wall, quota.resets_in))});
  }

  /// An App signs a new JWT for every request: its window goes by the App itself.
  std::optional<std::string> account(const DoRateLimit& limit) const override {
    if (!is_for_apps()) return limit.of == LimitOf::Installation ? installation() : std::nullopt;
    const auto jwt = check_app_jwt(credential_of(request_.headers).value, github_.options_, now_.wall);
    if (!jwt) return std::nullopt;
    return jwt->issuer;
  }

  bool is_free_of_limits() const override { return route_.operation == GitHubOperation::RateLimit; }

 private:
  /// Nothing: the token is none.
  std::optional<std::string> installation() const {
    const InstallationToken* token = state_.find_token(credential_of(request_.headers).value, now_.wall);
    if (token == nullptr) return std::nullopt;
    return fmt::format("installation {}", token->installation);
  }

  bool is_for_apps() const {
    return route_.operation == GitHubOperation::Token || route_.operation == GitHubOperation::AppGet;
  }

  core::HttpResponse respond(int status, std::string body) {
    core::HttpResponse response{status, {}, std::move(body)};
    response.headers.reserve(10);
    response.headers.push_back({"date", github_.date_.at(now_.wall)});
    response.headers.push_back({"content-type", "application/json; charset=utf-8"});
    const std::uint64_t id = github_.request_ids_.bits(github_.requests_++);
    response.headers.push_back({"x-github-request-id", core::compose(FMT_COMPILE("{:04X}:{:06X}:{:08X}"), id >> 48,
                                                                     id >> 24 & 0xffffff, id & 0xffffffff)});
    return response;
  }

  core::HttpResponse respond_error(int status, std::string_view message) {
    return respond(status, github_error(status, message));
  }

  /// In place of what an earlier limit put there.
  static void show_rate(core::HttpHeaders& headers, const RateNumbers& numbers) {
    set_header(headers, "x-ratelimit-limit", std::to_string(numbers.limit));
    set_header(headers, "x-ratelimit-remaining", std::to_string(numbers.remaining()));
    set_header(headers, "x-ratelimit-used", std::to_string(numbers.used));
    set_header(headers, "x-ratelimit-reset", std::to_string(numbers.reset));
    set_header(headers, "x-ratelimit-resource", "core");
  }

  /// The published limit. It only acts through rules, so what is told never comes down to nothing.
  static RateNumbers numbers_of(const InstallationToken& token) {
    RateNumbers numbers;
    numbers.used = std::min(token.used, numbers.limit - 1);
    numbers.reset = epoch_up(token.expires);
    return numbers;
  }

  core::HttpResponse perform_as_app() {
    const Credential credential = credential_of(request_.headers);
    if (!core::equal_ignoring_case(credential.scheme, "bearer")) {
      return respond_error(401, "A JSON web token could not be decoded");
    }
    const auto jwt = check_app_jwt(credential.value, github_.options_, now_.wall);
    if (!jwt) return respond_error(401, jwt.error().message);
    if (route_.operation == GitHubOperation::AppGet) return respond(200, github_app(jwt->issuer));
    if (!request_.body.empty()) {
      boost::system::error_code bad;
      const json::value body = json::parse(request_.body, bad);
      if (bad) return error(400);
      if (!body.is_object()) return respond_error(400, "Body should be a JSON object");
    }
    const auto& [token, minted] = state_.mint(route_.number, jwt->issuer, now_.wall);
    return respond(201, github_token(token, minted.expires));
  }

  core::HttpResponse perform_as_installation() {
    const Credential credential = credential_of(request_.headers);
    if (credential.value.empty()) return respond_error(401, "Requires authentication");
    const bool scheme_fits =
        core::equal_ignoring_case(credential.scheme, "bearer") || core::equal_ignoring_case(credential.scheme, "token");
    InstallationToken* token = scheme_fits ? state_.find_token(credential.value, now_.wall) : nullptr;
    if (token == nullptr) return error(401);
    if (!is_free_of_limits()) ++token->used;
    core::HttpResponse response = perform_with(*token);
    show_rate(response.headers, numbers_of(*token));
    return response;
  }

  /// Links to what is read by people, made where an answer has some.
  Roots roots() {
    if (html_.empty()) html_ = html_root(url_.base);
    return {url_.base, html_};
  }

  core::HttpResponse perform_with(const InstallationToken& token) {
    if (route_.operation != GitHubOperation::RateLimit && route_.repository.empty()) return error(404);
    switch (route_.operation) {
      case GitHubOperation::CommentsCreate:
        return create_comment(token);
      case GitHubOperation::CommentsList:
        return list_comments();
      case GitHubOperation::CommentsGet:
        return get_comment();
      case GitHubOperation::IssuesGet:
        return respond(200, github_issue(roots(), route_.repository, route_.number,
                                         github_.comments(fmt::format("{}#{}", route_.repository, route_.number))));
      case GitHubOperation::RepositoriesGet:
        return respond(200, github_repository(roots(), route_.repository, Repositories::id_of(route_.repository)));
      default:
        return respond(200, github_rate_limit(numbers_of(token)));
    }
  }

  core::HttpResponse create_comment(const InstallationToken& token) {
    unsigned char memory[8 * 1024];
    json::monotonic_resource resource(memory, sizeof memory);
    boost::system::error_code bad;
    const json::value document = json::parse(request_.body, bad, &resource);
    if (bad) return error(400);
    if (!document.is_object()) return respond_error(400, "Body should be a JSON object");
    const auto invalid = [this](std::string_view code, std::string_view message) {
      return respond(422, github_validation_error({"IssueComment", "body", code, message}));
    };
    const json::value* body = document.get_object().if_contains("body");
    if (body == nullptr) return invalid("missing_field", "body wasn't supplied");
    if (!body->is_string()) return invalid("invalid", "body is not a string");
    const std::string_view text = body->get_string();
    if (is_blank(text)) return invalid("missing_field", "body cannot be blank");
    if (characters(text) > kMaxCommentCharacters) {
      return invalid("unprocessable", "body is too long (maximum is 65536 characters)");
    }
    if (!state_.has_room_for(text)) return invalid("unprocessable", "there are too many comments");
    const Comment& comment =
        state_.add_comment(route_.repository, route_.number, std::string(text), token.app, now_.wall);
    std::string answer;
    answer.reserve(2048 + text.size());
    append_comment(answer, roots(), comment);
    core::HttpResponse response = respond(201, std::move(answer));
    response.headers.push_back({"location", core::compose(FMT_COMPILE("{}/repos/{}/issues/comments/{}"), url_.base,
                                                          comment.repository, comment.id)});
    return response;
  }

  core::HttpResponse get_comment() {
    const Comment* comment = state_.find_comment(route_.repository, route_.number);
    if (comment == nullptr) return error(404);
    std::string answer;
    append_comment(answer, roots(), *comment);
    return respond(200, std::move(answer));
  }

  std::uint64_t positive_parameter(std::string_view name, std::uint64_t otherwise) const {
    const auto text = query_parameter(url_.query, name);
    return text ? parse_positive(*text).value_or(otherwise) : otherwise;
  }

  bool varies() const { return github_.options_.forms == AnswerForms::Varied; }

  /// The same for all pages of a list, though comments may come between two of them.
  std::uint64_t page_size(const std::string& list, std::uint64_t asked, std::uint64_t size) {
    const auto known = github_.page_sizes_.find(list);
    if (known != github_.page_sizes_.end()) return std::min(asked, known->second);
    const std::uint64_t drawn = varied_page_size(asked, size, github_.forms_.fork(list));
    return github_.page_sizes_.emplace(list, drawn).first->second;
  }

  core::HttpResponse list_comments() {
    std::vector<std::size_t> places = state_.comments_of(fmt::format("{}#{}", route_.repository, route_.number));
    if (const auto since = query_parameter(url_.query, "since")) {
      const auto time = core::parse_utc(*since);
      if (!time) return respond(422, github_validation_error({"IssueComment", "since", "invalid", "since is invalid"}));
      std::erase_if(places, [&](std::size_t place) { return state_.comments()[place].created < *time; });
    }
    const std::string url = fmt::format("{}/repositories/{}/issues/{}/comments", url_.base,
                                        Repositories::id_of(route_.repository), route_.number);
    const std::uint64_t asked = std::min(positive_parameter("per_page", 30), kMaxPerPage);
    const std::uint64_t per_page = varies() ? page_size(url, asked, places.size()) : asked;
    const std::uint64_t page = positive_parameter("page", 1);
    const std::uint64_t last = std::max<std::uint64_t>(1, (places.size() + per_page - 1) / per_page);
    std::string body = "[";
    if (page <= last) {
      const std::size_t end = std::min<std::size_t>(places.size(), page * per_page);
      for (std::size_t i = (page - 1) * per_page; i < end; ++i) {
        if (body.size() > 1) body += ',';
        append_comment(body, roots(), state_.comments()[places[i]]);
      }
    }
    body += ']';
    core::HttpResponse response = respond(200, std::move(body));
    const ListPage listed{url, asked, page, last};
    if (varies()) {
      add_varied_links(listed, response.headers, github_.forms_.fork(url).fork(page));
    } else {
      add_links(listed, response.headers);
    }
    return response;
  }

  GitHub& github_;
  GitHubState& state_;
  const Url& url_;
  const GitHubRoute& route_;
  const core::HttpRequest& request_;
  const Now& now_;
  std::string html_;
};

GitHubRoute GitHub::resolve(GitHubRoute route, const core::HttpRequest& request) {
  if (route.repository.empty() && route.repository_id == 0) return route;
  const auto job = core::find_header(request.headers, core::kJobHeader);
  const std::string_view asker = job ? *job : credential_of(request.headers).value;
  if (route.repository_id != 0) {
    route.repository = repositories_.find(route.repository_id, asker);
  } else {
    repositories_.note(asker, route.repository);
  }
  return route;
}

Answer GitHub::handle(const core::HttpRequest& request, const Now& now) {
  const GitHubAddress address = address_of(request.url, options_.api_url);
  const GitHubRoute named = address.ours ? route_of(request.method, address.url.path) : GitHubRoute{};
  const GitHubRoute route = resolve(named, request);
  GitHubExchange exchange(*this, address.url, route, request, now);
  Answer answer = faults_.answer(name_of(route.operation), request, now, exchange);
  if (auto* respond = std::get_if<Respond>(&answer.delivery))
    lead_back(respond->response, request.url, options_.api_url);
  const bool by_number = route.repository_id != 0 && route.operation != GitHubOperation::Other;
  if (by_number)
    answer.place = core::compose(FMT_COMPILE("/repos/{}/issues/{}/comments"), route.repository, route.number);
  return answer;
}

}  // namespace fakes
