// Posts one comment on the job's own issue.
#include <fmt/format.h>

#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/posting_tool.h"

namespace core {

namespace {

class CommentOnIssue final : public PostingTool {
 public:
  explicit CommentOnIssue(const ToolContext& context)
      : PostingTool(context, tools::comment_on_issue(), api::kListComments) {}

 private:
  /// The text itself, as versions before this one kept it.
  std::string intent_of(const boost::json::object& accepted, const JobRun&) const override {
    return text_member(accepted, "body").value_or("");
  }
  bool is_intent(std::string_view) const override { return true; }
  Posting posting_of(const PendingEffect& effect) const override {
    return {.path = list_of(effect), .text = effect.journalled.intent};
  }
  std::string list_of(const PendingEffect& effect) const override {
    return in_repository(effect.access.repo, fmt::format("/issues/{}/comments", effect.run.spec.issue));
  }
};

}  // namespace

const ToolEntry& tools::comment_on_issue() {
  static constexpr Parameter kParameters[] = {{"body", "The comment, in Markdown."}};
  static const ToolEntry entry{{.api = api::kCreateComment,
                                .description = "Posts a comment on the issue that this job is about.",
                                .parameters = kParameters,
                                .example = R"({"body":"Thanks for the report."})",
                                .scope = "the job's issue",
                                .once = "a marker in the text"},
                               &make_tool<CommentOnIssue>};
  return entry;
}

}  // namespace core
