// Closes the job's issue.
#include <boost/json/serialize.hpp>

#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/request_tool.h"
#include "core/tools/told_issue.h"

namespace core {

namespace {

class CloseIssue final : public RequestTool {
 public:
  explicit CloseIssue(const ToolContext& context) : RequestTool(context, tools::close_issue()) {}

 private:
  GitHubRequest request_of(const PendingEffect& effect) const override {
    const std::string reason = text_member(effect.intent(), "reason").value_or("completed");
    const boost::json::object fields{{"state", "closed"}, {"state_reason", reason}};
    return {"PATCH", in_issue(effect.run.spec, ""), boost::json::serialize(fields)};
  }
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect& effect) const override {
    return told_issue(answer.body, effect.run.spec, {.state = "closed"});
  }
};

}  // namespace

const ToolEntry& tools::close_issue() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr std::string_view kReasons[] = {"completed", "not_planned"};
  static constexpr Parameter kParameters[] = {{.name = "reason",
                                               .description = "Why; by default it is completed.",
                                               .kind = Choice,
                                               .need = Optional,
                                               .choices = kReasons}};
  static const ToolEntry entry{{.api = api::kCloseIssue,
                                .description = "Closes the issue that this job is about.",
                                .parameters = kParameters,
                                .example = R"({"reason":"completed"})",
                                .scope = "the job's issue",
                                .once = "a closed issue stays closed"},
                               &make_tool<CloseIssue>};
  return entry;
}

}  // namespace core
