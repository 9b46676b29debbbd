// The fake language model. One address answers both protocols, told apart by the path: .../chat/completions and
// .../models are OpenAI's, .../chat, .../generate, .../tags and .../version Ollama's. Left alone the model asks for
// comment_on_issue where it is offered and no tool has answered yet, and else ends with text.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fakes/answer.h"
#include "fakes/http_faults.h"
#include "fakes/http_text.h"
#include "fakes/llm/chat_request.h"
#include "fakes/llm/forms.h"
#include "fakes/llm/tool_examples.h"

namespace fakes {

class Llm {
 public:
  /// `rules` must outlive it. `random` is the branch of this service. With varied forms each answer of a chat has one
  /// of its own, drawn by the job and the ordinal of the request for it. `examples`, which must outlive it, are what it
  /// calls tools with when it is left alone; null: it calls comment_on_issue alone.
  Llm(const std::vector<HttpRule>& rules, core::Random random, AnswerForms forms = AnswerForms::Plain,
      const ToolExamples* examples = nullptr)
      : faults_(rules, random), random_(random), forms_(forms), examples_(examples) {}

  /// Any API key is accepted, none too. The operations of rules are chat, generate, tags, version, models and other.
  Answer handle(const core::HttpRequest& request, const Now& now);

  /// How many requests each rule has counted, in the order of the rules.
  std::vector<std::uint64_t> rule_counts() const { return faults_.counts(); }
  std::vector<RuleUse> rule_uses() const { return faults_.uses(); }

 private:
  friend class LlmExchange;

  HttpFaults faults_;
  HttpDate date_;
  core::Random random_;
  AnswerForms forms_;
  const ToolExamples* examples_;
  std::optional<ModelSaid> said_;  ///< Of the chat that was done last.
  std::uint64_t answers_ = 0;
  std::map<std::string, std::uint64_t> requests_of_;  ///< Of chats, by job; counted where forms vary.
};

}  // namespace fakes
