#include "fakes/github/call.h"

#include <fmt/compile.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "core/text/compose.h"
#include "fakes/github/address.h"
#include "fakes/github/list_forms.h"

namespace fakes {

namespace {
constexpr std::uint64_t kMaxPerPage = 100;
}  // namespace

Roots GitHubCall::roots() {
  if (html_.empty()) html_ = html_root(url_.base);
  return {url_.base, html_};
}

std::string GitHubCall::issue_name() const {
  return core::compose(FMT_COMPILE("{}#{}"), route_.repository, route_.number);
}

core::HttpResponse GitHubCall::respond(int status, std::string body) {
  core::HttpResponse response{status, {}, std::move(body)};
  response.headers.reserve(10);
  response.headers.push_back({"date", github_.date_.at(now_.wall)});
  response.headers.push_back({"content-type", "application/json; charset=utf-8"});
  const std::uint64_t id = github_.request_ids_.bits(github_.requests_++);
  response.headers.push_back({"x-github-request-id", core::compose(FMT_COMPILE("{:04X}:{:06X}:{:08X}"), id >> 48,
                                                                   id >> 24 & 0xffffff, id & 0xffffffff)});
  return response;
}

core::HttpResponse GitHubCall::error(int status) {
  return error(status, github_message(status));
}

core::HttpResponse GitHubCall::error(int status, std::string_view message) {
  return respond(status, github_error(status, message));
}

core::HttpResponse GitHubCall::invalid(const ValidationError& error) {
  return respond(422, github_validation_error(error));
}

void GitHubCall::had_effect(std::string place, std::string text) {
  state().note_effect(route_.endpoint->operation, std::move(place), std::move(text));
}

core::WallTime GitHubCall::second() const {
  return core::WallTime(std::chrono::floor<std::chrono::seconds>(now_.wall.time_since_epoch()));
}

std::optional<core::HttpResponse> GitHubCall::parse(boost::json::value& document) {
  boost::system::error_code bad;
  document = boost::json::parse(request_.body, bad, document.storage());
  if (bad) return error(400);
  if (!document.is_object()) return error(400, "Body should be a JSON object");
  return std::nullopt;
}

std::uint64_t GitHubCall::positive_parameter(std::string_view name, std::uint64_t otherwise) const {
  const auto text = query(name);
  return text ? parse_positive(*text).value_or(otherwise) : otherwise;
}

std::uint64_t GitHubCall::page_size(const std::string& list, std::uint64_t asked, std::uint64_t size) {
  const auto known = github_.page_sizes_.find(list);
  if (known != github_.page_sizes_.end()) return std::min(asked, known->second);
  const std::uint64_t drawn = varied_page_size(asked, size, github_.forms_.fork(list));
  return github_.page_sizes_.emplace(list, drawn).first->second;
}

core::HttpResponse GitHubCall::list(std::string_view path, std::size_t size,
                                    const std::function<void(std::string& out, std::size_t place)>& append) {
  const std::string url = fmt::format("{}/repositories/{}/{}", url_.base, Repositories::id_of(route_.repository), path);
  const std::uint64_t asked = std::min(positive_parameter("per_page", 30), kMaxPerPage);
  const std::uint64_t per_page = varies() ? page_size(url, asked, size) : asked;
  const std::uint64_t page = positive_parameter("page", 1);
  const std::uint64_t last = std::max<std::uint64_t>(1, (size + per_page - 1) / per_page);
  std::string body = "[";
  if (page <= last) {
    const std::size_t end = std::min<std::size_t>(size, page * per_page);
    for (std::size_t i = (page - 1) * per_page; i < end; ++i) {
      if (body.size() > 1) body += ',';
      append(body, i);
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

}  // namespace fakes
