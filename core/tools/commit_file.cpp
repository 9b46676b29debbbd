// Commits one file to a branch that the job has made. The commit's last line carries the idempotency key, and the file
// that it replaces is named by its hash: a second commit of it is refused.
#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>

#include "core/http/percent.h"
#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/text/base64.h"
#include "core/tools/all_tools.h"
#include "core/tools/contents.h"
#include "core/tools/github_tool.h"
#include "core/tools/own_branches.h"

namespace core {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kKeyLine = "Rehearse-Key: ";

class CommitFile final : public GitHubTool {
 public:
  explicit CommitFile(const ToolContext& context) : GitHubTool(context, tools::commit_file()) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun& run) const override {
    const std::string path = text_member(accepted, "path").value_or("");
    if (!is_file_path(path)) return "Refused: \"path\" must be a path within the repository, such as src/main.cpp.";
    // What is there runs with the repository's secrets, or says who approves.
    const bool governs = path.starts_with(".github/") || path == "CODEOWNERS" || path == "docs/CODEOWNERS";
    if (governs) return "Refused: files that govern the repository may not be changed.";
    return refuse_branch(run, text_member(accepted, "branch").value_or(""), most_branches());
  }

  std::string intent_of(const boost::json::object& accepted, const JobRun& run) const override {
    return with_branch(accepted, run, "branch");
  }

  static AttemptResult<FileContents> contents_of(const HttpResponse& answer, const PendingEffect&) {
    if (auto file = read_file_contents(answer.body)) return Success<FileContents>{std::move(*file), answer.status};
    if (is_something_else(answer.body)) return not_to_be_done("there is something other than a file");
    return AttemptFailure{malformed(answer.status, "the answer is no file")};
  }

  /// Whether the commit is among those of the list.
  static AttemptResult<bool> has_commit(const HttpResponse& answer, const PendingEffect& effect) {
    constexpr std::array<std::string_view, 2> kKeys = {"commit", "message"};
    const auto list = parse_filtered(answer.body, {.keys = kKeys});
    if (!list || !list->is_array()) return AttemptFailure{malformed(answer.status, "the answer is no list")};
    const std::string line = std::string(kKeyLine) + effect.journalled.key;
    for (const boost::json::value& each : list->get_array()) {
      const boost::json::object* commit = each.is_object() ? object_member(each.get_object(), "commit") : nullptr;
      const auto message = commit == nullptr ? std::nullopt : text_member(*commit, "message");
      if (!message) return AttemptFailure{malformed(answer.status, "the list has an element that is no commit")};
      if (message->ends_with(line)) return Success<bool>{true, answer.status};
    }
    return Success<bool>{false, answer.status};
  }

  static bool tells_of_a_commit(const HttpResponse& answer) {
    constexpr std::array<std::string_view, 2> kKeys = {"commit", "sha"};
    const auto value = parse_filtered(answer.body, {.keys = kKeys});
    const boost::json::object* commit =
        value && value->is_object() ? object_member(value->get_object(), "commit") : nullptr;
    return (answer.status == 200 || answer.status == 201) && commit != nullptr && text_member(*commit, "sha");
  }

  static Done committed(const boost::json::object& intent, std::string_view status) {
    return {boost::json::serialize(boost::json::object{{"status", status},
                                                       {"path", text_member(intent, "path").value_or("")},
                                                       {"branch", text_member(intent, "branch").value_or("")}})};
  }

  static std::string put_body(const boost::json::object& intent, const PendingEffect& effect, const FileContents& old) {
    boost::json::object fields{{"message", fmt::format("{}\n\n{}{}", text_member(intent, "message").value_or(""),
                                                       kKeyLine, effect.journalled.key)},
                               {"content", base64_encode(text_member(intent, "text").value_or(""))},
                               {"branch", text_member(intent, "branch").value_or("")}};
    if (!old.sha.empty()) fields["sha"] = old.sha;
    return boost::json::serialize(fields);
  }

  /// GitHub commits what is there already once more, as an empty commit.
  asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) override {
    const boost::json::object intent = effect.intent();
    const std::string file = text_member(intent, "path").value_or("");
    const std::string path = contents_path(effect.access.repo, file, text_member(intent, "branch").value_or(""));
    CallResult<FileContents> old =
        co_await look_at<FileContents>(attempt, effect, api::kCompareContents, path, &contents_of);
    if (!old && old.error().failure.kind != FailureKind::NotFound) co_return failed_look_up(old.error());
    const FileContents known = old ? std::move(*old) : FileContents{};
    if (known.text && *known.text == text_member(intent, "text")) {
      co_return Success<Done>{committed(intent, "it was there already"), 200};
    }
    const GitHubRequest request{"PUT", contents_path(effect.access.repo, file, ""), put_body(intent, effect, known)};
    const GitHubAnswer answer = co_await client().send(attempt, effect.access, request);
    if (!answer) co_return answer.error();
    if (!tells_of_a_commit(*answer)) co_return AttemptFailure{malformed(answer->status, "the answer is no commit")};
    co_return Success<Done>{committed(intent, "committed"), answer->status};
  }

  asio::awaitable<CallResult<std::optional<Done>>> find(const Attempt& attempt, const PendingEffect& effect) override {
    const boost::json::object intent = effect.intent();
    const std::string query =
        fmt::format("/commits?per_page=100&sha={}&path={}", percent_encode(text_member(intent, "branch").value_or("")),
                    percent_encode(text_member(intent, "path").value_or("")));
    const std::string path = in_repository(effect.access.repo, query);
    CallResult<bool> has = co_await look_at<bool>(attempt, effect, api::kListCommits, path, &has_commit);
    // Without its branch there is no commit.
    if (!has && has.error().failure.kind == FailureKind::NotFound) co_return std::optional<Done>();
    if (!has) co_return has.error();
    if (*has) co_return Done(committed(intent, "committed"));
    co_return std::optional<Done>();
  }
};

}  // namespace

const ToolEntry& tools::commit_file() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"path", "The file, such as src/main.cpp.", Line, Mandatory, 1024},
      {"text", "All that is to be in it.", Text, Mandatory, 500'000},
      {"message", "What the commit does, in one line.", Line, Mandatory, 1024},
      {"branch", "A branch that create_branch made; by default the last.", Name, Optional}};
  static const ToolEntry entry{
      {.api = api::kPutContents,
       .description = "Commits one file, new or changed, to a branch that create_branch made.",
       .parameters = kParameters,
       .example = R"({"path":"docs/note.md","text":"A note.\n","message":"Add a note"})",
       .scope = "branches that create_branch made for this job; not files that govern the repository, as in .github/",
       .once = "a line of the commit's message; the old file's hash",
       .missing = ToolSpec::Missing::TellsTheModel},
      &make_tool<CommitFile>};
  return entry;
}

}  // namespace core
