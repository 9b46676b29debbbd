#include "core/agent/agent.h"

#include <utility>

namespace core {

namespace {

AgentResult failed(JobFailReason reason, std::string error) {
  AgentResult result;
  result.outcome = AgentOutcome::Failed;
  result.fail_reason = reason;
  result.error.text = std::move(error);
  return result;
}

AgentResult turns_exceeded(std::uint32_t turns) {
  return failed(JobFailReason::TurnsExceeded, "no final answer after " + std::to_string(turns) + " turns");
}

/// The second cut answer of a run: another would be cut like it.
AgentResult cut_again(AnswerEnd end) {
  if (end == AnswerEnd::Filtered) {
    return failed(JobFailReason::FilteredAnswer,
                  "the content filter stopped the model's answer, again after the model had heard of it");
  }
  return failed(JobFailReason::IncompleteAnswer,
                "the model's answer was cut at its length limit, again after the model had heard of it");
}

std::string times(std::uint32_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

}  // namespace

Agent::Agent(const Environment& environment, const Config& config, LlmClient& llm,
             std::vector<std::unique_ptr<Tool>> tools)
    : environment_(environment), config_(config), llm_(llm), tools_(std::move(tools)) {}

std::vector<ToolDefinition> Agent::offered_to(const JobSpec& job) const {
  std::vector<ToolDefinition> offered;
  for (const auto& tool : tools_) {
    if (job.may_use(tool->definition().name)) offered.push_back(tool->definition());
  }
  return offered;
}

boost::asio::awaitable<AgentResult> Agent::run(JobRun& run) {
  Conversation conversation(run.spec.prompt);
  const std::vector<ToolDefinition> offered = offered_to(run.spec);
  CallCounts counts(tools_.size());
  const Caller caller = run.caller();
  bool was_cut = false;
  for (std::uint32_t turn = 0; turn < config_.llm.max_turns; ++turn) {
    const Random random = run.random.fork("llm").fork(turn);
    CallResult<ModelAnswer> answer = co_await llm_.chat(caller, random, conversation.messages(), offered);
    if (!answer) co_return agent_result(answer.error());
    if (is_cut(answer->end)) {
      if (std::exchange(was_cut, true)) co_return cut_again(answer->end);
      conversation.add_cut_answer(*std::move(answer));
      continue;
    }
    const std::vector<ToolCall> calls = conversation.add_answer(std::move(answer->message));
    if (calls.empty()) co_return AgentResult{};
    std::optional<AgentResult> ended = co_await use_tools(run, calls, conversation, counts);
    if (ended) co_return std::move(*ended);
  }
  co_return turns_exceeded(config_.llm.max_turns);
}

boost::asio::awaitable<std::optional<AgentResult>> Agent::use_tools(JobRun& run, const std::vector<ToolCall>& calls,
                                                                    Conversation& conversation, CallCounts& counts) {
  for (const ToolCall& call : calls) {
    ToolResult result = co_await use_tool(run, call, counts);
    if (const auto* gave_up = std::get_if<GaveUp>(&result)) co_return agent_result(*gave_up);
    if (auto* ends = std::get_if<EndsJob>(&result)) co_return failed(ends->reason, std::move(ends->error));
    auto* error = std::get_if<ToolError>(&result);
    std::string content =
        error != nullptr ? std::move(error->content) : std::move(std::get<ToolAnswer>(result).content);
    conversation.add_result(call, std::move(content));
  }
  co_return std::nullopt;
}

boost::asio::awaitable<ToolResult> Agent::use_tool(JobRun& run, const ToolCall& call, CallCounts& counts) {
  std::size_t index = 0;
  while (index < tools_.size() && tools_[index]->definition().name != call.name) ++index;
  if (index == tools_.size()) {
    // What the model wrote in the name's place is not repeated in events.
    report(EventKind::ToolStarted, run, "unknown");
    report(EventKind::ToolFailed, run, "unknown");
    co_return ToolError{"There is no such tool."};
  }
  const std::string& name = tools_[index]->definition().name;
  report(EventKind::ToolStarted, run, name);
  if (!run.spec.may_use(name)) {
    report(EventKind::ToolFailed, run, name);
    co_return ToolError{"Refused: this job may not use " + name + "."};
  }
  if (const std::uint32_t most = config_.most_calls_of_tool(name); counts[index] >= most) {
    report(EventKind::ToolFailed, run, name);
    co_return ToolError{"Refused: " + name + " may be called " + times(most) + " for this task, and has been."};
  }
  ToolResult result = co_await tools_[index]->call(run, call, ++counts[index]);
  report(std::holds_alternative<ToolAnswer>(result) ? EventKind::ToolSucceeded : EventKind::ToolFailed, run, name);
  co_return result;
}

void Agent::report(EventKind kind, const JobRun& run, std::string_view tool) const {
  Event event;
  event.kind = kind;
  event.job = run.claimed.id;
  event.run = run.claimed.run;
  event.tool = tool;
  environment_.emit(event);
}

}  // namespace core
