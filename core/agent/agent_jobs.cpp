#include "core/agent/agent_jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/tools/all_tools.h"

namespace core {

namespace {

std::vector<std::unique_ptr<Tool>> make_tools(const ToolContext& context) {
  std::vector<std::unique_ptr<Tool>> tools;
  for (const auto entry : kAllTools) tools.push_back(entry().make(context));
  return tools;
}

AgentResult failed_before(JobFailReason reason, std::string error) {
  return {.outcome = AgentOutcome::Failed, .fail_reason = reason, .error = {std::move(error)}};
}

}  // namespace

AgentJobs::AgentJobs(const Environment& environment, const Config& config)
    : environment_(environment),
      config_(config),
      guards_(environment, config),
      llm_(environment, config.llm, options()),
      tokens_(environment, config.github, options()),
      github_(environment, config.github),
      agent_(environment, config, llm_, make_tools({environment, config, tokens_, github_, options()})) {}

ClientOptions AgentJobs::options() {
  return {.ceiling = config_.retry_after_ceiling, .credentials = &credentials_, .guards = &guards_};
}

void AgentJobs::describe_state(std::string& out, SteadyTime now) const {
  credentials_.describe_state(out);
  llm_.describe_state(out, now);
  tokens_.describe_state(out, now);
  guards_.describe_state(out, now);
}

/// A wait that the job's tools would meet comes before its questions to the model, where it is long: for a limit, or
/// for a service that fails.
AgentResult AgentJobs::put_off(const JobSpec& spec) const {
  const auto needs = [&spec](std::string_view api) {
    const Api* known = find_api(api);
    return known == nullptr || known->tool.empty() || spec.may_use(known->tool);
  };
  std::optional<LongWait> longest = guards_.wait_of_one_more(kLimitedModel, needs);
  const auto look_at = [&](std::string_view credential) {
    longest = longer(longest, guards_.wait_of_one_more(credential, needs));
  };
  look_at(limited_installation(spec.installation));
  if (!tokens_.has_token(spec.installation)) look_at(kLimitedApp);
  if (!longest) return {};
  return {.outcome = longest->outcome, .put_off = longest->wait};
}

void AgentJobs::read(JobRun& run) {
  if (run.claimed.is_too_large) return;
  run.malformed = run.claimed.found_instead;
  if (!run.malformed.empty()) return;
  auto spec = decode_job(run.claimed.payload);
  if (!spec) {
    run.malformed = std::move(spec.error().message);
    return;
  }
  run.spec = std::move(*spec);
  const std::optional<Duration>& own = run.spec.deadline;
  const std::optional<Duration>& given = own ? own : config_.jobs.deadline;
  if (given) run.deadline = saturating_add(run.claimed.put_in_at, *given);
}

boost::asio::awaitable<AgentResult> AgentJobs::run_agent(JobRun& run) {
  if (environment_.clock.now() >= run.deadline)
    co_return failed_before(JobFailReason::Deadline, "its deadline had come before this run began");
  AgentResult result = put_off(run.spec);
  if (!result.put_off) result = co_await agent_.run(run);
  if (!result.put_off || run.deadline == SteadyTime::max()) co_return result;
  // See Worker::give_back_later.
  const Duration wait = std::max(*result.put_off, run.effect_in_doubt ? config_.jobs.lease : Duration::zero());
  if (saturating_add(environment_.clock.now(), wait) >= run.deadline) {
    result.put_off.reset();
    result.outcome = AgentOutcome::Failed;
    result.fail_reason = JobFailReason::Deadline;
    result.error.text = "it would have to wait beyond its deadline" +
                        (result.error.text.empty() ? std::string() : ": " + result.error.text);
  }
  co_return result;
}

boost::asio::awaitable<AgentResult> AgentJobs::run(JobRun& run) {
  if (run.claimed.is_too_large) {
    co_return failed_before(JobFailReason::TooLarge,
                            fmt::format("payload and journal have more than {} MiB, and were not read",
                                        kMostClaimedBytes / (1024UL * 1024)));
  }
  if (!run.malformed.empty()) co_return failed_before(JobFailReason::Malformed, run.malformed);
  AgentResult result = co_await run_agent(run);
  Event finished;
  finished.kind = EventKind::AgentFinished;
  finished.job = run.claimed.id;
  finished.run = run.claimed.run;
  finished.outcome = result.outcome;
  environment_.emit(finished);
  co_return result;
}

}  // namespace core
