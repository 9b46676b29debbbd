#include "core/tools/comment_on_issue.h"

#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "core/api/api.h"
#include "core/digest/digest.h"
#include "core/digest/hmac.h"
#include "core/json/escape.h"
#include "core/json/filtered_json.h"
#include "core/state.h"
#include "core/text/ascii.h"
#include "core/text/compose.h"

namespace core {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kName = api::kCreateComment.tool;
constexpr std::size_t kMaxBodyBytes = 60'000;  // GitHub takes 65,536 characters; the marker needs room.
constexpr std::uint32_t kMaxPages = 100;       // Ten thousand comments.
constexpr std::string_view kMarkerBegin = "<!-- rehearse:";
constexpr std::string_view kMarkerEnd = " -->";

const ToolDefinition& the_definition() {
  static const ToolDefinition definition{
      std::string(kName), "Posts a comment on the issue that this job is about.",
      R"({"type":"object","properties":{"body":{"type":"string","description":"The comment, in Markdown."}},)"
      R"("required":["body"]})"};
  return definition;
}

/// What earlier attempts of the job, or of this call, have left behind.
enum class Progress : std::uint8_t {
  None,     ///< Nothing was sent, or what was sent had no effect.
  Unknown,  ///< Something was sent and nobody knows what became of it.
  Done,
};

}  // namespace

/// One comment on its way, as the journal keeps it. The body is that of the first attempt: one key never carries two
/// inputs.
struct CommentOnIssue::Posting final : Stateful {
  explicit Posting(const TokenCache& of_worker) : tokens(of_worker) {}

  void describe_state(std::string& out, SteadyTime now) const override;

  const TokenCache& tokens;
  std::string entry;  ///< In the journal.
  std::string key;
  std::string body;
  Progress progress = Progress::None;
  bool in_doubt = false;  ///< A create may have been done that no look-up has shown: one may still come late.
  bool settling = false;  ///< The token was refused, and is tried again for being new.
  std::string answer;     ///< Told to the model, once done.
  std::uint64_t installation = 0;
  IssueAccess access;
};

void CommentOnIssue::Posting::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, entry);
  append_state(out, key);
  append_state(out, body);
  append_state(out, static_cast<int>(progress));
  append_state(out, in_doubt);
  append_state(out, settling);
  const InstallationToken& token = access.token;
  append_state(out, !token.value.empty());
  if (token.value.empty()) return;
  append_state(out, settling_for(token, now).value_or(Duration::zero()));
  append_state(out, tokens.holds(installation, token.value));
  append_state(out, tokens.has_discarded(installation, token.value));
}

namespace {

/// No two effects have the same.
std::string effect_of(std::string_view job, std::string_view tool, std::uint32_t ordinal) {
  return compose(FMT_COMPILE("{}:{}:{}:{}"), job.size(), job, tool, ordinal);
}

/// How an effect that was begun has ended.
std::string journal_text(std::string_view state, std::string_view body, std::string_view answer) {
  std::string text = "{\"state\":";
  append_json_string(text, state);
  text += ",\"body\":";
  append_json_string(text, body);
  text += ",\"answer\":";
  append_json_string(text, answer);
  text += '}';
  return text;
}

/// Of an effect that is begun: a list, which versions before there were secrets cannot read. They do not know the key,
/// and would post again what they do not find by theirs; so they fail the job instead.
std::string begun_text(std::string_view key, std::string_view body) {
  std::string text = "[\"started\",";
  append_json_string(text, key);
  text += ',';
  append_json_string(text, body);
  text += ']';
  return text;
}

std::string text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string answer_for(const Comment& comment) {
  std::string answer = "{\"status\":\"posted\",\"id\":";
  fmt::format_to(std::back_inserter(answer), FMT_COMPILE("{},\"url\":"), comment.id);
  append_json_string(answer, comment.url);
  answer += '}';
  return answer;
}

/// Somebody else has written there: whether the comment was posted cannot be known.
GaveUp unreadable_journal() {
  return {GiveUpReason::OutcomeUnknown, Failure{.kind = FailureKind::Malformed,
                                                .retryability = Retryability::Final,
                                                .effect = Effect::Unknown,
                                                .code = "ERR_JOURNAL",
                                                .message = "the job's journal cannot be read"}};
}

/// 422 and the like: the model may correct its call. 401, 403 and 404 are nothing that talking to it cures.
bool model_may_correct(const GaveUp& gave_up) {
  return gave_up.reason == GiveUpReason::NotRetryable && gave_up.failure.kind == FailureKind::ClientError;
}

}  // namespace

std::optional<std::string> refuse_comment(const boost::json::object& arguments, const JobSpec& spec) {
  const auto slash = spec.repo.find('/');
  const std::string owner = spec.repo.substr(0, slash);
  const std::string name = spec.repo.substr(slash + 1);
  const auto elsewhere = [&spec] {
    return fmt::format("Refused: this job may comment on {}#{} only.", spec.repo, spec.issue);
  };
  bool has_body = false;
  for (const auto& [key, value] : arguments) {
    if (key == "body") {
      if (!value.is_string() || value.get_string().empty()) return "Refused: \"body\" must be a text.";
      if (value.get_string().size() > kMaxBodyBytes) return "Refused: \"body\" is longer than 60,000 bytes.";
      if (without_markers(value.get_string()).empty()) return "Refused: \"body\" must be a text.";
      has_body = true;
    } else if (key == "repo" || key == "repository") {
      if (!value.is_string() || (value.get_string() != spec.repo && value.get_string() != name)) return elsewhere();
    } else if (key == "owner") {
      if (!value.is_string() || value.get_string() != owner) return elsewhere();
    } else if (key == "issue" || key == "issue_number") {
      const bool same = (value.is_int64() && value.get_int64() == static_cast<std::int64_t>(spec.issue)) ||
                        (value.is_string() && value.get_string() == std::to_string(spec.issue));
      if (!same) return elsewhere();
    } else {
      return "Refused: comment_on_issue takes \"body\", and nothing that it does not know.";
    }
  }
  if (!has_body) return "Refused: \"body\" is missing.";
  return std::nullopt;
}

std::string idempotency_key(std::string_view secret, std::string_view job, std::string_view tool,
                            std::uint32_t ordinal) {
  return hmac_of(secret, effect_of(job, tool, ordinal));
}

std::string older_idempotency_key(std::string_view job, std::string_view tool, std::uint32_t ordinal) {
  return digest_of(effect_of(job, tool, ordinal));
}

std::string comment_marker(std::string_view key) {
  return compose(FMT_COMPILE("{}{}{}"), kMarkerBegin, key, kMarkerEnd);
}

std::string without_markers(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    clean += text[i++];
    if (!clean.ends_with(kMarkerBegin)) continue;
    // What is before a marker and what is after it may be a marker's beginning together: it is looked at as one text.
    clean.resize(clean.size() - kMarkerBegin.size());
    std::size_t end = i;
    while (end < text.size() && (is_digit(text[end]) || (text[end] >= 'a' && text[end] <= 'f'))) ++end;
    if (text.substr(end).starts_with(kMarkerEnd)) i = end + kMarkerEnd.size();
  }
  return clean;
}

CommentOnIssue::CommentOnIssue(const Environment& environment, const Config& config, TokenCache& tokens,
                               CommentsClient& comments)
    : environment_(environment), config_(config), tokens_(tokens), comments_(comments) {}

const ToolDefinition& CommentOnIssue::definition() const {
  return the_definition();
}

asio::awaitable<ToolResult> CommentOnIssue::call(JobRun& run, const ToolCall& call, std::uint32_t ordinal) {
  Posting posting(tokens_);
  posting.installation = run.spec.installation;
  posting.entry = compose(FMT_COMPILE("{}#{}"), kName, ordinal);
  posting.key = idempotency_key(run.claimed.secret, run.claimed.id, kName, ordinal);
  const auto journalled = run.claimed.journal.find(posting.entry);
  if (journalled != run.claimed.journal.end()) {
    if (!read_entry(journalled->second, posting)) co_return unreadable_journal();
    if (posting.key.empty()) posting.key = older_idempotency_key(run.claimed.id, kName, ordinal);
  }
  posting.in_doubt = posting.progress == Progress::Unknown;
  if (posting.progress == Progress::Done) co_return ToolAnswer{posting.answer};
  if (posting.progress == Progress::None) {
    std::optional<std::string> refusal = refuse_comment(call.arguments, run.spec);
    if (refusal) co_return ToolError{std::move(*refusal)};
    posting.body = without_markers(text_of(call.arguments, "body"));
  }
  ToolResult result = co_await post(run, std::move(posting));
  co_return result;
}

/// What an earlier run has journalled. What may have been posted has the key that it was begun with: an entry of a
/// version before there were secrets names none, and `posting` has none then. False: it cannot be read.
bool CommentOnIssue::read_entry(const std::string& entry, Posting& posting) {
  constexpr std::array<std::string_view, 3> kKeys = {"state", "body", "answer"};
  const auto value = parse_filtered(entry, {.keys = kKeys});
  if (!value) return false;
  if (const boost::json::array* begun = value->if_array()) {
    const bool is_whole = begun->size() == 3 && std::ranges::all_of(*begun, &boost::json::value::is_string);
    if (!is_whole || begun->front().get_string() != "started") return false;
    posting.progress = Progress::Unknown;
    posting.key = std::string((*begun)[1].get_string());
    posting.body = std::string((*begun)[2].get_string());
    return true;
  }
  if (!value->is_object()) return false;
  const boost::json::object& kept = value->get_object();
  const std::string state = text_of(kept, "state");
  posting.progress = state == "done" ? Progress::Done : state == "started" ? Progress::Unknown : Progress::None;
  posting.body = text_of(kept, "body");
  posting.answer = text_of(kept, "answer");
  if (posting.progress == Progress::Unknown) posting.key.clear();
  return true;
}

/// The operation that the tool's retry wraps.
struct CommentOnIssue::Create {
  CommentOnIssue& tool;
  JobRun& run;
  Posting& posting;
  asio::awaitable<AttemptResult<Comment>> operator()(const Attempt& attempt) const {
    return tool.attempt(run, posting, attempt);
  }
};

asio::awaitable<ToolResult> CommentOnIssue::post(JobRun& run, Posting posting) {
  const UnderWay under_way(run, posting);
  CallResult<InstallationToken> token = co_await tokens_.token(run.spec.installation, run.claimed.id, run.claimed.run);
  run.check_lease();
  if (!token) co_return token.error();
  posting.access = {run.spec.repo, run.spec.issue, std::move(*token), run.claimed.id, run.lease};
  std::string started = begun_text(posting.key, posting.body);
  if (!co_await journal_begin(run, posting.entry, std::move(started))) {
    co_return EndsJob{JobFailReason::JournalFull, "the job's journal has no room for another comment"};
  }
  Call call{api::kCreateComment, run.claimed.id, config_.retry_of(api::kCreateComment), run.random.fork(posting.entry)};
  call.run = run.claimed.run;
  call.timeout = config_.timeout_of(api::kCreateComment);
  call.ceiling = config_.retry_after_ceiling;
  call.permit = run.lease;
  CallResult<Comment> posted = co_await retry<Comment>(environment_, call, Create{*this, run, posting});
  if (posted) {
    std::string answer = answer_for(*posted);
    std::string done = journal_text("done", posting.body, answer);
    co_await journal_end(run, posting.entry, std::move(done));
    co_return ToolAnswer{std::move(answer)};
  }
  if (!posting.in_doubt) {
    // Nothing was done, so a later run has nothing to look for, and may be given other words to post.
    std::string undone = journal_text("undone", {}, {});
    co_await journal_end(run, posting.entry, std::move(undone));
  }
  if (model_may_correct(posted.error())) {
    const Failure& failure = posted.error().failure;
    co_return ToolError{"GitHub refused it: " + (failure.reason.empty() ? failure.message : failure.reason)};
  }
  co_return posted.error();
}

asio::awaitable<AttemptResult<Comment>> CommentOnIssue::attempt(JobRun& run, Posting& posting, const Attempt& attempt) {
  if (!posting.settling) {
    if (auto none = co_await renew_token(run, posting, attempt)) co_return *none;
  }
  if (posting.progress == Progress::Unknown) {
    std::optional<AttemptResult<Comment>> ended = co_await look_for(run, posting, attempt);
    if (ended) co_return std::move(*ended);
    posting.progress = Progress::None;
  }
  const std::string body = posting.body + "\n\n" + comment_marker(posting.key);
  run.check_lease();
  run.effect_in_doubt = true;
  AttemptResult<Comment> created = co_await comments_.create_comment(attempt, posting.access, body);
  if (!created) {
    const Failure failure = created.error().failure;
    if (failure.effect == Effect::Unknown) {
      posting.progress = Progress::Unknown;
      posting.in_doubt = true;
    }
    note_refusal(run, posting, failure, attempt);
  }
  // What was looked for in vain may still come, whatever became of this request: the next attempt looks again.
  if (!created && posting.in_doubt) posting.progress = Progress::Unknown;
  run.effect_in_doubt = !created && posting.in_doubt;
  co_return created;
}

/// That nothing is found holds for what is sent next. Another job may have learned meanwhile that the token is refused;
/// to get a new one may take long, so the comment is looked for once more.
asio::awaitable<std::optional<AttemptResult<Comment>>> CommentOnIssue::look_for(JobRun& run, Posting& posting,
                                                                                const Attempt& attempt) {
  constexpr int kMostLooks = 2;
  for (int look = 1; look <= kMostLooks; ++look) {
    CallResult<std::optional<Comment>> found = co_await find(run, posting, attempt);
    if (!found) {
      AttemptFailure failure{found.error().failure};
      note_refusal(run, posting, failure.failure, attempt);
      const bool curable = failure.failure.retryable() || posting.settling;
      const bool never = !curable || found.error().reason == GiveUpReason::OutcomeUnknown;
      if (never) failure.give_up = GiveUp{GiveUpReason::OutcomeUnknown};
      co_return AttemptResult<Comment>(std::move(failure));
    }
    if (*found) {
      run.effect_in_doubt = false;
      co_return AttemptResult<Comment>(Success<Comment>{std::move(**found), 200});
    }
    if (posting.settling) break;
    const std::string used = posting.access.token.value;
    if (auto none = co_await renew_token(run, posting, attempt)) co_return AttemptResult<Comment>(std::move(*none));
    if (posting.access.token.value == used) break;
  }
  co_return std::nullopt;
}

/// The wait before this attempt may have outlasted the token, and another job may have found out that it is refused,
/// that one even while the journal was written before the first attempt. Why there is no other one ends the tool.
asio::awaitable<std::optional<AttemptFailure>> CommentOnIssue::renew_token(JobRun& run, Posting& posting,
                                                                           const Attempt& attempt) {
  const std::string& used = posting.access.token.value;
  // A token that the first attempt finds too old was so when it came: by our clock, which may be wrong.
  const bool is_good = attempt.number == 1 ? !tokens_.has_discarded(run.spec.installation, used)
                                           : tokens_.holds(run.spec.installation, used);
  if (is_good) co_return std::nullopt;
  CallResult<InstallationToken> token = co_await tokens_.token(run.spec.installation, run.claimed.id, run.claimed.run);
  if (!token) {
    const GaveUp& none = token.error();
    co_return AttemptFailure{none.failure, GiveUp{none.reason, none.patience}};
  }
  posting.access.token = std::move(*token);
  co_return std::nullopt;
}

/// A token that was refused for good must not be given to the next job.
void CommentOnIssue::note_refusal(JobRun& run, Posting& posting, const Failure& failure, const Attempt& attempt) {
  const RetryPolicy& policy = config_.retry_of(api::kCreateComment);
  posting.settling = settling_wait(failure, attempt.number, policy).has_value();
  const bool refused = failure.kind == FailureKind::Unauthorized || failure.settling;
  if (refused && !posting.settling) tokens_.discard(run.spec.installation, posting.access.token.value);
}

/// The look-up is a part of the create's attempt: it has no retries of its own, so that the layers do not multiply.
asio::awaitable<CallResult<std::optional<Comment>>> CommentOnIssue::find(JobRun& run, const Posting& posting,
                                                                         const Attempt& attempt) {
  struct ListPage {
    CommentOnIssue& tool;
    const Posting& posting;
    std::uint32_t page;
    asio::awaitable<AttemptResult<CommentPage>> operator()(const Attempt& attempt) const {
      return tool.comments_.list_comments(attempt, posting.access, page);
    }
  };
  RetryPolicy once = config_.github.tools.retry;
  once.attempts = 1;
  const Random random = run.random.fork(posting.entry).fork("find").fork(attempt.number);
  const std::string marker = comment_marker(posting.key);
  for (std::uint32_t page = 1; page <= kMaxPages; ++page) {
    Call call{api::kListComments, run.claimed.id, once, random.fork(page)};
    call.run = run.claimed.run;
    call.timeout = config_.timeout_of(api::kListComments);
    call.deadline = attempt.deadline;
    call.ceiling = config_.retry_after_ceiling;
    call.permit = run.lease;
    CallResult<CommentPage> listed = co_await retry<CommentPage>(environment_, call, ListPage{*this, posting, page});
    if (!listed) co_return listed.error();
    for (Comment& comment : listed->comments) {
      // Who has seen a marker can write it again; only this app's own comment counts.
      const bool is_found = comment.body.find(marker) != std::string::npos && is_own_comment(comment, config_.github);
      if (is_found) co_return std::move(comment);
    }
    if (!listed->next_page) co_return std::nullopt;
  }
  co_return GaveUp{GiveUpReason::OutcomeUnknown, malformed(200, "too many comments to look through")};
}

}  // namespace core
