#include "core/llm/openai.h"

#include <algorithm>
#include <utility>

#include "core/llm/answer.h"
#include "core/llm/encode.h"
#include "core/llm/event_stream.h"
#include "core/llm/utf8.h"
#include "core/retry/classify.h"
#include "core/text/ascii.h"

namespace core {

namespace json = boost::json;

namespace {

void append_tool_call(std::string& out, const ToolCall& call) {
  out += R"({"id":)";
  detail::append_json_text(out, call.id);
  out += R"(,"type":"function","function":{"name":)";
  detail::append_json_text(out, call.name);
  out += R"(,"arguments":)";
  std::string arguments;
  detail::append_json(arguments, call.arguments);
  detail::append_json_text(out, arguments);
  out += "}}";
}

void append_openai_message(std::string& out, const Message& message) {
  out += R"({"role":")";
  out += detail::name_of(message.role);
  out += R"(","content":)";
  if (message.content.empty() && !message.tool_calls.empty()) {
    out += "null";
  } else {
    detail::append_json_text(out, message.content);
  }
  if (message.role == Role::Tool) {
    out += R"(,"tool_call_id":)";
    detail::append_json_text(out, message.tool_call_id);
  }
  if (!message.tool_calls.empty()) {
    char before = '[';
    out += R"(,"tool_calls":)";
    for (const ToolCall& call : message.tool_calls) {
      out += before;
      append_tool_call(out, call);
      before = ',';
    }
    out += ']';
  }
  out += '}';
}

/// Reads an answer from its whole form or from its chunks. Both are alike but for one name, and services mix them up.
class OpenAiAnswer {
 public:
  OpenAiAnswer(const HttpResponse& response, WallTime own) : answer_(response, own) {}

  ChatAnswer read_whole(std::string_view body) {
    const json::object* whole = reader_.read(body);
    if (!whole) return answer_.refuse(reader_.problem());
    if (!answer_.check_error(*whole, reader_.text())) return answer_.failure();
    if (!detail::member(*whole, "choices")) return answer_.refuse("there are no choices");
    return take(*whole, Form::Whole) ? answer_.finish() : answer_.failure();
  }

  ChatAnswer read_stream(std::string_view body) {
    detail::EventStream events(body);
    auto event = events.next();
    if (!event) return answer_.refuse("it is neither a JSON object nor an event stream: " + detail::excerpt(body));
    // What comes after [DONE] is of no interest: proxies add their own [DONE], and usage.
    for (; event && !done_; event = events.next()) {
      if (!broken_off_.empty()) return answer_.refuse(broken_off_);
      if (!take_event(*event)) return answer_.failure();
    }
    if (!done_ && !answer_.has_reason()) {
      return answer_.refuse("the stream ended with neither finish_reason nor [DONE]");
    }
    return answer_.finish();
  }

 private:
  using Form = detail::ToolCallList::Form;

  bool take_event(const detail::StreamEvent& event) {
    std::string_view data = event.data;
    data.remove_prefix(std::min(data.find_first_not_of(" \t"), data.size()));
    data = data.substr(0, data.find_last_not_of(" \t") + 1);
    done_ = data == "[DONE]";
    if (done_ || data == "null") return true;  // Some services keep the connection alive with null.
    const json::object* chunk = reader_.read(data);
    if (!chunk && answer_.has_reason()) {
      broken_off_ = reader_.problem();
      return true;
    }
    if (!chunk) return answer_.fail(reader_.problem());
    if (event.type == "error") return answer_.fail_with_error(*chunk, reader_.text());
    return answer_.check_error(*chunk, reader_.text()) && take(*chunk, Form::Piece);
  }

  /// Chunks that tell of usage or of filters alone have no choice.
  bool take(const json::object& piece, Form form) {
    const json::value* choices = detail::member(piece, "choices");
    if (!choices) return true;
    if (!choices->is_array()) return answer_.fail("choices is not an array");
    for (const json::value& choice : choices->get_array()) {
      if (!choice.is_object()) return answer_.fail("the choice is not an object");
      const json::value* index = detail::member(choice.get_object(), "index");
      if (index && *index != 0) continue;  // One choice was asked for.
      return take_choice(choice.get_object(), form);
    }
    return true;
  }

  bool take_choice(const json::object& choice, Form form) {
    if (!answer_.check_error(choice, reader_.text()) || !answer_.take_reason(choice, "finish_reason")) return false;
    const json::value* delta = detail::member(choice, "delta");
    const json::value* message = detail::member(choice, "message");
    if (form == Form::Whole) std::swap(delta, message);
    if (delta) return take_message(*delta, form);
    // A stream may end with the whole message, once more or for the first time.
    const bool once_more = answer_.has_text() || answer_.has_tool_calls();
    return !message || once_more || take_message(*message, Form::Whole);
  }

  bool take_message(const json::value& message, Form form) {
    if (!message.is_object()) return answer_.fail("the message is not an object");
    return answer_.take_text(message.get_object()) && answer_.take_tool_calls(message.get_object(), form);
  }

  detail::JsonReader reader_;
  detail::AnswerBuilder answer_;
  bool done_ = false;
  std::string broken_off_;  ///< What was wrong with an event after the reason: nothing, if it is the last one.
};

}  // namespace

std::string OpenAiProtocol::encode_request(const ChatRequest& request) const {
  return detail::encode_chat(request, append_openai_message);
}

ChatAnswer OpenAiProtocol::decode_response(const HttpResponse& response, WallTime own) const {
  OpenAiAnswer answer(response, own);
  const detail::AnswerText text(response.body);
  if (!text.is_utf8()) return malformed(response.status, "it is not UTF-8");
  // No event stream begins with a brace, and no JSON object with anything else.
  const std::string_view body = text.view();
  const std::size_t first = body.find_first_not_of(kWhiteSpace);
  const bool whole = first != std::string_view::npos && body[first] == '{';
  return whole ? answer.read_whole(body) : answer.read_stream(body);
}

}  // namespace core
