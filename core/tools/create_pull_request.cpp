// Opens a pull request for a branch that the job has made.
#include <fmt/format.h>

#include "core/http/percent.h"
#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/own_branches.h"
#include "core/tools/posting_tool.h"

namespace core {

namespace {

class CreatePullRequest final : public PostingTool {
 public:
  explicit CreatePullRequest(const ToolContext& context)
      : PostingTool(context, tools::create_pull_request(), api::kListPulls) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun& run) const override {
    const std::string base = text_member(accepted, "base").value_or("");
    if (!is_branch_name(base)) return "Refused: \"base\" is no name of a branch.";
    return refuse_branch(run, text_member(accepted, "head").value_or(""), most_branches());
  }

  std::string intent_of(const boost::json::object& accepted, const JobRun& run) const override {
    return with_branch(accepted, run, "head");
  }

  Posting posting_of(const PendingEffect& effect) const override {
    boost::json::object fields = effect.intent();
    std::string text = text_member(fields, "body").value_or("");
    return {.path = in_repository(effect.access.repo, "/pulls"), .fields = std::move(fields), .text = std::move(text)};
  }

  /// GitHub passes over a head without its owner, and lists them all.
  std::string list_of(const PendingEffect& effect) const override {
    const std::string& repo = effect.access.repo;
    const std::string head = text_member(effect.intent(), "head").value_or("");
    return in_repository(
        repo, fmt::format("/pulls?state=all&head={}", percent_encode(repo.substr(0, repo.find('/')) + ":" + head)));
  }
};

}  // namespace

const ToolEntry& tools::create_pull_request() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"title", "One line that says what it changes.", Line, Mandatory, 256},
      {"body", "What it changes and why, in Markdown."},
      {"base", "The branch that it is to be merged into, such as main.", Name},
      {"head", "The branch with the changes; by default the last one that create_branch made.", Name, Optional}};
  static const ToolEntry entry{
      {.api = api::kCreatePull,
       .description = "Opens a pull request that asks to merge a branch which create_branch made.",
       .parameters = kParameters,
       .example = R"({"title":"Fix a typo","body":"One word.","base":"main"})",
       .scope = "branches that create_branch made for this job",
       .once = "a marker in the text; GitHub takes one for each branch that is open"},
      &make_tool<CreatePullRequest>};
  return entry;
}

}  // namespace core
