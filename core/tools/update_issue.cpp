// Changes the title or the text of the job's issue.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/request_tool.h"
#include "core/tools/told_issue.h"

namespace core {

namespace {

class UpdateIssue final : public RequestTool {
 public:
  explicit UpdateIssue(const ToolContext& context) : RequestTool(context, tools::update_issue().spec) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& arguments, const JobRun&) const override {
    if (text_member(arguments, "title") || text_member(arguments, "body")) return std::nullopt;
    return "Refused: update_issue wants a \"title\" or a \"body\".";
  }
  GitHubRequest request_of(const PendingEffect& effect) const override {
    return {"PATCH", in_issue(effect.run.spec, ""), effect.journalled.intent};
  }
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect& effect) const override {
    return told_issue(answer.body, effect.run.spec);
  }
};

}  // namespace

const ToolEntry& tools::update_issue() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"title", "The new title.", Line, Optional, 256},
      {"body", "The new text, in Markdown, in place of the old one.", Text, Optional}};
  static const ToolEntry entry{{.api = api::kUpdateIssue,
                                .description = "Changes the title or the text of the issue that this job is about.",
                                .parameters = kParameters,
                                .example = R"({"title":"A clearer title"})",
                                .scope = "the job's issue",
                                .once = "the same again changes nothing"},
                               &make_tool<UpdateIssue>};
  return entry;
}

}  // namespace core
