#include "core/tools/comment_on_issue.h"

#include <fmt/compile.h>

#include <boost/json/value.hpp>
#include <utility>

#include "core/json/escape.h"
#include "core/text/compose.h"
#include "core/tools/idempotency_key.h"

namespace core {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxBodyBytes = 60'000;  // GitHub takes 65,536 characters; the marker needs room.
constexpr std::uint32_t kMaxPages = 100;       // Ten thousand comments.

std::string answer_for(const Comment& comment) {
  std::string answer = "{\"status\":\"posted\",\"id\":";
  fmt::format_to(std::back_inserter(answer), FMT_COMPILE("{},\"url\":"), comment.id);
  append_json_string(answer, comment.url);
  answer += '}';
  return answer;
}

}  // namespace

std::optional<std::string> refuse_comment(const boost::json::object& arguments, const JobSpec& spec) {
  const auto slash = spec.repo.find('/');
  const std::string owner = spec.repo.substr(0, slash);
  const std::string name = spec.repo.substr(slash + 1);
  const auto elsewhere = [&spec] {
    return fmt::format("Refused: this job may comment on {}#{} only.", spec.repo, spec.issue);
  };
  bool has_body = false;
  for (const auto& [key, value] : arguments) {
    if (key == "body") {
      if (!value.is_string() || value.get_string().empty()) return "Refused: \"body\" must be a text.";
      if (value.get_string().size() > kMaxBodyBytes) return "Refused: \"body\" is longer than 60,000 bytes.";
      if (without_markers(value.get_string()).empty()) return "Refused: \"body\" must be a text.";
      has_body = true;
    } else if (key == "repo" || key == "repository") {
      if (!value.is_string() || (value.get_string() != spec.repo && value.get_string() != name)) return elsewhere();
    } else if (key == "owner") {
      if (!value.is_string() || value.get_string() != owner) return elsewhere();
    } else if (key == "issue" || key == "issue_number") {
      const bool same = (value.is_int64() && value.get_int64() == static_cast<std::int64_t>(spec.issue)) ||
                        (value.is_string() && value.get_string() == std::to_string(spec.issue));
      if (!same) return elsewhere();
    } else {
      return "Refused: comment_on_issue takes \"body\", and nothing that it does not know.";
    }
  }
  if (!has_body) return "Refused: \"body\" is missing.";
  return std::nullopt;
}

CommentOnIssue::CommentOnIssue(const Environment& environment, const Config& config, TokenCache& tokens,
                               CommentsClient& comments, const ClientOptions& options)
    : EffectTool(environment, config, tokens, options, api::kCreateComment), comments_(comments) {}

const ToolDefinition& CommentOnIssue::definition() const {
  static const ToolDefinition definition{
      std::string(api::kCreateComment.tool), "Posts a comment on the issue that this job is about.",
      R"({"type":"object","properties":{"body":{"type":"string","description":"The comment, in Markdown."}},)"
      R"("required":["body"]})"};
  return definition;
}

std::optional<std::string> CommentOnIssue::refuse(const boost::json::object& arguments, const JobSpec& spec) const {
  return refuse_comment(arguments, spec);
}

std::string CommentOnIssue::intent_of(const boost::json::object& arguments) const {
  return without_markers(arguments.at("body").get_string());
}

asio::awaitable<AttemptResult<CommentOnIssue::Done>> CommentOnIssue::perform(const Attempt& attempt,
                                                                             const PendingEffect& effect) {
  const std::string body = effect.journalled.intent + "\n\n" + marker_of(effect.journalled.key);
  AttemptResult<Comment> made = co_await comments_.create_comment(attempt, effect.access, effect.run.spec.issue, body);
  if (!made) co_return made.error();
  co_return Success<Done>{{answer_for(made->value)}, made->status};
}

asio::awaitable<CallResult<std::optional<CommentOnIssue::Done>>> CommentOnIssue::find(const Attempt& attempt,
                                                                                      const PendingEffect& effect) {
  struct ListPage {
    CommentsClient& comments;
    const PendingEffect& effect;
    std::uint32_t page;
    asio::awaitable<AttemptResult<CommentPage>> operator()(const Attempt& its_attempt) const {
      return comments.list_comments(its_attempt, effect.access, effect.run.spec.issue, page);
    }
  };
  const std::string marker = marker_of(effect.journalled.key);
  for (std::uint32_t page = 1; page <= kMaxPages; ++page) {
    CallResult<CommentPage> listed =
        co_await look_up<CommentPage>(attempt, effect, api::kListComments, page, ListPage{comments_, effect, page});
    if (!listed) co_return listed.error();
    for (const Comment& comment : listed->comments) {
      // Who has seen a marker can write it again; only this app's own comment counts.
      const bool is_found = comment.body.find(marker) != std::string::npos && is_own_comment(comment, config().github);
      if (is_found) co_return Done{answer_for(comment)};
    }
    if (!listed->next_page) co_return std::nullopt;
  }
  co_return GaveUp{GiveUpReason::OutcomeUnknown, malformed(200, "too many comments to look through")};
}

}  // namespace core
