// What a request tells a model of their conversation so far, in either of the two protocols' forms.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sim {

/// The text of that member; empty where it is missing or no text.
std::string_view text_of(const boost::json::object& object, std::string_view name);

/// What is wrong with the conversation in a request's body, as services see it; nothing if it is well, or if the body
/// holds none. No two calls of a tool have the same id; each result of a tool has text; after a message of the
/// model that asks for no tool the user speaks before the model is asked again.
std::optional<std::string> fault_of_conversation(std::string_view body);

}  // namespace sim
