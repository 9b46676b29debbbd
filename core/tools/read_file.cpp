// Reads a file, or what is in a folder, of the job's repository.

#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/contents.h"
#include "core/tools/own_branches.h"
#include "core/tools/request_tool.h"

namespace core {

namespace {

class ReadFile final : public RequestTool {
 public:
  explicit ReadFile(const ToolContext& context) : RequestTool(context, tools::read_file()) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun&) const override {
    if (!is_file_path(text_member(accepted, "path").value_or(""))) {
      return "Refused: \"path\" must be a path within the repository, such as src/main.cpp.";
    }
    const auto branch = text_member(accepted, "branch");
    if (branch && !is_branch_name(*branch)) return "Refused: \"branch\" is no name of a branch.";
    return std::nullopt;
  }
  GitHubRequest request_of(const PendingEffect& effect) const override {
    const boost::json::object intent = effect.intent();
    const auto branch = text_member(intent, "branch");
    return {.path = contents_path(effect.access.repo, text_member(intent, "path").value_or(""), branch.value_or(""))};
  }
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect&) const override {
    return told_contents(answer.body);
  }
};

}  // namespace

const ToolEntry& tools::read_file() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"path", "The file, such as src/main.cpp, or a folder.", Line, Mandatory, 1024},
      {"branch", "The branch; by default the repository's own.", Name, Optional}};
  static const ToolEntry entry{{.api = api::kGetContents,
                                .description = "Reads a file of the repository, or the names in a folder.",
                                .parameters = kParameters,
                                .example = R"({"path":"README.md"})",
                                .scope = "the job's repository",
                                .once = "it only reads",
                                .missing = ToolSpec::Missing::TellsTheModel},
                               &make_tool<ReadFile>};
  return entry;
}

}  // namespace core
