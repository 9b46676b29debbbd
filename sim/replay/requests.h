// What the far ends of a run did, read out of its events: each request that was sent for a job, how long its answer
// took and what it was. The way back from events to the rules of a scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/events/event.h"

namespace sim {

struct UsedTool {
  std::string name;
  bool bad_arguments = false;  ///< The tool refused what it was given.
};

struct Request {
  enum class Service : std::uint8_t { Llm, GitHub };

  Service service{};
  std::string on;  ///< The operation, as rules name it.
  std::string job;
  std::uint64_t number = 1;  ///< Among the requests of this operation for this job.
  core::Duration latency{};
  core::SteadyTime ended;
  bool answered = false;                     ///< False: its process was gone before anything came back.
  std::optional<core::FailureKind> failure;  ///< Absent: it succeeded.
  std::optional<int> status;
  std::optional<core::Duration> hint;
  bool hint_is_reset = false;     ///< The hint is a rate limit's reset, not a Retry-After.
  bool never_retry = false;       ///< The server forbade what the failure alone would allow.
  bool effect_applied = false;    ///< A failure whose effect was found later.
  bool refused = false;           ///< Of a connection.
  bool date_disbelieved = false;  ///< The answer's Date was of another day.
  bool has_tool_result = false;   ///< llm: a tool's result was in the conversation.
  std::vector<UsedTool> tools;    ///< llm: asked for, as far as they were begun; none for a text.
  std::string finish;             ///< llm: the word for an answer that was cut; empty for others.
};

/// In the order in which they were sent. Calls of Redis are left out.
std::vector<Request> requests_of(const std::vector<core::Event>& events);

}  // namespace sim
