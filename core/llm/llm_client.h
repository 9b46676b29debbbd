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
#include "core/retry/client_options.h"
#include "core/retry/retry.h"

namespace core {

class LlmClient {
 public:
  /// What is referred to outlives this.
  LlmClient(const Environment& environment, const LlmConfig& config, const ClientOptions& options = {});

  /// The assistant's next message and how it ended. An empty one is a failure, and asked for again, unless it follows a
  /// tool's result and the model stopped by itself: then the model has no more to say (reading 22). `random` is the
  /// branch of this one call. What is referred to outlives the call; what the caller's permit throws comes out of here.
  boost::asio::awaitable<CallResult<ModelAnswer>> chat(Caller caller, Random random,
                                                       const std::vector<Message>& messages,
                                                       const std::vector<ToolDefinition>& tools);

  /// Of the pace, which is the worker's.
  void describe_state(std::string& out, SteadyTime now) const { pacer_.describe_state(out, now); }

 private:
  struct Ask;

  HttpRequest make_request(std::string_view job, const std::vector<Message>& messages,
                           const std::vector<ToolDefinition>& tools) const;
  boost::asio::awaitable<AttemptResult<ModelAnswer>> send(const Attempt& attempt, const HttpRequest& request,
                                                          bool may_be_empty) const;
  AttemptResult<ModelAnswer> read(HttpResponse response, bool may_be_empty) const;
  AttemptResult<ModelAnswer> read_as_is(const HttpResponse& response, bool may_be_empty) const;

  const Environment& environment_;
  const LlmConfig& config_;
  const ChatProtocol& protocol_;
  HttpRequest request_;  ///< What is the same for every call.
  CredentialGuard credential_guard_;
  const WorkerGuards* const shared_guards_;
  Pacer pacer_;
  const Duration ceiling_;
};

}  // namespace core
