#include "core/agent/conversation.h"

#include <fmt/format.h>

#include <utility>

namespace core {

Conversation::Conversation(std::string prompt) {
  messages_.push_back({.role = Role::User, .content = std::move(prompt)});
}

std::string Conversation::unused_id() {
  std::string id;
  do {
    id = fmt::format("call{:05}", ++made_up_);
  } while (ids_.contains(id));
  return id;
}

std::vector<ToolCall> Conversation::add_answer(Message answer) {
  for (ToolCall& call : answer.tool_calls) {
    if (call.id.empty() || ids_.contains(call.id)) call.id = unused_id();
    ids_.insert(call.id);
  }
  messages_.push_back(std::move(answer));
  return messages_.back().tool_calls;
}

void Conversation::add_result(const ToolCall& call, std::string content) {
  messages_.push_back(
      {.role = Role::Tool, .content = std::move(content), .tool_name = call.name, .tool_call_id = call.id});
}

void Conversation::add_cut_answer(ModelAnswer answer) {
  const bool filtered = answer.end == AnswerEnd::Filtered;
  answer.message.tool_calls.clear();
  if (is_empty(answer.message)) answer.message.content = filtered ? "(filtered)" : "(cut off)";
  messages_.push_back(std::move(answer.message));
  const std::string_view why =
      filtered
          ? "Your last answer was stopped by the service's content filter. None of the tools that it asked for was "
            "called. Answer again in other words."
          : "Your last answer was cut off at the limit of its length. None of the tools that it asked for was "
            "called. Answer again, and more briefly.";
  messages_.push_back({.role = Role::User, .content = std::string(why)});
}

}  // namespace core
