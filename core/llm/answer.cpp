#include "core/llm/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/retry/classify.h"

namespace core::detail {

namespace json = boost::json;

namespace {

constexpr std::size_t kExcerptBytes = 80;
constexpr std::string_view kWhiteSpace = " \t\r\n";

void skip_white_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
}

/// What a value takes up, about as many bytes as its JSON has. Nothing when there is an infinity in it, which is what
/// Boost.JSON reads 1e999 as and what no JSON can carry on.
std::optional<std::size_t> weight(const json::value& value) {
  if (const double* number = value.if_double(); number && !std::isfinite(*number)) return std::nullopt;
  std::size_t bytes = 2;
  if (const json::string* text = value.if_string()) bytes += text->size();
  if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) {
      const auto part = weight(element);
      if (!part) return std::nullopt;
      bytes += *part;
    }
  }
  if (const json::object* object = value.if_object()) {
    for (const json::key_value_pair& member : *object) {
      const auto part = weight(member.value());
      if (!part) return std::nullopt;
      bytes += member.key().size() + *part;
    }
  }
  return bytes;
}

/// The HTTP status of an error that an object names under one of the usual keys.
std::optional<int> named_status(const json::object& object) {
  for (const std::string_view name : {"status", "status_code", "code"}) {
    const json::value* value = member(object, name);
    const std::int64_t* number = value ? value->if_int64() : nullptr;
    if (number && *number >= 400 && *number <= 599) return static_cast<int>(*number);
  }
  return std::nullopt;
}

}  // namespace

std::string excerpt(std::string_view text) {
  std::size_t escaped_bytes = 0;
  const auto too_far = [&escaped_bytes](char c) {
    escaped_bytes += c >= 0x20 && c < 0x7F ? 1 : 4;
    return escaped_bytes > kExcerptBytes;
  };
  const auto end = std::find_if(text.begin(), text.end(), too_far);
  return fmt::format("\"{}\"{}", std::string_view(text.begin(), end), end == text.end() ? "" : "...");
}

const json::value* member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

std::optional<std::string_view> text_member(const json::object& object, std::string_view name) {
  const json::value* value = member(object, name);
  if (!value) return std::string_view();
  const json::string* text = value->if_string();
  if (!text) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

const json::object* JsonReader::fail(std::string problem) {
  problem_ = std::move(problem);
  return nullptr;
}

const json::object* JsonReader::read_front(std::string_view& text) {
  skip_white_space(text);
  value_.reset();
  memory_.release();
  parser_.reset(&memory_);
  boost::system::error_code error;
  const std::size_t read = parser_.write_some(text.data(), text.size(), error);
  if (error == json::error::incomplete) return fail("it ends within a JSON value");
  if (error) return fail(fmt::format("it is not JSON ({}): {}", error.message(), excerpt(text)));
  value_.emplace(parser_.release());
  if (!value_->is_object()) return fail(fmt::format("it is not a JSON object: {}", excerpt(text)));
  text.remove_prefix(read);
  skip_white_space(text);
  return &value_->get_object();
}

const json::object* JsonReader::read(std::string_view text) {
  const json::object* object = read_front(text);
  if (object && !text.empty()) return fail(fmt::format("it goes on after its end: {}", excerpt(text)));
  return object;
}

bool AnswerBuilder::fail(std::string_view what) {
  failure_ = malformed(status_, what);
  return false;
}

ChatAnswer AnswerBuilder::refuse(std::string_view what) {
  fail(what);
  return failure();
}

bool AnswerBuilder::check_error(const json::object& piece) {
  return !member(piece, "error") || fail_with_error(piece);
}

bool AnswerBuilder::fail_with_error(const json::object& piece) {
  const json::value* error = member(piece, "error");
  const json::object* details = error ? error->if_object() : &piece;
  std::optional<int> status = named_status(piece);
  if (!status && details) status = named_status(*details);
  std::string_view message;
  if (details) {
    message = text_member(*details, "message").value_or("");
  } else if (const json::string* text = error->if_string()) {
    message = std::string_view(text->data(), text->size());
  }
  failure_ = error_in_stream(status, fmt::format("the answer carries an error: {}", excerpt(message)));
  return false;
}

bool AnswerBuilder::take_text(const json::object& message) {
  const auto role = text_member(message, "role");
  if (!role) return fail("the role is not a string");
  if (!role->empty() && *role != "assistant") return fail(fmt::format("the role is {}", excerpt(*role)));
  const auto content = text_member(message, "content");
  if (!content) return fail("the content is not a string");
  if (content->size() > kMaxAnswerTextBytes - message_.content.size()) return fail("the content is too long");
  message_.content += *content;
  return true;
}

bool AnswerBuilder::add_tool_call(std::string_view where, ToolCall call) {
  if (message_.tool_calls.size() == kMaxToolCalls) return fail("there are too many tool calls");
  if (call.name.empty()) return fail(fmt::format("{} has no function name", where));
  if (call.name.size() > kMaxToolNameBytes) return fail(fmt::format("{} has too long a name", where));
  for (const json::key_value_pair& argument : call.arguments) {
    const auto bytes = weight(argument.value());
    if (!bytes) return fail(fmt::format("{} has a number that is too large", where));
    argument_bytes_ += argument.key().size() + *bytes;
  }
  if (argument_bytes_ > kMaxAnswerTextBytes) return fail("the arguments are too long");
  message_.tool_calls.push_back(std::move(call));
  return true;
}

ChatAnswer AnswerBuilder::finish(std::string_view finish_reason) {
  const bool empty = message_.content.empty() && message_.tool_calls.empty();
  if (empty && finish_reason != "stop") {
    return refuse(fmt::format("the answer is empty, and its reason is {}", excerpt(finish_reason)));
  }
  return std::move(message_);
}

}  // namespace core::detail
