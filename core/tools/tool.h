// Tools: what a model may ask for. A tool is given the job's own scope and checks the model's arguments against it;
// what it did is kept in the job's journal, so that a later attempt of the job does not do it again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <variant>

#include "core/llm/chat.h"
#include "core/queue/job.h"
#include "core/queue/queue.h"
#include "core/retry/retry.h"

namespace core {

/// One attempt of a job, as the agent and its tools see it. Owned by the worker for as long as the attempt runs.
struct JobRun {
  ClaimedJob claimed;
  JobSpec spec;
  std::string token;  ///< Of the lease.
  Random random;      ///< The branch of this attempt.
  Queue& queue;
  bool effect_in_doubt = false;  ///< A request was sent whose effect may come to pass whatever becomes of this run.
  /// The lease, by this process's own clock; null: nobody watches it.
  Permit* lease = nullptr;

  /// Throws LeaseLostError once the lease has run out: from then on another may run the job. To be called immediately
  /// before an effect is handed to the transport, and after every wait.
  void check_lease() const {
    if (lease != nullptr) lease->check();
  }
};

/// Thrown when the lease is lost: the attempt ends without a trace of its own.
struct LeaseLostError : PermitDenied {};

/// Writes an entry of the journal, in Redis and in `run`. Throws LeaseLostError.
boost::asio::awaitable<void> write_journal(JobRun& run, std::string entry, std::string text);

/// Told to the model as the tool's result.
struct ToolAnswer {
  std::string content;
};
/// Told to the model, which may correct its call: refused arguments, or a final error of the service.
struct ToolError {
  std::string content;
};
using ToolResult = std::variant<ToolAnswer, ToolError, GaveUp>;

class Tool {
 public:
  virtual ~Tool() = default;
  virtual const ToolDefinition& definition() const = 0;

  /// `ordinal` counts, from 1, the calls of this tool within one attempt of the job: together with the job's id it is
  /// what an effect is known by.
  virtual boost::asio::awaitable<ToolResult> call(JobRun& run, const ToolCall& call, std::uint32_t ordinal) = 0;
};

}  // namespace core
