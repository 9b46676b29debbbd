// What a request tells a model of their conversation so far, in either of the two protocols' forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sim {

/// What is wrong with the conversation in a request's body, as services see it; nothing if it is well, or if the body
/// holds none. Each tool call has an id of its own, throughout; each result of a tool says something; after its own
/// words a model is told something by the user before it is asked to go on.
std::optional<std::string> fault_of_conversation(std::string_view body);

}  // namespace sim
