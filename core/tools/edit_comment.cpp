// Changes the text of a comment that this App wrote on the job's issue. The markers that the comment has stay in it: by
// them what posted it finds it again.
#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>

#include "core/github/posts.h"
#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/github_tool.h"
#include "core/tools/idempotency_key.h"
#include "core/tools/own_branches.h"

namespace core {

namespace asio = boost::asio;

namespace {

class EditComment final : public GitHubTool {
 public:
  explicit EditComment(const ToolContext& context) : GitHubTool(context, tools::edit_comment()) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun& run) const override {
    if (number_of(accepted) || told_by_last(run, api::kCreateComment.tool, "id")) return std::nullopt;
    return "Refused: this job has posted no comment; \"comment_id\" names another of this App's.";
  }

  std::string intent_of(const boost::json::object& accepted, const JobRun& run) const override {
    boost::json::object intent = accepted;
    if (!number_of(accepted)) intent["comment_id"] = told_by_last(run, api::kCreateComment.tool, "id").value_or("");
    return boost::json::serialize(intent);
  }

  static std::optional<std::string> number_of(const boost::json::object& fields) {
    const boost::json::value* id = fields.if_contains("comment_id");
    if (id == nullptr) return std::nullopt;
    return id->is_string() ? std::string(id->get_string()) : boost::json::serialize(*id);
  }

  asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) override {
    const boost::json::object intent = effect.intent();
    const std::string number = number_of(intent).value_or("");
    const std::string path = in_repository(effect.access.repo, "/issues/comments/" + number);
    CallResult<std::string> markers =
        co_await look_at<std::string>(attempt, effect, api::kGetComment, path, &markers_of);
    if (!markers) co_return failed_look_up(markers.error());
    const std::string text = text_member(intent, "body").value_or("") + "\n\n" + *markers;
    const GitHubRequest request{"PATCH", path, boost::json::serialize(boost::json::object{{"body", text}})};
    const GitHubAnswer answer = co_await client().send(attempt, effect.access, request);
    if (!answer) co_return answer.error();
    const auto edited = read_post(answer->body);
    if (answer->status != 200 || !edited || std::to_string(edited->id) != number) {
      co_return AttemptFailure{malformed(answer->status, "the answer is not the comment")};
    }
    co_return Success<Done>{{fmt::format(R"({{"status":"edited","id":{}}})", number)}, answer->status};
  }

  /// The issue that a comment is on, as GitHub names it.
  static std::string issue_of(std::string_view comment) {
    constexpr std::array<std::string_view, 1> kKeys = {"issue_url"};
    const auto value = parse_filtered(comment, {.keys = kKeys});
    return value && value->is_object() ? text_member(value->get_object(), "issue_url").value_or("") : std::string();
  }

  /// Of a comment that may be edited; a final failure where it may not.
  static AttemptResult<std::string> markers_of(const HttpResponse& answer, const PendingEffect& effect) {
    const auto post = read_post(answer.body);
    if (!post) return AttemptFailure{malformed(answer.status, "the answer is no comment")};
    const bool is_of_job = issue_of(answer.body).ends_with(fmt::format("/issues/{}", effect.run.spec.issue));
    if (!is_of_job || !is_own_post(*post, effect.github)) {
      return not_to_be_done("the comment is not one that this App wrote on the job's issue");
    }
    return Success<std::string>{markers_in(post->body), answer.status};
  }
};

}  // namespace

const ToolEntry& tools::edit_comment() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"body", "The comment's new text, in Markdown.", Post, Mandatory, 50'000},
      {"comment_id", "Which comment of this App; by default the last one that this job posted.", Whole, Optional}};
  static const ToolEntry entry{
      {.api = api::kUpdateComment,
       .description = "Changes the text of a comment that was posted on the issue that this job is about.",
       .parameters = kParameters,
       .example = R"({"body":"Thanks for the report; it is mended."})",
       .scope = "comments of this App on the job's issue",
       .once = "the same again changes nothing",
       .missing = ToolSpec::Missing::TellsTheModel},
      &make_tool<EditComment>};
  return entry;
}

}  // namespace core
