// Makes a branch for the job. Its name ends in a part of the idempotency key, so nobody else makes one of that name.
#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>

#include "core/http/percent.h"
#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/github_tool.h"
#include "core/tools/own_branches.h"

namespace core {

namespace asio = boost::asio;

namespace {

class CreateBranch final : public GitHubTool {
 public:
  explicit CreateBranch(const ToolContext& context) : GitHubTool(context, tools::create_branch()) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun&) const override {
    for (const char* name : {"name", "from"}) {
      const std::string branch = text_member(accepted, name).value_or("");
      if (!is_branch_name(branch) || branch.size() > kLongest)
        return fmt::format("Refused: \"{}\" is no name of a branch.", name);
    }
    return std::nullopt;
  }
  static constexpr std::size_t kLongest = 200;

  static std::string branch_of(const PendingEffect& effect) {
    return own_branch(text_member(effect.intent(), "name").value_or(""), effect.journalled.key);
  }

  static std::string path_of(const PendingEffect& effect, std::string_view branch) {
    return in_repository(effect.access.repo, "/git/ref/heads/" + percent_encode(branch));
  }

  /// The commit that a branch ends in.
  static AttemptResult<std::string> sha_of(const HttpResponse& answer, const PendingEffect&) {
    constexpr std::array<std::string_view, 2> kKeys = {"object", "sha"};
    const auto value = parse_filtered(answer.body, {.keys = kKeys});
    const boost::json::object* object =
        value && value->is_object() ? object_member(value->get_object(), "object") : nullptr;
    const auto sha = object == nullptr ? std::nullopt : text_member(*object, "sha");
    if (!sha) return AttemptFailure{malformed(answer.status, "the answer is no reference")};
    return Success<std::string>{*sha, answer.status};
  }

  static Done made(const std::string& branch) {
    return {boost::json::serialize(boost::json::object{{"status", "made"}, {"branch", branch}})};
  }

  asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) override {
    const std::string from = text_member(effect.intent(), "from").value_or("");
    const std::string branch = branch_of(effect), path = path_of(effect, from);
    CallResult<std::string> sha = co_await look_at<std::string>(attempt, effect, api::kGetRef, path, &sha_of);
    if (!sha) co_return failed_look_up(sha.error());
    const boost::json::object fields{{"ref", "refs/heads/" + branch}, {"sha", *sha}};
    const GitHubRequest request{"POST", in_repository(effect.access.repo, "/git/refs"), boost::json::serialize(fields)};
    const GitHubAnswer answer = co_await client().send(attempt, effect.access, request);
    if (!answer) {
      // Nobody else makes one of that name: where Redis has lost the journal, an earlier run did.
      const Failure& failure = answer.error().failure;
      const bool exists = failure.status == 422 && failure.reason == "Reference already exists";
      if (!exists) co_return answer.error();
      co_return Success<Done>{made(branch), 422};
    }
    constexpr std::array<std::string_view, 1> kKeys = {"ref"};
    const auto value = parse_filtered(answer->body, {.keys = kKeys});
    const bool is_made = answer->status == 201 && value && value->is_object() &&
                         text_member(value->get_object(), "ref") == "refs/heads/" + branch;
    if (!is_made) co_return AttemptFailure{malformed(answer->status, "the answer is not the new reference")};
    co_return Success<Done>{made(branch), answer->status};
  }

  asio::awaitable<CallResult<std::optional<Done>>> find(const Attempt& attempt, const PendingEffect& effect) override {
    const std::string branch = branch_of(effect), path = path_of(effect, branch);
    CallResult<std::string> sha = co_await look_at<std::string>(attempt, effect, api::kGetRef, path, &sha_of, 2);
    if (sha) co_return Done(made(branch));
    if (sha.error().failure.kind == FailureKind::NotFound) co_return std::optional<Done>();
    co_return sha.error();
  }
};

}  // namespace

const ToolEntry& tools::create_branch() {
  using enum Parameter::Kind;
  static constexpr Parameter kParameters[] = {
      {"name", "What it is for, such as fix-typo; it becomes a part of the name.", Name},
      {"from", "The branch that it begins at, such as main.", Name}};
  static const ToolEntry entry{{.api = api::kCreateRef,
                                .description = "Makes a branch for this job's changes and tells its whole name.",
                                .parameters = kParameters,
                                .example = R"({"name":"fix-typo","from":"main"})",
                                .scope = "new branches of the job's repository that begin with \"rehearse/\"",
                                .once = "its name holds the key",
                                .missing = ToolSpec::Missing::TellsTheModel},
                               &make_tool<CreateBranch>};
  return entry;
}

}  // namespace core
