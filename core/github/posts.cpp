#include "core/github/posts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <utility>

#include "core/github/link_header.h"
#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/text/ascii.h"

namespace core {

namespace {

constexpr std::uint32_t kPerPage = 100;
/// A hundred posts of 65,536 characters each, with room for escapes.
constexpr std::size_t kLongestPage = 32 * 1024 * 1024;

/// What is read of a post. The rest, mostly links, is half of a page.
constexpr std::array<std::string_view, 9> kPostKeys = {
    "id", "number", "html_url", "body", "performed_via_github_app", "client_id", "user", "type", "login"};
constexpr JsonFilter kOfPosts{.keys = kPostKeys};

/// What both operations need: an id. The rest is left empty where it is missing.
std::optional<Post> decode_post(const boost::json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const boost::json::object& object = value.get_object();
  const auto id = number_member(object, "id");
  if (!id) return std::nullopt;
  Post post{.id = *id, .number = number_member(object, "number").value_or(0)};
  post.url = text_member(object, "html_url").value_or("");
  post.body = text_member(object, "body").value_or("");
  if (const boost::json::object* app = object_member(object, "performed_via_github_app")) {
    if (const auto app_id = number_member(*app, "id")) post.app_id = std::to_string(*app_id);
    post.app_client_id = text_member(*app, "client_id");
  }
  const boost::json::object* user = object_member(object, "user");
  if (user != nullptr && text_member(*user, "type") == "Bot") post.bot = text_member(*user, "login").value_or("");
  return post;
}

/// Logins are the same in upper and lower case.
bool is_same_login(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, to_lower, to_lower);
}

AttemptResult<Post> decode_created(const HttpResponse& answer, int status) {
  if (answer.status != status) {
    return AttemptFailure{
        malformed(answer.status, fmt::format("what was created is expected under status {}", status))};
  }
  unsigned char buffer[8192];
  boost::json::monotonic_resource memory(buffer, sizeof buffer);
  const auto value = parse_filtered(answer.body, kOfPosts, &memory);
  auto post = value ? decode_post(*value) : std::nullopt;
  if (!post || post->url.empty()) {
    return AttemptFailure{malformed(answer.status, "the answer has no id and html_url")};
  }
  return Success<Post>{std::move(*post), answer.status};
}

AttemptResult<PostPage> decode_page(const HttpResponse& answer, std::uint32_t page) {
  if (answer.status != 200) return AttemptFailure{malformed(answer.status, "a list was expected under status 200")};
  boost::json::monotonic_resource memory;
  const auto list = parse_filtered(answer.body, kOfPosts, &memory);
  if (!list) return AttemptFailure{malformed(answer.status, "the answer is no JSON array: " + to_text(list.error()))};
  if (!list->is_array()) return AttemptFailure{malformed(answer.status, "the answer is no JSON array")};
  PostPage result;
  for (const boost::json::value& value : list->get_array()) {
    auto post = decode_post(value);
    // Without its body nobody can tell which it is: a look-up would wrongly find nothing. That of issues and pull
    // requests is null where they have no text.
    const boost::json::value* body = post ? value.get_object().if_contains("body") : nullptr;
    if (body == nullptr || !(body->is_string() || (body->is_null() && post->number != 0))) {
      return AttemptFailure{malformed(answer.status, "the list has an element without id and body")};
    }
    result.posts.push_back(std::move(*post));
  }
  // Where nothing is said of pages, as by proxies that drop the header, a full one may not be the last.
  const bool is_silent = !find_header(answer.headers, "link");
  if (has_next_page(answer.headers) || (is_silent && result.posts.size() >= kPerPage)) result.next_page = page + 1;
  return Success<PostPage>{std::move(result), answer.status};
}

}  // namespace

std::optional<Post> read_post(std::string_view text) {
  const auto value = parse_filtered(text, kOfPosts);
  return value ? decode_post(*value) : std::nullopt;
}

bool is_own_post(const Post& post, const GitHubConfig& config) {
  const bool is_number = config.app_id.find_first_not_of("0123456789") == std::string::npos;
  const std::optional<std::string>& told = is_number ? post.app_id : post.app_client_id;
  if (told) return *told == config.app_id;
  if (config.app_slug.empty()) return !post.bot.empty();
  return is_same_login(post.bot, config.app_slug + "[bot]");
}

boost::asio::awaitable<AttemptResult<Post>> create_post(GitHubClient& client, const Attempt& attempt,
                                                        const GitHubAccess& access, const GitHubRequest& request,
                                                        int status) {
  const GitHubAnswer answer = co_await client.send(attempt, access, request);
  if (!answer) co_return answer.error();
  co_return decode_created(*answer, status);
}

boost::asio::awaitable<AttemptResult<PostPage>> list_posts(GitHubClient& client, const Attempt& attempt,
                                                           const GitHubAccess& access, const std::string& path,
                                                           std::uint32_t page) {
  const char joint = path.find('?') == std::string::npos ? '?' : '&';
  const GitHubRequest request{.path = fmt::format("{}{}per_page={}&page={}", path, joint, kPerPage, page),
                              .max_body_bytes = kLongestPage};
  const GitHubAnswer answer = co_await client.send(attempt, access, request);
  if (!answer) co_return answer.error();
  co_return decode_page(*answer, page);
}

}  // namespace core
