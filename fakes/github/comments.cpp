// Comments on issues.
#include <fmt/compile.h>

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>

#include "core/text/compose.h"
#include "core/time/text.h"
#include "fakes/github/call.h"

namespace fakes {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxCommentCharacters = 65'536;

/// Code points of well-formed UTF-8.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

core::HttpResponse create_comment(GitHubCall& call) {
  unsigned char memory[8 * 1024];
  json::monotonic_resource resource(memory, sizeof memory);
  json::value document(&resource);
  if (auto refused = call.parse(document)) return std::move(*refused);
  const auto invalid = [&call](std::string_view code, std::string_view message) {
    return call.invalid({"IssueComment", "body", code, message});
  };
  const json::value* body = document.get_object().if_contains("body");
  if (body == nullptr) return invalid("missing_field", "body wasn't supplied");
  if (!body->is_string()) return invalid("invalid", "body is not a string");
  const std::string_view text = body->get_string();
  if (is_blank(text)) return invalid("missing_field", "body cannot be blank");
  if (characters(text) > kMaxCommentCharacters) {
    return invalid("unprocessable", "body is too long (maximum is 65536 characters)");
  }
  if (!call.state().has_room_for(text)) return invalid("unprocessable", "there are too many comments");
  const Comment& comment = call.state().add_comment(call.route().repository, call.route().number, std::string(text),
                                                    call.token()->app, call.now().wall);
  std::string answer;
  answer.reserve(2048 + text.size());
  append_comment(answer, call.roots(), comment);
  core::HttpResponse response = call.respond(201, std::move(answer));
  response.headers.push_back({"location", core::compose(FMT_COMPILE("{}/repos/{}/issues/comments/{}"), call.roots().api,
                                                        comment.repository, comment.id)});
  return response;
}

core::HttpResponse update_comment(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  const json::value* body = document.get_object().if_contains("body");
  if (body == nullptr) return call.error(422, "Invalid request.\n\n\"body\" wasn't supplied.");
  if (!body->is_string() || is_blank(body->get_string())) {
    return call.invalid({"IssueComment", "body", "missing_field", "body cannot be blank"});
  }
  Comment* comment = call.state().find_comment(call.route().repository, call.route().number);
  if (comment == nullptr) return call.error(404);
  if (!call.state().has_room_for(body->get_string())) {
    return call.invalid({"IssueComment", "body", "unprocessable", "there are too many comments"});
  }
  if (comment->body != body->get_string()) {
    comment->body = body->get_string();
    call.had_effect(fmt::format("{}#{}", comment->repository, comment->issue), {});
  }
  std::string answer;
  append_comment(answer, call.roots(), *comment);
  return call.respond(200, std::move(answer));
}

core::HttpResponse list_comments(GitHubCall& call) {
  GitHubState& state = call.state();
  std::vector<std::size_t> places = state.comments_of(call.issue_name());
  if (const auto since = call.query("since")) {
    const auto time = core::parse_utc(*since);
    if (!time) return call.invalid({"IssueComment", "since", "invalid", "since is invalid"});
    std::erase_if(places, [&](std::size_t place) { return state.comments()[place].created < *time; });
  }
  return call.list(
      fmt::format("issues/{}/comments", call.route().number), places.size(),
      [&](std::string& out, std::size_t place) { append_comment(out, call.roots(), state.comments()[places[place]]); });
}

core::HttpResponse get_comment(GitHubCall& call) {
  const Comment* comment = call.state().find_comment(call.route().repository, call.route().number);
  if (comment == nullptr) return call.error(404);
  std::string answer;
  append_comment(answer, call.roots(), *comment);
  return call.respond(200, std::move(answer));
}

}  // namespace

std::span<const GitHubEndpoint> comment_endpoints() {
  using Root = GitHubEndpoint::Root;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"comments.create", "POST", Root::Repository, "issues/{number}/comments", &create_comment},
      {"comments.list", "GET", Root::Repository, "issues/{number}/comments", &list_comments},
      {"comments.get", "GET", Root::Repository, "issues/comments/{number}", &get_comment},
      {"comments.update", "PATCH", Root::Repository, "issues/comments/{number}", &update_comment}};
  return kEndpoints;
}

}  // namespace fakes
