#include "fakes/github/github.h"

#include <fmt/compile.h>

#include <algorithm>
#include <array>

#include "core/state.h"
#include "core/text/compose.h"
#include "fakes/github/address.h"
#include "fakes/github/call.h"
#include "fakes/github/route.h"
#include "fakes/github/texts.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

constexpr std::size_t kMaxBody = 10 * 1024 * 1024;

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

}  // namespace

class GitHubExchange final : public HttpExchange {
 public:
  /// All outlive it.
  GitHubExchange(GitHub& github, GitHubCall& call) : github_(github), call_(call) {}

  core::HttpResponse perform(const HttpAction&) override {
    const core::HttpHeaders& headers = call_.request().headers;
    if (is_blank(core::find_header(headers, "user-agent").value_or(""))) return call_.error(403, kNoUserAgent);
    const auto version = core::find_header(headers, "x-github-api-version");
    if (version && *version != "2022-11-28") {
      return call_.error(400,
                         "The version you specified in the \"X-GitHub-API-Version\" request header is not a "
                         "supported version. The following versions are currently supported: \"2022-11-28\" "
                         "(most recent).");
    }
    if (call_.request().body.size() > kMaxBody) return call_.error(413, "Payload too large");
    if (call_.route().endpoint == nullptr) return call_.error(404);
    return is_for_apps() ? perform_as_app() : perform_as_installation();
  }

  core::HttpResponse error(int status) override {
    if (status == 422) return call_.invalid({"IssueComment", "body", "invalid", "is invalid"});
    return call_.error(status);
  }

  void add_lesser_waits(const AskedWait& wait, core::HttpResponse& response) override {
    if (github_.options_.forms != AnswerForms::Varied) return;
    const std::string job(core::find_header(call_.request().headers, core::kJobHeader).value_or(""));
    const core::Random random = github_.forms_.fork(job).fork(github_.waits_asked_of_[job]++);
    add_lesser_waits_of_github(wait, response, call_.now(), random);
  }

  core::HttpResponse garbage(std::uint64_t variant) override {
    const std::string_view body = kGarbage[variant % kGarbage.size()];
    core::HttpResponse response = call_.respond(200, std::string(body));
    if (body == kUnicornPage) set_header(response.headers, "content-type", "text/html; charset=utf-8");
    return response;
  }

  core::HttpResponse limited(const DoRateLimit& limit, const Quota& quota) override {
    if (limit.kind == GitHubLimit::Secondary) {
      core::HttpResponse response = call_.error(403, kSecondaryLimit);
      const auto seconds = std::max<std::int64_t>(1, whole_up(quota.resets_in, 1s));
      response.headers.push_back({"retry-after", fmt::format("{}", seconds)});
      return response;
    }
    const InstallationToken* token = asker();
    core::HttpResponse response = call_.error(403, fmt::format("API rate limit exceeded for installation ID {}.",
                                                               token == nullptr ? 1 : token->installation));
    show_quota(response.headers, limit, quota);
    return response;
  }

  void show_quota(core::HttpHeaders& headers, const DoRateLimit& limit, const Quota& quota) override {
    // A secondary limit is not told in headers.
    if (limit.kind == GitHubLimit::Secondary) return;
    const core::WallTime resets = core::saturating_add(call_.now().wall, quota.resets_in);
    show_rate(headers, {quota.limit, quota.used, epoch_up(resets)});
  }

  /// An App signs a new JWT for every request: its window goes by the App itself.
  std::optional<std::string> account(const DoRateLimit& limit) const override {
    if (!is_for_apps()) return limit.of == LimitOf::Installation ? installation() : std::nullopt;
    const auto jwt = check_app_jwt(credential_of(call_.request().headers).value, github_.options_, call_.now().wall);
    if (!jwt) return std::nullopt;
    return jwt->issuer;
  }

  bool is_free_of_limits() const override {
    const GitHubEndpoint* endpoint = call_.route().endpoint;
    return endpoint != nullptr && endpoint->limits == GitHubEndpoint::Limits::PassOver;
  }

 private:
  /// Null: the token is none.
  InstallationToken* asker() const {
    return github_.state_.find_token(credential_of(call_.request().headers).value, call_.now().wall);
  }

  std::optional<std::string> installation() const {
    const InstallationToken* token = asker();
    if (token == nullptr) return std::nullopt;
    return fmt::format("installation {}", token->installation);
  }

  bool is_for_apps() const {
    const GitHubEndpoint* endpoint = call_.route().endpoint;
    return endpoint != nullptr && endpoint->whom == GitHubEndpoint::For::Apps;
  }

  /// In place of what an earlier limit put there.
  static void show_rate(core::HttpHeaders& headers, const RateNumbers& numbers) {
    set_header(headers, "x-ratelimit-limit", std::to_string(numbers.limit));
    set_header(headers, "x-ratelimit-remaining", std::to_string(numbers.remaining()));
    set_header(headers, "x-ratelimit-used", std::to_string(numbers.used));
    set_header(headers, "x-ratelimit-reset", std::to_string(numbers.reset));
    set_header(headers, "x-ratelimit-resource", "core");
  }

  core::HttpResponse perform_as_app() {
    const Credential credential = credential_of(call_.request().headers);
    if (!core::equal_ignoring_case(credential.scheme, "bearer")) {
      return call_.error(401, "A JSON web token could not be decoded");
    }
    return call_.route().endpoint->answer(call_);
  }

  core::HttpResponse perform_as_installation() {
    const Credential credential = credential_of(call_.request().headers);
    if (credential.value.empty()) return call_.error(401, "Requires authentication");
    const bool scheme_fits =
        core::equal_ignoring_case(credential.scheme, "bearer") || core::equal_ignoring_case(credential.scheme, "token");
    InstallationToken* token = scheme_fits ? asker() : nullptr;
    if (token == nullptr) return error(401);
    if (!is_free_of_limits()) ++token->used;
    call_.let_in(*token);
    const GitHubEndpoint& endpoint = *call_.route().endpoint;
    const bool is_nowhere = endpoint.root == GitHubEndpoint::Root::Repository && call_.route().repository.empty();
    core::HttpResponse response = is_nowhere ? call_.error(404) : endpoint.answer(call_);
    show_rate(response.headers, rate_of(*token));
    return response;
  }

  GitHub& github_;
  GitHubCall& call_;
};

std::uint64_t GitHub::effects(std::string_view operation) const {
  std::uint64_t count = 0;
  for_each_effect([&](const MadeEffect& effect) { count += effect.operation == operation ? 1 : 0; });
  return count;
}

void GitHub::describe_state(std::string& out) const {
  for_each_comment([&out](std::string_view issue, const Comment& comment) {
    if (comment.app.empty()) return;  // It was there to begin with.
    core::append_state(out, issue);
    core::append_state(out, comment.body);
  });
  state_.describe_state(out);
}

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
  GitHubCall call(*this, address.url, route, request, now);
  GitHubExchange exchange(*this, call);
  Answer answer = faults_.answer(route.operation(), request, now, exchange);
  if (auto* respond = std::get_if<Respond>(&answer.delivery))
    lead_back(respond->response, request.url, options_.api_url);
  const bool by_number = route.repository_id != 0 && route.endpoint != nullptr;
  if (by_number) {
    const std::string_view path = address.url.path;  // "/repositories/1/issues", say.
    const std::size_t below = std::min(path.find('/', path.find('/', 1) + 1), path.size());
    answer.place = core::compose(FMT_COMPILE("/repos/{}{}"), route.repository, path.substr(below));
  }
  return answer;
}

}  // namespace fakes
