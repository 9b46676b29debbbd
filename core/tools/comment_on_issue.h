// The tool comment_on_issue: posts one comment on the job's own issue, once. The comment carries a marker with an
// idempotency key that nobody can guess, by which it is found again.
#pragma once

#include <optional>
#include <string>

#include "core/github/comments_client.h"
#include "core/tools/effect_tool.h"

namespace core {

class CommentOnIssue final : public EffectTool {
 public:
  /// All that is referred to outlives the tool.
  CommentOnIssue(const Environment& environment, const Config& config, TokenCache& tokens, CommentsClient& comments,
                 const ClientOptions& options = {});

  const ToolDefinition& definition() const override;

 private:
  std::optional<std::string> refuse(const boost::json::object& arguments, const JobSpec& spec) const override;
  std::string intent_of(const boost::json::object& arguments) const override;
  boost::asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) override;
  boost::asio::awaitable<CallResult<std::optional<Done>>> find(const Attempt& attempt,
                                                               const PendingEffect& effect) override;

  CommentsClient& comments_;
};

/// What is wrong with the model's arguments for this job, in words for the model; nothing if they may be followed.
std::optional<std::string> refuse_comment(const boost::json::object& arguments, const JobSpec& spec);

}  // namespace core
