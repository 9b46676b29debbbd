// Takes a label off the job's issue. One that is not there is off.

#include "core/http/percent.h"
#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/labels.h"
#include "core/tools/request_tool.h"

namespace core {

namespace {

class RemoveLabel final : public RequestTool {
 public:
  explicit RemoveLabel(const ToolContext& context) : RequestTool(context, tools::remove_label()) {}

 private:
  /// No encoding hides them from who folds paths: the request would be for all labels, or for the issue.
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun&) const override {
    const std::string label = text_member(accepted, "label").value_or("");
    if (label == "." || label == "..") return "Refused: \"label\" is no name of a label.";
    return std::nullopt;
  }
  GitHubRequest request_of(const PendingEffect& effect) const override {
    const std::string label = text_member(effect.intent(), "label").value_or("");
    return {"DELETE", in_issue(effect.run.spec, "/labels/" + percent_encode(label))};
  }
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect&) const override {
    return told_labels(answer.body);
  }
  /// Anything else that is missing has another message.
  std::optional<std::string> had_been_done(const Failure& failure) const override {
    if (failure.status != 404 || failure.reason != "Label does not exist") return std::nullopt;
    return R"({"status":"it is not on the issue"})";
  }
};

}  // namespace

const ToolEntry& tools::remove_label() {
  using enum Parameter::Kind;
  static constexpr Parameter kParameters[] = {{"label", "The label's name.", Name}};
  static const ToolEntry entry{{.api = api::kRemoveLabel,
                                .description = "Takes a label off the issue that this job is about.",
                                .parameters = kParameters,
                                .example = R"({"label":"bug"})",
                                .scope = "the job's issue",
                                .once = "a label that is off stays off"},
                               &make_tool<RemoveLabel>};
  return entry;
}

}  // namespace core
