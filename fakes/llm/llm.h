// The fake language model. One address answers both protocols, told apart by the path: .../chat/completions and
// .../models are OpenAI's, .../chat, .../generate, .../tags and .../version Ollama's. Left alone the model asks for
// comment_on_issue where it is offered and no tool has answered yet, and else ends with text.
#pragma once

#include <string_view>
#include <vector>

#include "fakes/answer.h"
#include "fakes/http_faults.h"
#include "fakes/http_text.h"
#include "fakes/llm/chat_request.h"

namespace fakes {

class Llm {
 public:
  /// `rules` must outlive it. `random` is the branch of this service.
  Llm(const std::vector<HttpRule>& rules, core::Random random) : faults_(rules, random) {}

  /// Any API key is accepted, none too. The operations of rules are chat, generate, tags, version, models and other.
  Answer handle(const core::HttpRequest& request, const Now& now);

  /// How many requests each rule has counted, in the order of the rules.
  std::vector<std::uint64_t> rule_counts() const { return faults_.counts(); }

 private:
  friend class LlmExchange;

  HttpFaults faults_;
  HttpDate date_;
  std::uint64_t answers_ = 0;
};

}  // namespace fakes
