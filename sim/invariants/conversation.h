// What a request tells a model of their conversation so far, in either of the two protocols' forms.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sim {

/// The text of that member; empty where it is missing or no text.
std::string_view text_of(const boost::json::object& object, std::string_view name);

/// The messages in a request's body; null where the body holds none. Valid until the thread's next call. The worlds of
/// a search send the same conversations over and over: the thread remembers some.
const boost::json::array* messages_of(std::string_view body);

/// What is wrong with a conversation, as services see it; nothing if it is well. No two calls of a tool have the same
/// id; each result of a tool has text; after a message of the model that asks for no tool the user speaks before the
/// model is asked again.
std::optional<std::string> fault_of_conversation(const boost::json::array& messages);

}  // namespace sim
