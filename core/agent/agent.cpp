#include "core/agent/agent.h"

#include <utility>

namespace core {

namespace {

AgentResult turns_exceeded(std::uint32_t turns) {
  AgentResult result;
  result.outcome = AgentOutcome::Failed;
  result.fail_reason = JobFailReason::TurnsExceeded;
  result.error = "no final answer after " + std::to_string(turns) + " turns";
  return result;
}

Message result_message(const ToolCall& call, std::string content) {
  Message message;
  message.role = Role::Tool;
  message.content = std::move(content);
  message.tool_name = call.name;
  message.tool_call_id = call.id;
  return message;
}

}  // namespace

Agent::Agent(const Environment& environment, const LlmConfig& config, LlmClient& llm,
             std::vector<std::unique_ptr<Tool>> tools)
    : environment_(environment), config_(config), llm_(llm), tools_(std::move(tools)) {
  for (const auto& tool : tools_) definitions_.push_back(tool->definition());
}

boost::asio::awaitable<AgentResult> Agent::run(JobRun& run) {
  std::vector<Message> conversation(1);
  conversation[0].role = Role::User;
  conversation[0].content = run.spec.prompt;
  CallCounts counts(tools_.size());
  for (std::uint32_t turn = 0; turn < config_.max_turns; ++turn) {
    const Random random = run.random.fork("llm").fork(turn);
    CallResult<Message> answer = co_await llm_.chat(run.claimed.id, random, conversation, definitions_, run.lease);
    if (!answer) co_return agent_result(answer.error());
    conversation.push_back(std::move(*answer));
    if (conversation.back().tool_calls.empty()) co_return AgentResult{};
    std::optional<AgentResult> ended = co_await use_tools(run, conversation, counts);
    if (ended) co_return std::move(*ended);
  }
  co_return turns_exceeded(config_.max_turns);
}

boost::asio::awaitable<std::optional<AgentResult>> Agent::use_tools(JobRun& run, std::vector<Message>& conversation,
                                                                    CallCounts& counts) {
  // A copy: the conversation grows, and may move, while the calls are made.
  const std::vector<ToolCall> calls = conversation.back().tool_calls;
  for (const ToolCall& call : calls) {
    ToolResult result = co_await use_tool(run, call, counts);
    if (const auto* gave_up = std::get_if<GaveUp>(&result)) co_return agent_result(*gave_up);
    auto* error = std::get_if<ToolError>(&result);
    std::string content =
        error != nullptr ? std::move(error->content) : std::move(std::get<ToolAnswer>(result).content);
    conversation.push_back(result_message(call, std::move(content)));
  }
  co_return std::nullopt;
}

boost::asio::awaitable<ToolResult> Agent::use_tool(JobRun& run, const ToolCall& call, CallCounts& counts) {
  std::size_t index = 0;
  while (index < tools_.size() && definitions_[index].name != call.name) ++index;
  if (index == tools_.size()) {
    // What the model wrote in the name's place is not repeated in events.
    report(EventKind::ToolStarted, run, "unknown");
    report(EventKind::ToolFailed, run, "unknown");
    co_return ToolError{"There is no such tool."};
  }
  const std::string& name = definitions_[index].name;
  report(EventKind::ToolStarted, run, name);
  ToolResult result = co_await tools_[index]->call(run, call, ++counts[index]);
  report(std::holds_alternative<ToolAnswer>(result) ? EventKind::ToolSucceeded : EventKind::ToolFailed, run, name);
  co_return result;
}

void Agent::report(EventKind kind, const JobRun& run, std::string_view tool) const {
  Event event;
  event.kind = kind;
  event.job = run.claimed.id;
  event.tool = tool;
  environment_.emit(event);
}

}  // namespace core
