#include "core/llm/encode.h"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "core/llm/utf8.h"

namespace core::detail {

namespace json = boost::json;

namespace {

template <class Integer>
void append_integer(std::string& out, Integer integer) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), integer).ptr;
  out.append(digits, end);
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

void append_json(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      return;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      append_integer(out, value.get_int64());
      return;
    case json::kind::uint64:
      append_integer(out, value.get_uint64());
      return;
    case json::kind::double_:
      out += json::serialize(value);
      return;
    case json::kind::string:
      append_json_text(out, view(value.get_string()));
      return;
    case json::kind::array: {
      char before = '[';
      for (const json::value& element : value.get_array()) {
        out += before;
        append_json(out, element);
        before = ',';
      }
      out += before == '[' ? "[]" : "]";
      return;
    }
    case json::kind::object:
      detail::append_json(out, value.get_object());
      return;
  }
}

void append_tool(std::string& out, const ToolDefinition& tool) {
  out += R"({"type":"function","function":{"name":)";
  append_json_text(out, tool.name);
  out += R"(,"description":)";
  append_json_text(out, tool.description);
  out += R"(,"parameters":)";
  out += tool.parameters;
  out += "}}";
}

void append_tools(std::string& out, const std::vector<ToolDefinition>& tools) {
  out += R"(,"tools":)";
  char before = '[';
  for (const ToolDefinition& tool : tools) {
    out += before;
    append_tool(out, tool);
    before = ',';
  }
  out += ']';
}

/// So that the body grows once or not at all.
std::size_t likely_bytes(const ChatRequest& request) {
  std::size_t bytes = 256 + request.model.size() + 512 * request.tools.size();
  for (const Message& message : request.messages) {
    bytes += 96 + message.content.size() + message.content.size() / 8 + 256 * message.tool_calls.size();
  }
  return bytes;
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::System:
      return "system";
    case Role::User:
      return "user";
    case Role::Assistant:
      return "assistant";
    case Role::Tool:
      return "tool";
  }
  return {};
}

void append_json(std::string& out, const json::object& object) {
  char before = '{';
  for (const json::key_value_pair& member : object) {
    out += before;
    append_json_text(out, {member.key().data(), member.key().size()});
    out += ':';
    append_json(out, member.value());
    before = ',';
  }
  out += before == '{' ? "{}" : "}";
}

std::string encode_chat(const ChatRequest& request, void (*append_message)(std::string& out, const Message& message)) {
  std::string out;
  out.reserve(likely_bytes(request));
  out += R"({"model":)";
  append_json_text(out, request.model);
  out += request.stream ? R"(,"stream":true,"messages":[)" : R"(,"stream":false,"messages":[)";
  for (const Message& message : request.messages) {
    if (&message != &request.messages.front()) out += ',';
    append_message(out, message);
  }
  out += ']';
  if (!request.tools.empty()) append_tools(out, request.tools);
  out += '}';
  return out;
}

}  // namespace core::detail
