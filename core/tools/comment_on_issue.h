// The tool comment_on_issue: posts one comment on the job's own issue, once. What it is about to do is journalled
// before it is sent and what it has done after, and the comment carries a marker with an idempotency key that nobody
// can guess; where the answer to a create was lost, the comment is looked up by its marker before it is posted again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/comments_client.h"
#include "core/github/token_cache.h"
#include "core/tools/tool.h"

namespace core {

class CommentOnIssue final : public Tool {
 public:
  /// All that is referred to outlives the tool.
  CommentOnIssue(const Environment& environment, const Config& config, TokenCache& tokens, CommentsClient& comments);

  const ToolDefinition& definition() const override;
  boost::asio::awaitable<ToolResult> call(JobRun& run, const ToolCall& call, std::uint32_t ordinal) override;

 private:
  struct Posting;
  struct Create;

  boost::asio::awaitable<ToolResult> post(JobRun& run, Posting posting);
  /// One attempt: where the outcome of an earlier one is unknown, first looks for the comment.
  boost::asio::awaitable<AttemptResult<Comment>> attempt(JobRun& run, Posting& posting, const Attempt& attempt);
  static bool read_entry(const std::string& entry, Posting& posting);
  /// How the attempt ends, if the comment is there or cannot be looked for; nothing: it is to be posted.
  boost::asio::awaitable<std::optional<AttemptResult<Comment>>> look_for(JobRun& run, Posting& posting,
                                                                         const Attempt& attempt);
  boost::asio::awaitable<CallResult<std::optional<Comment>>> find(JobRun& run, const Posting& posting,
                                                                  const Attempt& attempt);
  boost::asio::awaitable<std::optional<AttemptFailure>> renew_token(JobRun& run, Posting& posting,
                                                                    const Attempt& attempt);
  void note_refusal(JobRun& run, Posting& posting, const Failure& failure, const Attempt& attempt);

  const Environment& environment_;
  const Config& config_;
  TokenCache& tokens_;
  CommentsClient& comments_;
};

/// What is wrong with the model's arguments for this job, in words for the model; nothing if they may be followed.
std::optional<std::string> refuse_comment(const boost::json::object& arguments, const JobSpec& spec);

/// The idempotency key of the `ordinal`-th call of a tool within a job: 32 hexadecimal digits. `secret` is the job's.
std::string idempotency_key(std::string_view secret, std::string_view job, std::string_view tool,
                            std::uint32_t ordinal);

/// That of versions before there were secrets: anybody who knows the job's id can make it.
std::string older_idempotency_key(std::string_view job, std::string_view tool, std::uint32_t ordinal);

/// The HTML comment that a body carries its key in; invisible on the page.
std::string comment_marker(std::string_view key);

/// A model's text without anything that begins as a marker does.
std::string without_markers(std::string_view text);

}  // namespace core
