// OpenAI's texts: https://platform.openai.com/docs/api-reference/chat
#include <fmt/format.h>

#include <iterator>

#include "core/json/escape.h"
#include "fakes/llm/model_reply.h"

namespace fakes {

namespace {

std::int64_t epoch_seconds(core::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

void append_usage(std::string& out, const ChatRequest& chat, const ModelReply& reply) {
  const std::uint64_t prompt = chat.prompt_bytes / 4 + 1;
  const std::uint64_t completion = reply.bytes() / 4 + 1;
  fmt::format_to(std::back_inserter(out),
                 "\"usage\":{{\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{}}}", prompt, completion,
                 prompt + completion);
}

/// Everything of an object up to its choices.
std::string object_start(const ChatRequest& chat, const ReplyStamp& stamp, std::string_view kind) {
  std::string out =
      fmt::format("{{\"id\":\"chatcmpl-{:016x}\",\"object\":\"{}\",\"created\":{},\"model\":", stamp.number, kind,
                  epoch_seconds(stamp.created));
  core::append_json_string(out, chat.model);
  out += ",\"system_fingerprint\":\"fp_fake\",\"choices\":[";
  return out;
}

/// `place` is that of the call among those of its answer, from 0.
void append_tool_call(std::string& out, std::string_view tool, const ReplyStamp& stamp, std::size_t place,
                      std::string_view arguments) {
  fmt::format_to(std::back_inserter(out), "\"id\":\"call_{:016x}", stamp.number);
  if (place > 0) fmt::format_to(std::back_inserter(out), "_{}", place);
  out += R"(","type":"function","function":{"name":)";
  core::append_json_string(out, tool);
  out += ",\"arguments\":";
  core::append_json_string(out, arguments);
  out += '}';
}

/// The server-sent events of one streamed answer.
class Stream {
 public:
  Stream(const ChatRequest& chat, const ReplyStamp& stamp)
      : start_(object_start(chat, stamp, "chat.completion.chunk")) {}

  /// Opens an event up to its delta's members; close() ends it.
  std::string& open() {
    out_ += "data: ";
    out_ += start_;
    return out_ += "{\"index\":0,\"delta\":{";
  }
  void close(std::string_view finish_reason = {}) {
    out_ += "},\"logprobs\":null,\"finish_reason\":";
    if (finish_reason.empty()) {
      out_ += "null";
    } else {
      core::append_json_string(out_, finish_reason);
    }
    out_ += "}]}\n\n";
  }
  std::string finish(const ChatRequest& chat, const ModelReply& reply) {
    if (chat.include_usage) {
      out_ += "data: ";
      out_ += start_;
      out_ += "],";
      append_usage(out_, chat, reply);
      out_ += "}\n\n";
    }
    out_ += "data: [DONE]\n\n";
    return std::move(out_);
  }

 private:
  std::string start_, out_;
};

std::string_view finish_of(const ModelReply& reply) {
  if (!reply.finish.empty()) return reply.finish;
  return reply.tools.empty() ? "stop" : "tool_calls";
}

/// One call after the other: its name in an event of its own, then its arguments in pieces.
void stream_tool_call(Stream& stream, const ModelReply& reply, const ReplyStamp& stamp, std::size_t place) {
  const AskedTool& tool = reply.tools[place];
  std::string& out = stream.open();
  if (place == 0) out += R"("role":"assistant","content":null,)";
  fmt::format_to(std::back_inserter(out), R"("tool_calls":[{{"index":{},)", place);
  append_tool_call(out, tool.name, stamp, place, "");
  out += "}]";
  stream.close();
  for (std::string_view rest = arguments_sent(reply, tool); !rest.empty();) {
    stream.open();
    fmt::format_to(std::back_inserter(out), R"("tool_calls":[{{"index":{},"function":{{"arguments":)", place);
    core::append_json_string(out, take_piece(rest, tool.arguments.size()));
    out += "}}]";
    stream.close();
  }
}

std::string stream_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp) {
  Stream stream(chat, stamp);
  if (!reply.thinking.empty()) {
    std::string& out = stream.open() += R"("role":"assistant","content":null,"reasoning_content":)";
    core::append_json_string(out, reply.thinking);
    stream.close();
  }
  if (reply.tools.empty()) {
    stream.open() += R"("role":"assistant","content":"","refusal":null)";
    stream.close();
    for (std::string_view rest = reply.text; !rest.empty();) {
      std::string& out = stream.open() += "\"content\":";
      core::append_json_string(out, take_piece(rest, reply.text.size()));
      stream.close();
    }
  }
  for (std::size_t i = 0; i < reply.tools.size(); ++i) stream_tool_call(stream, reply, stamp, i);
  stream.open();
  stream.close(finish_of(reply));
  return stream.finish(chat, reply);
}

}  // namespace

std::string_view arguments_sent(const ModelReply& reply, const AskedTool& tool) {
  const std::string_view finish = finish_of(reply);
  if (finish == "stop" || finish == "tool_calls") return tool.arguments;
  std::size_t half = tool.arguments.size() / 2;
  while (half > 0 && (static_cast<unsigned char>(tool.arguments[half]) & 0xc0) == 0x80) --half;
  return tool.arguments.substr(0, half);
}

std::string openai_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp) {
  if (chat.stream) return stream_chat(chat, reply, stamp);
  std::string out = object_start(chat, stamp, "chat.completion");
  out += R"({"index":0,"message":{"role":"assistant","content":)";
  if (reply.tools.empty()) {
    core::append_json_string(out, reply.text);
    out += R"(,"refusal":null)";
  } else {
    out += R"(null,"refusal":null,"tool_calls":[)";
    for (std::size_t i = 0; i < reply.tools.size(); ++i) {
      out += i == 0 ? "{" : ",{";
      append_tool_call(out, reply.tools[i].name, stamp, i, arguments_sent(reply, reply.tools[i]));
      out += '}';
    }
    out += "]";
  }
  if (!reply.thinking.empty()) {
    out += R"(,"reasoning_content":)";
    core::append_json_string(out, reply.thinking);
  }
  out += R"(},"logprobs":null,"finish_reason":)";
  core::append_json_string(out, finish_of(reply));
  out += "}],";
  append_usage(out, chat, reply);
  out += '}';
  return out;
}

std::string openai_error(const LlmError& error) {
  const auto append_or_null = [](std::string& out, std::string_view text) {
    if (text.empty()) {
      out += "null";
    } else {
      core::append_json_string(out, text);
    }
  };
  std::string out = "{\"error\":{\"message\":";
  core::append_json_string(out, error.message);
  out += ",\"type\":";
  core::append_json_string(out, error.status == 429   ? "requests"
                                : error.status >= 500 ? "server_error"
                                                      : "invalid_request_error");
  out += ",\"param\":";
  append_or_null(out, error.param);
  out += ",\"code\":";
  append_or_null(out, error.code);
  out += "}}";
  return out;
}

LlmError openai_error_of(int status) {
  switch (status) {
    case 400:
      return {status, "The request was malformed."};
    case 401:
      return {status, "Incorrect API key provided.", "", "invalid_api_key"};
    case 403:
      return {status, "Country, region, or territory not supported", "", "unsupported_country_region_territory"};
    case 404:
      return {status, "The model does not exist or you do not have access to it.", "", "model_not_found"};
    case 405:
      return {status, "Not allowed. (HINT: Perhaps you meant to use a different HTTP method?)", "",
              "method_not_supported"};
    case 429:
      return {status, "Rate limit reached for requests. Please try again later.", "", "rate_limit_exceeded"};
    case 500:
      return {status, "The server had an error while processing your request. Sorry about that!"};
    case 503:
      return {status, "The engine is currently overloaded, please try again later"};
    default:
      return {status, status < 500 ? "The request failed." : "The server had an error."};
  }
}

std::string_view openai_models() {
  return R"({"object":"list","data":[{"id":"gpt-4o","object":"model","created":1715367049,"owned_by":"system"},)"
         R"({"id":"glm-4.6","object":"model","created":1759276800,"owned_by":"system"}]})";
}

}  // namespace fakes
