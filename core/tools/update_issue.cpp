// Changes the title or the text of the job's issue. The markers that the old text has stay in it: by them what opened
// the issue finds it again.
#include <boost/json/serialize.hpp>

#include "core/github/posts.h"
#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/github_tool.h"
#include "core/tools/idempotency_key.h"
#include "core/tools/told_issue.h"

namespace core {

namespace asio = boost::asio;

namespace {

class UpdateIssue final : public GitHubTool {
 public:
  explicit UpdateIssue(const ToolContext& context) : GitHubTool(context, tools::update_issue()) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun&) const override {
    if (!accepted.empty()) return std::nullopt;
    return "Refused: update_issue wants a \"title\" or a \"body\".";
  }

  static AttemptResult<std::string> markers_of(const HttpResponse& answer, const PendingEffect& effect) {
    const auto post = read_post(answer.body);
    if (post && post->number == effect.run.spec.issue)
      return Success<std::string>{markers_in(post->body), answer.status};
    return AttemptFailure{malformed(answer.status, "the answer is not the issue")};
  }

  asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) override {
    boost::json::object fields = effect.intent();
    const std::string path = in_issue(effect.run.spec, "");
    if (const auto body = text_member(fields, "body")) {
      CallResult<std::string> markers =
          co_await look_at<std::string>(attempt, effect, api::kLookAtIssue, path, &markers_of);
      if (!markers) co_return failed_look_up(markers.error());
      if (!markers->empty()) fields["body"] = *body + "\n\n" + *markers;
    }
    const GitHubRequest request{"PATCH", path, boost::json::serialize(fields)};
    const GitHubAnswer answer = co_await client().send(attempt, effect.access, request);
    if (!answer) co_return answer.error();
    const AskedIssue asked{.title = text_member(fields, "title").value_or("")};
    std::optional<std::string> told = told_issue(answer->body, effect.run.spec, asked);
    if (!told) co_return AttemptFailure{malformed(answer->status, "the answer is not the changed issue")};
    co_return Success<Done>{{std::move(*told)}, answer->status};
  }
};

}  // namespace

const ToolEntry& tools::update_issue() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"title", "The new title.", Line, Optional, 256},
      {"body", "The new text, in Markdown, in place of the old one.", Post, Optional, 50'000}};
  static const ToolEntry entry{{.api = api::kUpdateIssue,
                                .description = "Changes the title or the text of the issue that this job is about.",
                                .parameters = kParameters,
                                .example = R"({"title":"A clearer title","body":"It fails on Mondays."})",
                                .scope = "the job's issue or pull request",
                                .once = "the same again changes nothing"},
                               &make_tool<UpdateIssue>};
  return entry;
}

}  // namespace core
