// A model's arguments against what a tool takes. The model may repeat the place that the job has; it may not name
// another.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "core/queue/job.h"
#include "core/tools/tool_spec.h"

namespace core {

/// The parameters as a JSON Schema: the text of a JSON object.
std::string schema_of(const ToolSpec& spec);

/// What is wrong with the model's arguments for this job, in words for the model; nothing if they may be followed.
std::optional<std::string> refuse_arguments(const ToolSpec& spec, const boost::json::object& arguments,
                                            const JobSpec& job);

/// What of arguments that were not refused is to be done: the tool's own parameters, in its order; what is posted
/// without markers. Whether all is there that accepted() would have written.
bool is_complete(const ToolSpec& spec, const boost::json::object& accepted);
boost::json::object accepted(const ToolSpec& spec, const boost::json::object& arguments);

}  // namespace core
