// Puts labels on the job's issue. GitHub keeps each once.

#include "core/tools/all_tools.h"
#include "core/tools/labels.h"
#include "core/tools/request_tool.h"

namespace core {

namespace {

class AddLabels final : public RequestTool {
 public:
  explicit AddLabels(const ToolContext& context) : RequestTool(context, tools::add_labels()) {}

 private:
  GitHubRequest request_of(const PendingEffect& effect) const override {
    return {"POST", in_issue(effect.run.spec, "/labels"), effect.journalled.intent};
  }
  /// GitHub leaves out without a word what the App may not set: the model sees which labels the issue has.
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect&) const override {
    return told_labels(answer.body);
  }
};

}  // namespace

const ToolEntry& tools::add_labels() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"labels", "Names of labels, such as bug. One that the repository does not have is made.", Lines, Mandatory, 50}};
  static const ToolEntry entry{{.api = api::kAddLabels,
                                .description = "Puts labels on the issue that this job is about.",
                                .parameters = kParameters,
                                .example = R"({"labels":["bug"]})",
                                .scope = "the job's issue; a label that does not exist is made",
                                .once = "GitHub keeps a label once"},
                               &make_tool<AddLabels>};
  return entry;
}

}  // namespace core
