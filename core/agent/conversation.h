// What an agent and its model have said to each other in one run, kept such that every service takes it: each tool call
// has an id of its own, each result answers a call, no assistant's message is empty.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/llm/chat.h"
#include "core/llm/protocol.h"

namespace core {

class Conversation {
 public:
  explicit Conversation(std::string prompt);

  const std::vector<Message>& messages() const { return messages_; }

  /// The calls that the answer asks for. A call whose id is missing, or was used before in this run, gets one that is a
  /// function of its place: nine letters and digits, which is the strictest that services ask for (Mistral's).
  std::vector<ToolCall> add_answer(Message answer);

  /// Each call's result, in the order of the calls.
  void add_result(const ToolCall& call, std::string content);

  /// An answer that is_cut(), and after it a user's message that tells the model why it has to answer again.
  void add_cut_answer(ModelAnswer answer);

 private:
  std::string unused_id();

  std::vector<Message> messages_;
  std::set<std::string> ids_;
  std::size_t made_up_ = 0;
};

}  // namespace core
