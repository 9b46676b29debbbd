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

/// An upper guess at the length of the request's body, so that it grows at most rarely.
std::size_t body_bytes(const ChatRequest& request);

/// {"model":...,"stream":...,"messages":[ and, after the messages that the caller appends, ],"tools":[...]}
void open_request(std::string& out, const ChatRequest& request);
void close_request(std::string& out, const ChatRequest& request);

}  // namespace core::detail
