// A conversation with a language model, in the terms that both protocols share.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace core {

/// What the model asks to be done. The arguments are the model's: nothing in them is to be trusted.
struct ToolCall {
  std::string id;  ///< The protocol's own; Ollama has none.
  std::string name;
  boost::json::object arguments;
};

enum class Role : std::uint8_t { System, User, Assistant, Tool };

struct Message {
  Role role = Role::User;
  std::string content;
  std::vector<ToolCall> tool_calls;  ///< Assistant only.
  std::string tool_name;             ///< Tool only: whose result `content` is.
  std::string tool_call_id;          ///< Tool only.
};

/// A tool as the model is told of it. `parameters` is a JSON Schema, as the text of a JSON object in UTF-8.
struct ToolDefinition {
  std::string name;
  std::string description;
  std::string parameters;
};

}  // namespace core
