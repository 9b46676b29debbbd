#include "core/llm/ollama.h"

#include "core/llm/answer.h"
#include "core/llm/encode.h"
#include "core/llm/utf8.h"
#include "core/retry/classify.h"

namespace core {

namespace json = boost::json;

namespace {

void append_ollama_message(std::string& out, const Message& message) {
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

/// Reads the objects of an answer in order, up to the one that is done: what comes after it is of no interest.
class OllamaAnswer {
 public:
  OllamaAnswer(const HttpResponse& response, WallTime own) : answer_(response, own) {}

  ChatAnswer read(std::string_view body) {
    do {
      const json::object* piece = reader_.read_front(body);
      if (!piece) return answer_.refuse(body.empty() ? "the stream ended without done" : reader_.problem());
      if (!take(*piece)) return answer_.failure();
    } while (!done_);
    return answer_.finish();
  }

 private:
  bool take(const json::object& piece) {
    if (!answer_.check_error(piece, reader_.text())) return false;
    if (const json::value* done = detail::member(piece, "done")) {
      if (!done->is_bool()) return answer_.fail("done is neither true nor false");
      done_ = done->get_bool();
    }
    if (!answer_.take_reason(piece, "done_reason")) return false;
    const json::value* message = detail::member(piece, "message");
    if (!message) return true;
    if (!message->is_object()) return answer_.fail("message is not an object");
    return answer_.take_text(message->get_object()) &&
           answer_.take_tool_calls(message->get_object(), detail::ToolCallList::Form::Whole);
  }

  detail::JsonReader reader_;
  detail::AnswerBuilder answer_;
  bool done_ = false;
};

}  // namespace

std::string OllamaProtocol::encode_request(const ChatRequest& request) const {
  return detail::encode_chat(request, append_ollama_message);
}

ChatAnswer OllamaProtocol::decode_response(const HttpResponse& response, WallTime own) const {
  OllamaAnswer answer(response, own);
  const detail::AnswerText text(response.body);
  if (!text.is_utf8()) return malformed(response.status, "it is not UTF-8");
  return answer.read(text.view());
}

}  // namespace core
