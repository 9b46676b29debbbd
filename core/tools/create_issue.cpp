// Opens an issue in the job's repository.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "core/http/percent.h"
#include "core/json/members.h"
#include "core/time/text.h"
#include "core/tools/all_tools.h"
#include "core/tools/posting_tool.h"

namespace core {

namespace {

class CreateIssue final : public PostingTool {
 public:
  explicit CreateIssue(const ToolContext& context) : PostingTool(context, tools::create_issue(), api::kListIssues) {}

 private:
  Posting posting_of(const PendingEffect& effect) const override {
    boost::json::object fields = effect.intent();
    std::string text = text_member(fields, "body").value_or("");
    fields.erase("since");
    return {.path = in_repository(effect.access.repo, "/issues"), .fields = std::move(fields), .text = std::move(text)};
  }

  /// With the time from which on it can be in the list, by a clock that may be a day wrong: with another GitHub lets no
  /// App in.
  std::string intent_of(const boost::json::object& accepted, const JobRun&) const override {
    boost::json::object intent = accepted;
    intent["since"] = format_utc(environment().clock.wall_now() - std::chrono::hours(25));
    return boost::json::serialize(intent);
  }

  /// GitHub's list by creator is not asked
  /// for: it has left out an App's issues (github.com/renovatebot/renovate/issues/44730), and its search comes late.
  std::string list_of(const PendingEffect& effect) const override {
    const std::string since = percent_encode(text_member(effect.intent(), "since").value_or(""));
    return in_repository(effect.access.repo,
                         fmt::format("/issues?state=all&sort=created&direction=desc&since={}", since));
  }
};

}  // namespace

const ToolEntry& tools::create_issue() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {{"title", "One line that says what it is about.", Line, Mandatory, 256},
                                              {"body", "The issue's text, in Markdown."},
                                              {"labels", "Labels that the repository has.", Lines, Optional, 50}};
  static const ToolEntry entry{
      {.api = api::kCreateIssue,
       .description = "Opens a new issue in the repository of the issue that this job is about.",
       .parameters = kParameters,
       .example = R"({"title":"A test is flaky","body":"It failed twice this week."})",
       .scope = "the job's repository",
       .once = "a marker in the text"},
      &make_tool<CreateIssue>};
  return entry;
}

}  // namespace core
