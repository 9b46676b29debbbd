// Ollama's texts: https://github.com/ollama/ollama/blob/main/docs/api.md
#include <fmt/compile.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "core/json/escape.h"
#include "core/time/text.h"
#include "fakes/llm/model_reply.h"

namespace fakes {

namespace {

/// `{"model":...,"created_at":...`, which every object of an answer begins with.
std::string object_start(const ChatRequest& chat, const ReplyStamp& stamp) {
  std::string start = "{\"model\":";
  core::append_json_string(start, chat.model);
  start += ",\"created_at\":\"";
  start += core::format_utc(stamp.created);
  start += '"';
  return start;
}

void append_message(std::string& out, std::string_view content, std::span<const AskedTool> tools,
                    std::string_view thinking = {}) {
  out += ",\"message\":{\"role\":\"assistant\",\"content\":";
  core::append_json_string(out, content);
  if (!thinking.empty()) {
    out += ",\"thinking\":";
    core::append_json_string(out, thinking);
  }
  const char* before = ",\"tool_calls\":[{\"function\":{\"name\":";
  for (const AskedTool& tool : tools) {
    out += std::exchange(before, ",{\"function\":{\"name\":");
    core::append_json_string(out, tool.name);
    out += ",\"arguments\":";
    out += tool.arguments;
    out += "}}";
  }
  if (!tools.empty()) out += ']';
  out += '}';
}

/// Plausible counts and durations (nanoseconds), made of the lengths alone.
void append_end(std::string& out, const ChatRequest& chat, std::size_t reply_bytes, std::string_view finish = {}) {
  const std::uint64_t prompt = chat.prompt_bytes / 4 + 1;
  const std::uint64_t reply = reply_bytes / 4 + 1;
  out += ",\"done_reason\":";
  core::append_json_string(out, finish.empty() ? "stop" : finish);
  fmt::format_to(
      std::back_inserter(out),
      FMT_COMPILE(",\"done\":true,\"total_duration\":{},\"load_duration\":1000000,"
                  "\"prompt_eval_count\":{},\"prompt_eval_duration\":{},\"eval_count\":{},\"eval_duration\":{}}}"),
      1'000'000 + prompt * 50'000 + reply * 2'000'000, prompt, prompt * 50'000, reply, reply * 2'000'000);
}

}  // namespace

std::string_view take_piece(std::string_view& rest, std::size_t whole_size) {
  std::size_t size = std::min(rest.size(), std::max<std::size_t>(12, whole_size / kMaxPieces + 1));
  while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xc0) == 0x80) ++size;
  const std::string_view piece = rest.substr(0, size);
  rest.remove_prefix(size);
  return piece;
}

std::string ollama_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp) {
  const std::string start = object_start(chat, stamp);
  const std::span<const AskedTool> no_tools;
  std::string out;
  if (chat.stream) {
    if (!reply.thinking.empty()) {
      out += start;
      append_message(out, "", no_tools, reply.thinking);
      out += ",\"done\":false}\n";
    }
    for (const AskedTool& tool : reply.tools) {  // A chunk for each, as Ollama streams them.
      out += start;
      append_message(out, "", {&tool, 1});
      out += ",\"done\":false}\n";
    }
    for (std::string_view rest = reply.text; reply.tools.empty() && !rest.empty();) {
      out += start;
      append_message(out, take_piece(rest, reply.text.size()), no_tools);
      out += ",\"done\":false}\n";
    }
  }
  out += start;
  append_message(out, chat.stream || !reply.tools.empty() ? "" : reply.text, chat.stream ? no_tools : reply.tools,
                 chat.stream ? "" : reply.thinking);
  append_end(out, chat, reply.bytes(), reply.finish);
  if (chat.stream) out += '\n';
  return out;
}

std::string ollama_generate(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp) {
  const std::string start = object_start(chat, stamp);
  std::string out;
  for (std::string_view rest = reply.text; chat.stream && !rest.empty();) {
    out += start;
    out += ",\"response\":";
    core::append_json_string(out, take_piece(rest, reply.text.size()));
    out += ",\"done\":false}\n";
  }
  out += start;
  out += ",\"response\":";
  core::append_json_string(out, chat.stream ? "" : reply.text);
  append_end(out, chat, reply.text.size());
  if (chat.stream) out += '\n';
  return out;
}

std::string ollama_error(std::string_view message) {
  std::string out = "{\"error\":";
  core::append_json_string(out, message);
  out += '}';
  return out;
}

std::string_view ollama_message(int status) {
  switch (status) {
    case 400:
      return "invalid request";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "model not found, try pulling it first";
    case 405:
      return "method not allowed";
    case 429:
      return "you've reached your usage limit, please upgrade to continue";
    case 500:
      return "an internal error occurred";
    case 502:
      return "upstream error";
    case 503:
      return "server busy, please try again.  maximum pending requests exceeded";
    case 504:
      return "upstream timeout";
    default:
      return status < 500 ? "request failed" : "server error";
  }
}

std::string_view ollama_tags() {
  return R"({"models":[{"name":"glm-4.6","model":"glm-4.6","modified_at":"2025-10-01T00:00:00Z","size":396000000000,)"
         R"("digest":"3f2c0f6d1f0e4d7a8b9c5e2a1d4f7b6c8e9a0b1c2d3e4f5061728394a5b6c7d8",)"
         R"("details":{"parent_model":"","format":"gguf","family":"glm4","families":["glm4"],)"
         R"("parameter_size":"357B","quantization_level":"FP8"}}]})";
}

std::string_view ollama_version() {
  return R"({"version":"0.12.6"})";
}

}  // namespace fakes
