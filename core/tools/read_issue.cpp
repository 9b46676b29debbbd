// Reads the job's issue.

#include "core/tools/all_tools.h"
#include "core/tools/request_tool.h"
#include "core/tools/told_issue.h"

namespace core {

namespace {

class ReadIssue final : public RequestTool {
 public:
  explicit ReadIssue(const ToolContext& context) : RequestTool(context, tools::read_issue()) {}

 private:
  GitHubRequest request_of(const PendingEffect& effect) const override {
    return {.path = in_issue(effect.run.spec, "")};
  }
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect& effect) const override {
    return told_issue(answer.body, effect.run.spec, {}, WithText::Yes);
  }
};

}  // namespace

const ToolEntry& tools::read_issue() {
  static const ToolEntry entry{{.api = api::kGetIssue,
                                .description = "Reads the issue that this job is about: title, text, state and labels.",
                                .parameters = {},
                                .example = R"({})",
                                .scope = "the job's issue",
                                .once = "it only reads"},
                               &make_tool<ReadIssue>};
  return entry;
}

}  // namespace core
