#include "core/github/comments_client.h"

#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <utility>

#include "core/github/exchange.h"
#include "core/github/link_header.h"
#include "core/http/percent.h"
#include "core/json/escape.h"
#include "core/json/filtered_json.h"
#include "core/text/ascii.h"
#include "core/text/compose.h"
#include "core/text/names.h"

namespace core {

namespace {

constexpr std::uint32_t kPerPage = 100;
/// A hundred comments of 65,536 characters each, with room for escapes.
constexpr std::size_t kLongestPage = 32 * 1024 * 1024;

AttemptFailure not_a_repository() {
  return {Failure{.kind = FailureKind::ClientError,
                  .retryability = Retryability::Final,
                  .effect = Effect::None,
                  .code = "ERR_BAD_REQUEST",
                  .message = "the repository is not of the form owner/name"}};
}

/// Precondition: is_repository(access.repo). It leaves nothing to encode; that it is done all the same keeps this safe
/// by itself.
std::string comments_path(const GitHubAccess& access, std::uint64_t issue) {
  const std::string_view repo = access.repo;
  const std::size_t slash = repo.find('/');
  return compose(FMT_COMPILE("/repos/{}/{}/issues/{}/comments"), percent_encode(repo.substr(0, slash)),
                 percent_encode(repo.substr(slash + 1)), issue);
}

/// What is read of a comment. The rest, mostly links, is half of a page.
constexpr std::array<std::string_view, 8> kCommentKeys = {"id",        "html_url", "body", "performed_via_github_app",
                                                          "client_id", "user",     "type", "login"};
constexpr JsonFilter kOfComments{.keys = kCommentKeys};

const boost::json::value* member(const boost::json::object& object, std::string_view name) {
  return object.if_contains(name);
}

std::optional<std::string> text_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = member(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

/// A positive whole number that was written as one.
std::optional<std::uint64_t> id_member(const boost::json::object& object) {
  const boost::json::value* value = member(object, "id");
  if (value == nullptr) return std::nullopt;
  if (value->is_uint64()) return value->get_uint64();
  if (value->is_int64() && value->get_int64() > 0) return static_cast<std::uint64_t>(value->get_int64());
  return std::nullopt;
}

/// What both operations need: an id. The rest is left empty where it is missing.
std::optional<Comment> decode_comment(const boost::json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const boost::json::object& object = value.get_object();
  const auto id = id_member(object);
  if (!id) return std::nullopt;
  Comment comment{.id = *id, .url = text_member(object, "html_url").value_or("")};
  comment.body = text_member(object, "body").value_or("");
  const boost::json::value* app = member(object, "performed_via_github_app");
  if (app != nullptr && app->is_object()) {
    if (const auto app_id = id_member(app->get_object())) comment.app_id = std::to_string(*app_id);
    comment.app_client_id = text_member(app->get_object(), "client_id");
  }
  const boost::json::value* user = member(object, "user");
  if (user != nullptr && user->is_object() && text_member(user->get_object(), "type") == "Bot") {
    comment.bot = text_member(user->get_object(), "login").value_or("");
  }
  return comment;
}

/// Logins are the same in upper and lower case.
bool is_same_login(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, to_lower, to_lower);
}

AttemptResult<Comment> decode_created(const HttpResponse& answer, const std::string& body) {
  if (answer.status != 201) return AttemptFailure{malformed(answer.status, "a comment was expected under status 201")};
  unsigned char buffer[8192];
  boost::json::monotonic_resource memory(buffer, sizeof buffer);
  const auto value = parse_filtered(answer.body, kOfComments, &memory);
  auto comment = value ? decode_comment(*value) : std::nullopt;
  if (!comment || comment->url.empty()) {
    return AttemptFailure{malformed(answer.status, "the answer is no comment with id and html_url")};
  }
  if (comment->body.empty()) comment->body = body;
  return Success<Comment>{std::move(*comment), answer.status};
}

AttemptResult<CommentPage> decode_page(const HttpResponse& answer, std::uint32_t page) {
  if (answer.status != 200) return AttemptFailure{malformed(answer.status, "a list was expected under status 200")};
  boost::json::monotonic_resource memory;
  const auto list = parse_filtered(answer.body, kOfComments, &memory);
  if (!list) return AttemptFailure{malformed(answer.status, "the answer is no JSON array: " + to_text(list.error()))};
  if (!list->is_array()) return AttemptFailure{malformed(answer.status, "the answer is no JSON array")};
  CommentPage result;
  for (const boost::json::value& value : list->get_array()) {
    auto comment = decode_comment(value);
    // Without its body nobody can tell which comment it is: a look-up would wrongly find nothing.
    if (!comment || !text_member(value.get_object(), "body")) {
      return AttemptFailure{malformed(answer.status, "the list has an element that is no comment with id and body")};
    }
    result.comments.push_back(std::move(*comment));
  }
  // Where nothing is said of pages, as by proxies that drop the header, a full one may not be the last.
  const bool is_silent = !find_header(answer.headers, "link");
  if (has_next_page(answer.headers) || (is_silent && result.comments.size() >= kPerPage)) result.next_page = page + 1;
  return Success<CommentPage>{std::move(result), answer.status};
}

}  // namespace

bool is_own_comment(const Comment& comment, const GitHubConfig& config) {
  const bool is_number = config.app_id.find_first_not_of("0123456789") == std::string::npos;
  const std::optional<std::string>& told = is_number ? comment.app_id : comment.app_client_id;
  if (told) return *told == config.app_id;
  if (config.app_slug.empty()) return !comment.bot.empty();
  return is_same_login(comment.bot, config.app_slug + "[bot]");
}

boost::asio::awaitable<AttemptResult<Comment>> CommentsClient::create_comment(const Attempt& attempt,
                                                                              const GitHubAccess& access,
                                                                              std::uint64_t issue,
                                                                              const std::string& body) {
  if (!is_repository(access.repo)) co_return not_a_repository();
  HttpRequest request =
      github_request(environment_, config_, "POST", comments_path(access, issue), access.token.value, access.job);
  request.permit = access.permit;
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = "{\"body\":";
  append_json_string(request.body, body);
  request.body += '}';
  const GitHubAnswer answer =
      co_await exchange(environment_, config_, std::move(request), access.token, attempt, access.permit);
  if (!answer) co_return answer.error();
  co_return decode_created(*answer, body);
}

boost::asio::awaitable<AttemptResult<CommentPage>> CommentsClient::list_comments(const Attempt& attempt,
                                                                                 const GitHubAccess& access,
                                                                                 std::uint64_t issue,
                                                                                 std::uint32_t page) {
  if (!is_repository(access.repo)) co_return not_a_repository();
  const std::string path = fmt::format("{}?per_page={}&page={}", comments_path(access, issue), kPerPage, page);
  HttpRequest request = github_request(environment_, config_, "GET", path, access.token.value, access.job);
  request.max_body_bytes = kLongestPage;
  const GitHubAnswer answer =
      co_await exchange(environment_, config_, std::move(request), access.token, attempt, access.permit);
  if (!answer) co_return answer.error();
  co_return decode_page(*answer, page);
}

}  // namespace core
