// Writes a review that neither approves nor blocks.
#include <fmt/format.h>

#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/posting_tool.h"

namespace core {

namespace {

class ReviewPullRequest final : public PostingTool {
 public:
  explicit ReviewPullRequest(const ToolContext& context)
      : PostingTool(context, tools::review_pull_request(), api::kListReviews) {}

 private:
  /// Without an event a review stays pending, unseen, and blocks the next.
  Posting posting_of(const PendingEffect& effect) const override {
    std::string text = text_member(effect.intent(), "body").value_or("");
    return {.path = list_of(effect), .fields = {{"event", "COMMENT"}}, .text = std::move(text), .status = 200};
  }
  std::string list_of(const PendingEffect& effect) const override {
    return in_repository(effect.access.repo, fmt::format("/pulls/{}/reviews", effect.run.spec.issue));
  }
};

}  // namespace

const ToolEntry& tools::review_pull_request() {
  static constexpr Parameter kParameters[] = {{"body", "The review, in Markdown."}};
  static const ToolEntry entry{
      {.api = api::kCreateReview,
       .description = "Writes a review on the pull request that this job is about. It does not approve or block it.",
       .parameters = kParameters,
       .example = R"({"body":"Looks right to me."})",
       .scope = "the job's pull request",
       .once = "a marker in the text",
       .missing = ToolSpec::Missing::TellsTheModel},
      &make_tool<ReviewPullRequest>};
  return entry;
}

}  // namespace core
