#include "core/llm/openai.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/llm/answer.h"
#include "core/llm/encode.h"
#include "core/llm/event_stream.h"
#include "core/llm/utf8.h"

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

void append_message(std::string& out, const Message& message) {
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

/// A tool call as far as it has come.
struct PartialCall {
  std::string id;
  std::string name;
  std::string arguments;  ///< JSON text.
};

/// Reads an answer from its whole form or from its chunks. Both are alike but for one name.
class OpenAiAnswer {
 public:
  explicit OpenAiAnswer(int status) : answer_(status) {}

  ChatAnswer read_whole(std::string_view body) {
    const json::object* whole = reader_.read(body);
    if (!whole) return answer_.refuse(reader_.problem());
    return take(*whole, "message") ? finish() : answer_.failure();
  }

  ChatAnswer read_stream(std::string_view body) {
    detail::EventStream events(body);
    auto event = events.next();
    if (!event) return answer_.refuse("it is neither a JSON object nor an event stream: " + detail::excerpt(body));
    for (; event; event = events.next()) {
      if (!take_event(*event)) return answer_.failure();
    }
    if (!done_) return answer_.refuse("the stream ended without [DONE]");
    return finish();
  }

 private:
  bool take_event(const detail::StreamEvent& event) {
    if (done_) return answer_.fail("the stream goes on after [DONE]: " + detail::excerpt(event.data));
    done_ = event.data == "[DONE]";
    if (done_) return true;
    const json::object* chunk = reader_.read(event.data);
    if (!chunk) return answer_.fail(reader_.problem());
    if (event.type == "error") return answer_.fail_with_error(*chunk);
    return take(*chunk, "delta");
  }

  bool take(const json::object& piece, std::string_view message_name) {
    if (!answer_.check_error(piece)) return false;
    const json::value* choices = detail::member(piece, "choices");
    if (!choices || !choices->is_array()) return answer_.fail("choices is not an array");
    if (choices->get_array().empty()) return true;  // As in the chunk that tells the usage.
    if (choices->get_array().size() > 1) return answer_.fail("there is more than one choice");
    const json::object* choice = choices->get_array().front().if_object();
    const json::object* message = choice ? detail::object_member(*choice, message_name) : nullptr;
    if (!message) return answer_.fail(fmt::format("{} is not an object", message_name));
    const json::value* index = detail::member(*choice, "index");
    if (index && *index != 0) return answer_.fail("the choice is not the first");
    const auto reason = detail::text_member(*choice, "finish_reason");
    if (!reason) return answer_.fail("finish_reason is not a string");
    if (!reason->empty()) finish_reason_ = *reason;
    return answer_.take_text(*message) && take_tool_calls(*message);
  }

  bool take_tool_calls(const json::object& message) {
    const json::value* calls = detail::member(message, "tool_calls");
    if (!calls) return true;
    if (!calls->is_array()) return answer_.fail("tool_calls is not an array");
    std::int64_t position = 0;
    for (const json::value& call : calls->get_array()) {
      if (!call.is_object()) return answer_.fail("a tool call is not an object");
      if (!take_tool_call(call.get_object(), position++)) return false;
    }
    return true;
  }

  /// `position` numbers the call where it does not say its index, as in a whole answer.
  bool take_tool_call(const json::object& call, std::int64_t position) {
    if (const json::value* index = detail::member(call, "index")) {
      if (!index->is_int64() || index->get_int64() < 0) return answer_.fail("the index of a tool call is not a number");
      position = index->get_int64();
    }
    if (position >= static_cast<std::int64_t>(kMaxToolCalls)) return answer_.fail("there are too many tool calls");
    const auto number = static_cast<std::size_t>(position);
    if (number >= calls_.size()) calls_.resize(number + 1);
    const auto type = detail::text_member(call, "type");
    if (!type || (!type->empty() && *type != "function")) return answer_.fail("a tool call is not of type function");
    const json::object* function = detail::object_member(call, "function");
    if (!function) return answer_.fail(fmt::format("tool call {} has no function", number));
    PartialCall& partial = calls_[number];
    return set_once(partial.id, detail::text_member(call, "id"), number, "id", kMaxToolCallIdBytes) &&
           set_once(partial.name, detail::text_member(*function, "name"), number, "name", kMaxToolNameBytes) &&
           add_arguments(partial.arguments, detail::text_member(*function, "arguments"), number);
  }

  /// Ids and names come once, in the call's first chunk; some services say them again in every chunk.
  bool set_once(std::string& field, std::optional<std::string_view> value, std::size_t number, std::string_view what,
                std::size_t longest) {
    if (!value) return answer_.fail(fmt::format("tool call {} has an {} that is not a string", number, what));
    if (value->size() > longest)
      return answer_.fail(fmt::format("tool call {} has an {} that is too long", number, what));
    if (value->empty() || *value == field) return true;
    if (!field.empty()) return answer_.fail(fmt::format("tool call {} changes its {}", number, what));
    field = *value;
    return true;
  }

  bool add_arguments(std::string& arguments, std::optional<std::string_view> fragment, std::size_t number) {
    if (!fragment) return answer_.fail(fmt::format("tool call {} has arguments that are not a string", number));
    if (fragment->size() > kMaxAnswerTextBytes - argument_bytes_) return answer_.fail("the arguments are too long");
    argument_bytes_ += fragment->size();
    arguments += *fragment;
    return true;
  }

  ChatAnswer finish() {
    if (finish_reason_.empty()) return answer_.refuse("the answer ended without finish_reason");
    if (!check_ids()) return answer_.failure();
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (!finish_call(i)) return answer_.failure();
    }
    return answer_.finish(finish_reason_);
  }

  /// The results go back by id.
  bool check_ids() {
    for (auto call = calls_.begin(); call != calls_.end(); ++call) {
      const auto same_id = [call](const PartialCall& other) { return other.id == call->id; };
      const auto number = call - calls_.begin();
      if (call->id.empty()) return answer_.fail(fmt::format("tool call {} has no id", number));
      if (std::any_of(calls_.begin(), call, same_id)) {
        return answer_.fail(fmt::format("tool call {} has the id of another", number));
      }
    }
    return true;
  }

  bool finish_call(std::size_t number) {
    PartialCall& partial = calls_[number];
    const std::string where = fmt::format("tool call {}", number);
    const json::object* arguments = reader_.read(partial.arguments);
    if (!arguments) return answer_.fail(fmt::format("{} has bad arguments: {}", where, reader_.problem()));
    return answer_.add_tool_call(where, {.id = std::move(partial.id),
                                         .name = std::move(partial.name),
                                         .arguments = json::object(*arguments, json::storage_ptr())});
  }

  detail::JsonReader reader_;
  detail::AnswerBuilder answer_;
  std::vector<PartialCall> calls_;
  std::size_t argument_bytes_ = 0;
  std::string finish_reason_;
  bool done_ = false;
};

}  // namespace

std::string OpenAiProtocol::encode_request(const ChatRequest& request) const {
  return detail::encode_chat(request, append_message);
}

ChatAnswer OpenAiProtocol::decode_response(const HttpResponse& response) const {
  OpenAiAnswer answer(response.status);
  // No event stream begins with a brace, and no JSON object with anything else.
  const std::size_t first = response.body.find_first_not_of(" \t\r\n");
  const bool whole = first != std::string::npos && response.body[first] == '{';
  return whole ? answer.read_whole(response.body) : answer.read_stream(response.body);
}

}  // namespace core
