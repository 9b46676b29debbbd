// Tools: what a model may ask for. A tool is given the job's own scope and checks the model's arguments against it;
// what it did is kept in the job's journal, so that a later attempt of the job does not do it again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <variant>

#include "core/jobs/job_run.h"
#include "core/llm/chat.h"

namespace core {

/// Told to the model as the tool's result.
struct ToolAnswer {
  std::string content;
};
/// Told to the model, which may correct its call: refused arguments, or a final error of the service.
struct ToolError {
  std::string content;
};
/// The job fails at once: no call has failed, and neither the model nor another attempt can cure it.
struct EndsJob {
  JobFailReason reason;
  std::string error;
};
using ToolResult = std::variant<ToolAnswer, ToolError, GaveUp, EndsJob>;

class Tool {
 public:
  virtual ~Tool() = default;
  virtual const ToolDefinition& definition() const = 0;

  /// `ordinal` counts, from 1, the calls of this tool within one attempt of the job: together with the job's id it is
  /// what an effect is known by.
  virtual boost::asio::awaitable<ToolResult> call(JobRun& run, const ToolCall& call, std::uint32_t ordinal) = 0;
};

}  // namespace core
