#include "fakes/llm/chat_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/text/text_hash.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {
namespace json = boost::json;

constexpr std::size_t kMaxRequestBody = 10 * 1024 * 1024;

/// Takes a request's document apart; the first thing that does not fit is kept as the error.
class Reader {
 public:
  Reader(LlmProtocol protocol, ChatRequest& chat) : protocol_(protocol), chat_(chat) {}

  std::optional<LlmError>& error() { return error_; }

  void read_common(const json::object& root) {
    chat_.stream = protocol_ == LlmProtocol::Ollama;
    const json::string* model = text(root, "model");
    if (model == nullptr || model->empty()) {
      return fail(protocol_ == LlmProtocol::Ollama ? "model is required" : "you must provide a model parameter",
                  "model");
    }
    chat_.model.assign(model->data(), model->size());
    if (const json::value* stream = root.if_contains("stream")) {
      if (!stream->is_bool()) return fail("'stream' is not of type 'boolean'", "stream");
      chat_.stream = stream->get_bool();
    }
    if (const json::object* options = object(root, "stream_options")) {
      const json::value* usage = options->if_contains("include_usage");
      chat_.include_usage = usage != nullptr && usage->is_bool() && usage->get_bool();
    }
  }

  void read_tools(const json::object& root) {
    const json::value* tools = root.if_contains("tools");
    if (error_ || tools == nullptr || tools->is_null()) return;
    if (!tools->is_array()) return fail("'tools' is not of type 'array'", "tools");
    for (const json::value& tool : tools->get_array()) {
      const json::object* function = tool.is_object() ? object(tool.get_object(), "function") : nullptr;
      const json::string* name = function == nullptr ? nullptr : text(*function, "name");
      if (name == nullptr || name->empty())
        return fail("Missing required parameter: 'tools[].function.name'.", "tools");
      if (*name == kCommentTool) chat_.offers_comment_tool = true;
      chat_.tools.emplace_back(*name);
    }
  }

  void read_messages(const json::object& root) {
    const json::value* messages = root.if_contains("messages");
    if (error_) return;
    if (messages == nullptr) return fail("Missing required parameter: 'messages'.", "messages");
    if (!messages->is_array() || messages->get_array().empty()) {
      return fail("Invalid 'messages': expected an array with at least one message.", "messages");
    }
    for (const json::value& message : messages->get_array()) {
      if (!message.is_object()) return fail("Invalid 'messages': expected an object.", "messages");
      read_message(message.get_object());
      if (error_) return;
    }
    if (!unanswered_.empty()) fail_unanswered();
  }

 private:
  static const json::string* text(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_string();
  }
  static const json::object* object(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
  }

  void fail(std::string message, std::string param, std::string code = {}) {
    if (!error_) error_ = LlmError{400, std::move(message), std::move(param), std::move(code)};
  }
  void fail_unanswered() {
    fail(fmt::format("An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                     "'tool_call_id'. The following tool_call_ids did not have response messages: {}",
                     fmt::join(unanswered_, ", ")),
         "messages");
  }

  void read_message(const json::object& message) {
    const bool openai = protocol_ == LlmProtocol::OpenAi;
    const json::string* role = text(message, "role");
    if (role == nullptr) return fail("Missing required parameter: 'messages[].role'.", "messages");
    if (*role == "tool") {
      ++chat_.tool_results;
      if (openai) {
        read_tool_result(message);
      } else {
        read_ollama_result(message);
      }
    } else {
      if (!unanswered_.empty()) return fail_unanswered();
      calls_.clear();
      if (*role == "assistant") return read_assistant(message);
      if (*role != "system" && *role != "user" && !(openai && *role == "developer")) {
        return fail(fmt::format("Invalid value: '{}'. Supported values are: 'system', 'assistant', 'user', and 'tool'.",
                                std::string_view(*role).substr(0, 64)),
                    "messages", "invalid_value");
      }
    }
    if (!has_content(message)) fail("Invalid value for 'content': expected a string.", "messages");
  }

  /// Text; or, for OpenAI, a list of parts.
  bool has_content(const json::object& message) const {
    const json::value* content = message.if_contains("content");
    if (content == nullptr) return false;
    return content->is_string() || (protocol_ == LlmProtocol::OpenAi && content->is_array());
  }

  void read_assistant(const json::object& message) {
    const json::value* calls = message.if_contains("tool_calls");
    if (calls == nullptr || calls->is_null()) {
      if (!has_content(message)) fail("Invalid value for 'content': expected a string, got null.", "messages");
      const json::string* content = text(message, "content");
      // Mistral's words; Anthropic and others refuse it, too.
      if (content != nullptr && content->empty()) {
        fail("Assistant message must have either content or tool_calls, but not none.", "messages");
      }
      return;
    }
    if (!calls->is_array()) return fail("'messages[].tool_calls' is not of type 'array'", "messages");
    for (const json::value& call : calls->get_array()) {
      const json::object* function = call.is_object() ? object(call.get_object(), "function") : nullptr;
      if (function == nullptr || text(*function, "name") == nullptr) {
        return fail("Missing required parameter: 'messages[].tool_calls[].function.name'.", "messages");
      }
      const json::value* arguments = function->if_contains("arguments");
      if (protocol_ == LlmProtocol::Ollama) {
        if (arguments != nullptr && arguments->is_object()) {
          calls_.emplace_back(*text(*function, "name"));
          continue;
        }
        return fail(
            "json: cannot unmarshal into Go struct field .messages.tool_calls.function.arguments of type "
            "api.ToolCallFunctionArguments",
            "messages");
      }
      const json::string* id = text(call.get_object(), "id");
      const json::string* type = text(call.get_object(), "type");
      if (id == nullptr || id->empty() || type == nullptr || *type != "function" || arguments == nullptr ||
          !arguments->is_string()) {
        return fail(
            "Invalid 'messages[].tool_calls[]': expected id, type 'function' and function.arguments as a string.",
            "messages");
      }
      if (std::find(unanswered_.begin(), unanswered_.end(), std::string_view(*id)) != unanswered_.end()) {
        return fail("Invalid 'messages[].tool_calls[].id': ids must be unique.", "messages");
      }
      boost::system::error_code not_json;
      if (!json::parse(arguments->get_string(), not_json).is_object()) {
        return fail("Invalid 'messages[].tool_calls[].function.arguments': expected a JSON object.", "messages");
      }
      unanswered_.emplace_back(*id);
    }
  }

  void read_tool_result(const json::object& message) {
    const json::string* id = text(message, "tool_call_id");
    if (id == nullptr) return fail("Missing required parameter: 'messages[].tool_call_id'.", "messages");
    const auto found = std::find(unanswered_.begin(), unanswered_.end(), std::string_view(*id));
    if (found == unanswered_.end()) {
      return fail(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
          "'tool_calls'.",
          "messages");
    }
    unanswered_.erase(found);
  }

  /// Ollama takes a result of anything, and quietly gives it to the wrong call.
  void read_ollama_result(const json::object& message) {
    const json::string* name = text(message, "tool_name");
    if (name == nullptr) return;
    const auto found = std::find(calls_.begin(), calls_.end(), std::string_view(*name));
    if (found == calls_.end()) return fail("tool result without a call of that name", "messages");
    calls_.erase(found);
  }

  LlmProtocol protocol_;
  ChatRequest& chat_;
  std::optional<LlmError> error_;
  std::vector<std::string_view> calls_;       ///< Ollama: names of the last assistant message's calls without a result.
  std::vector<std::string_view> unanswered_;  ///< Ids of tool calls of the last assistant message.
};

using ParsedChat = boost::system::result<ChatRequest, LlmError>;

/// What is wrong with a request whatever its document says.
std::optional<LlmError> check_envelope(LlmProtocol protocol, const core::HttpRequest& request) {
  const bool ollama = protocol == LlmProtocol::Ollama;
  if (request.body.size() > kMaxRequestBody) return LlmError{413, "request entity too large"};
  if (!is_json(request.headers)) {
    return LlmError{400, ollama ? "content type must be application/json"
                                : "Unsupported content type. Please use the 'application/json' content type."};
  }
  if (request.body.empty()) return LlmError{400, ollama ? "missing request body" : "Missing request body."};
  return std::nullopt;
}

template <class Read>
ParsedChat parse(LlmProtocol protocol, std::string_view body, Read&& read) {
  unsigned char memory[16 * 1024];
  json::monotonic_resource resource(memory, sizeof memory);
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 64;
  const json::value document = json::parse(body, error, &resource, options);
  if (error || !document.is_object()) {
    return LlmError{400, protocol == LlmProtocol::Ollama
                             ? "invalid JSON in the request body"
                             : "We could not parse the JSON body of your request. The OpenAI API expects a JSON "
                               "payload, but what was sent was not valid JSON."};
  }
  ChatRequest chat;
  chat.prompt_bytes = body.size();
  Reader reader(protocol, chat);
  read(reader, document.get_object());
  if (reader.error()) return std::move(*reader.error());
  return chat;
}

ParsedChat parse_conversation(LlmProtocol protocol, std::string_view body) {
  return parse(protocol, body, [](Reader& reader, const json::object& root) {
    reader.read_common(root);
    reader.read_tools(root);
    reader.read_messages(root);
  });
}

}  // namespace

ParsedChat parse_chat(LlmProtocol protocol, const core::HttpRequest& request) {
  constexpr std::size_t kRemembered = 1024, kLongestRemembered = 4 * 1024;
  // By body: the worlds of a search send the same conversations over and over.
  using Conversations = std::unordered_map<std::string, ParsedChat, core::TextHash, std::equal_to<>>;  // never iterated
  thread_local std::map<LlmProtocol, Conversations> remembered;

  if (auto error = check_envelope(protocol, request)) return *std::move(error);
  if (request.body.size() > kLongestRemembered) return parse_conversation(protocol, request.body);
  Conversations& conversations = remembered[protocol];
  if (const auto found = conversations.find(request.body); found != conversations.end()) return found->second;
  if (conversations.size() >= kRemembered) conversations.clear();
  return conversations.emplace(request.body, parse_conversation(protocol, request.body)).first->second;
}

ParsedChat parse_generate(const core::HttpRequest& request) {
  if (auto error = check_envelope(LlmProtocol::Ollama, request)) return *std::move(error);
  return parse(LlmProtocol::Ollama, request.body,
               [](Reader& reader, const json::object& root) { reader.read_common(root); });
}

}  // namespace fakes
