#include "core/agent/agent_jobs.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "core/tools/comment_on_issue.h"

namespace core {

namespace {

std::vector<std::unique_ptr<Tool>> make_tools(const Environment& environment, const Config& config, TokenCache& tokens,
                                              CommentsClient& comments) {
  std::vector<std::unique_ptr<Tool>> tools;
  tools.push_back(std::make_unique<CommentOnIssue>(environment, config, tokens, comments));
  return tools;
}

}  // namespace

AgentJobs::AgentJobs(const Environment& environment, const Config& config)
    : environment_(environment),
      llm_(environment, config.llm, config.retry_after_ceiling, &credentials_),
      tokens_(environment, config.github, config.retry_after_ceiling, &credentials_),
      comments_(environment, config.github),
      agent_(environment, config, llm_, make_tools(environment, config, tokens_, comments_)) {}

void AgentJobs::describe_state(std::string& out, SteadyTime now) const {
  credentials_.describe_state(out);
  llm_.describe_state(out, now);
  tokens_.describe_state(out, now);
}

boost::asio::awaitable<AgentResult> AgentJobs::run(JobRun& run) {
  if (run.claimed.is_too_large) {
    co_return AgentResult{.outcome = AgentOutcome::Failed,
                          .fail_reason = JobFailReason::TooLarge,
                          .error = JobError{fmt::format("payload and journal have more than {} MiB, and were not read",
                                                        kMostClaimedBytes / (1024UL * 1024))}};
  }
  if (!run.claimed.found_instead.empty()) {
    co_return AgentResult{.outcome = AgentOutcome::Failed,
                          .fail_reason = JobFailReason::Malformed,
                          .error = JobError{run.claimed.found_instead}};
  }
  auto spec = decode_job(run.claimed.payload);
  if (!spec) {
    co_return AgentResult{.outcome = AgentOutcome::Failed,
                          .fail_reason = JobFailReason::Malformed,
                          .error = JobError{std::move(spec.error().message)}};
  }
  run.spec = std::move(*spec);
  AgentResult result = co_await agent_.run(run);
  Event finished;
  finished.kind = EventKind::AgentFinished;
  finished.job = run.claimed.id;
  finished.run = run.claimed.run;
  finished.outcome = result.outcome;
  environment_.emit(finished);
  co_return result;
}

}  // namespace core
