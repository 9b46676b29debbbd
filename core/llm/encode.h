// What the encoders of both protocols share. Internal to core/llm.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/llm/chat.h"
#include "core/llm/protocol.h"

namespace core::detail {

std::string_view name_of(Role role);

/// Appends the object as JSON without white space.
void append_json(std::string& out, const boost::json::object& object);

/// The body of a request. The protocols differ in how they say a message and in nothing else.
std::string encode_chat(const ChatRequest& request, void (*append_message)(std::string& out, const Message& message));

}  // namespace core::detail
