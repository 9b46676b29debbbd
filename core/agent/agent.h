// The agent loop: asks the model, does what it asks for through the tools, tells it the results, until it answers with
// text, a call is given up, or its turns are used up. An answer that was cut or filtered is no answer: once in a run
// the model hears of it, then the job fails (docs/readings.md, reading 22).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/agent/conversation.h"
#include "core/config/config.h"
#include "core/environment.h"
#include "core/jobs/outcome.h"
#include "core/llm/llm_client.h"
#include "core/tools/tool.h"

namespace core {

class Agent {
 public:
  /// All that is referred to outlives the agent. One agent serves all jobs of a worker.
  Agent(const Environment& environment, const Config& config, LlmClient& llm, std::vector<std::unique_ptr<Tool>> tools);

  boost::asio::awaitable<AgentResult> run(JobRun& run);

 private:
  /// Calls of each tool so far, by its place in tools_.
  using CallCounts = std::vector<std::uint32_t>;

  /// Appends the results to the conversation; a result if the agent ends here.
  boost::asio::awaitable<std::optional<AgentResult>> use_tools(JobRun& run, const std::vector<ToolCall>& calls,
                                                               Conversation& conversation, CallCounts& counts);
  boost::asio::awaitable<ToolResult> use_tool(JobRun& run, const ToolCall& call, CallCounts& counts);
  void report(EventKind kind, const JobRun& run, std::string_view tool) const;

  const Environment& environment_;
  const Config& config_;
  LlmClient& llm_;
  /// The tools that the job allows, as they are offered to the model.
  std::vector<ToolDefinition> offered_to(const JobSpec& job) const;

  std::vector<std::unique_ptr<Tool>> tools_;
};

}  // namespace core
