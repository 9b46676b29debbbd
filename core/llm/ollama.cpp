#include "core/llm/ollama.h"

#include <fmt/compile.h>

#include "core/llm/answer.h"
#include "core/llm/encode.h"
#include "core/llm/utf8.h"
#include "core/text/compose.h"

namespace core {

namespace json = boost::json;

namespace {

void append_message(std::string& out, const Message& message) {
  out += R"({"role":")";
  out += detail::name_of(message.role);
  out += R"(","content":)";
  detail::append_json_text(out, message.content);
  if (message.role == Role::Tool) {
    out += R"(,"tool_name":)";
    detail::append_json_text(out, message.tool_name);
  }
  if (!message.tool_calls.empty()) {
    char before = '[';
    out += R"(,"tool_calls":)";
    for (const ToolCall& call : message.tool_calls) {
      out += before;
      out += R"({"function":{"name":)";
      detail::append_json_text(out, call.name);
      out += R"(,"arguments":)";
      detail::append_json(out, call.arguments);
      out += "}}";
      before = ',';
    }
    out += ']';
  }
  out += '}';
}

/// Reads the objects of an answer in order.
class OllamaAnswer {
 public:
  explicit OllamaAnswer(int status) : answer_(status) {}

  ChatAnswer read(std::string_view body) {
    do {
      const json::object* piece = reader_.read_front(body);
      if (!piece) return answer_.refuse(body.empty() ? "the stream ended without done" : reader_.problem());
      if (!take(*piece)) return answer_.failure();
    } while (!done_);
    if (!body.empty()) return answer_.refuse("the stream goes on after done: " + detail::excerpt(body));
    return answer_.finish(done_reason_);
  }

 private:
  bool take(const json::object& piece) {
    if (!answer_.check_error(piece)) return false;
    const json::value* done = detail::member(piece, "done");
    if (!done || !done->is_bool()) return answer_.fail("done is neither true nor false");
    done_ = done->get_bool();
    const auto reason = detail::text_member(piece, "done_reason");
    if (!reason) return answer_.fail("done_reason is not a string");
    if (done_) done_reason_ = *reason;
    const json::object* message = detail::object_member(piece, "message");
    if (!message) return answer_.fail("message is not an object");
    return answer_.take_text(*message) && take_tool_calls(*message);
  }

  bool take_tool_calls(const json::object& message) {
    const json::value* calls = detail::member(message, "tool_calls");
    if (!calls) return true;
    if (!calls->is_array()) return answer_.fail("tool_calls is not an array");
    for (const json::value& call : calls->get_array()) {
      if (!take_tool_call(call)) return false;
    }
    return true;
  }

  bool take_tool_call(const json::value& call) {
    const std::string where = compose(FMT_COMPILE("tool call {}"), answer_.tool_calls());
    const json::object* function = call.is_object() ? detail::object_member(call.get_object(), "function") : nullptr;
    if (!function) return answer_.fail(where + " has no function");
    const auto name = detail::text_member(*function, "name");
    if (!name) return answer_.fail(where + " has a name that is not a string");
    const json::object* arguments = detail::object_member(*function, "arguments");
    if (!arguments) return answer_.fail(where + " has arguments that are not an object");
    return answer_.add_tool_call(
        where, {.name = std::string(*name), .arguments = json::object(*arguments, json::storage_ptr())});
  }

  detail::JsonReader reader_;
  detail::AnswerBuilder answer_;
  std::string done_reason_;
  bool done_ = false;
};

}  // namespace

std::string OllamaProtocol::encode_request(const ChatRequest& request) const {
  return detail::encode_chat(request, append_message);
}

ChatAnswer OllamaProtocol::decode_response(const HttpResponse& response) const {
  OllamaAnswer answer(response.status);
  return answer.read(response.body);
}

}  // namespace core
