// Asks the language model: one call is one conversation sent and one message received, through the retry loop, at the
// pace that the configuration sets for the whole worker process. So there is one client for each process.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/llm/chat.h"
#include "core/llm/pacer.h"
#include "core/llm/protocol.h"
#include "core/retry/retry.h"

namespace core {

class LlmClient {
 public:
  /// Both outlive this.
  LlmClient(const Environment& environment, const LlmConfig& config);

  /// The assistant's next message. `random` is the branch of this one call. What is referred to outlives the call;
  /// `permit` may be null, and what it throws comes out of here.
  boost::asio::awaitable<CallResult<Message>> chat(std::string_view job, Random random,
                                                   const std::vector<Message>& messages,
                                                   const std::vector<ToolDefinition>& tools, Permit* permit = nullptr);

 private:
  struct Attempt;

  HttpRequest make_request(std::string_view job, const std::vector<Message>& messages,
                           const std::vector<ToolDefinition>& tools) const;
  boost::asio::awaitable<AttemptResult<Message>> attempt(const HttpRequest& request) const;
  AttemptResult<Message> read(HttpResponse response) const;
  AttemptResult<Message> read_as_is(const HttpResponse& response) const;

  const Environment& environment_;
  const LlmConfig& config_;
  const ChatProtocol& protocol_;
  HttpRequest request_;  ///< What is the same for every call.
  Pacer pacer_;
};

}  // namespace core
