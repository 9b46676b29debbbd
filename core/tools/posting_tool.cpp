#include "core/tools/posting_tool.h"

#include <fmt/compile.h>

#include <boost/json/serialize.hpp>
#include <utility>

#include "core/json/escape.h"
#include "core/tools/idempotency_key.h"

namespace core {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kMaxPages = 100;  // Ten thousand posts.

}  // namespace

std::string PostingTool::answer_for(const Post& post) const {
  std::string answer = "{\"status\":\"posted\",";
  if (post.number != 0) fmt::format_to(std::back_inserter(answer), FMT_COMPILE("\"number\":{},"), post.number);
  fmt::format_to(std::back_inserter(answer), FMT_COMPILE("\"id\":{},\"url\":"), post.id);
  append_json_string(answer, post.url);
  answer += '}';
  return answer;
}

asio::awaitable<AttemptResult<PostingTool::Done>> PostingTool::perform(const Attempt& attempt,
                                                                       const PendingEffect& effect) {
  Posting posting = posting_of(effect);
  posting.fields["body"] = posting.text + "\n\n" + marker_of(effect.journalled.key);
  const GitHubRequest request{"POST", std::move(posting.path), boost::json::serialize(posting.fields)};
  AttemptResult<Post> made = co_await create_post(client(), attempt, effect.access, request, posting.status);
  if (!made) co_return made.error();
  co_return Success<Done>{{answer_for(made->value)}, made->status};
}

asio::awaitable<CallResult<std::optional<PostingTool::Done>>> PostingTool::find(const Attempt& attempt,
                                                                                const PendingEffect& effect) {
  struct ListPage {
    GitHubClient& client;
    const PendingEffect& effect;
    const std::string& list;
    std::uint32_t page;
    asio::awaitable<AttemptResult<PostPage>> operator()(const Attempt& its_attempt) const {
      return list_posts(client, its_attempt, effect.access, list, page);
    }
  };
  const std::string marker = marker_of(effect.journalled.key);
  const std::string list = list_of(effect);
  for (std::uint32_t page = 1; page <= kMaxPages; ++page) {
    CallResult<PostPage> listed =
        co_await look_up<PostPage>(attempt, effect, look_up_, page, ListPage{client(), effect, list, page});
    if (!listed) co_return listed.error();
    for (const Post& post : listed->posts) {
      // Who has seen a marker can write it again; only this app's own post counts.
      const bool is_found = post.body.find(marker) != std::string::npos && is_own_post(post, config().github);
      if (is_found) co_return Done{answer_for(post)};
    }
    if (!listed->next_page) co_return std::nullopt;
  }
  co_return GaveUp{GiveUpReason::OutcomeUnknown, malformed(200, "too many posts to look through")};
}

}  // namespace core
