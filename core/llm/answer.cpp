#include "core/llm/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/llm/error_status.h"
#include "core/llm/utf8.h"
#include "core/retry/classify.h"
#include "core/text/ascii.h"
#include "core/text/utf8.h"

namespace core::detail {

namespace json = boost::json;

namespace {

constexpr std::size_t kExcerptBytes = 80;

/// The arrays and objects of an answer. Of an error that is what tells its kind and status.
constexpr std::array<std::string_view, 9> kAnswerKeys = {
    "choices", "message", "delta", "tool_calls", "function", "function_call", "content", "base_resp", "error"};
constexpr std::array<std::string_view, 1> kWholeKeys = {"arguments"};
constexpr JsonFilter kOfArguments{.root = JsonFilter::Root::Whole};
constexpr JsonFilter kOfAnswer{.keys = kAnswerKeys, .whole = kWholeKeys, .scalars = JsonFilter::Scalars::All};

void skip_white_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
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

JsonReader::JsonReader(Of of)
    : json_(of == Of::Answer ? kOfAnswer : kOfArguments,
            json::parse_options{.max_depth = kMaxAnswerDepth, .allow_invalid_utf8 = true}) {}

const json::object* JsonReader::fail(std::string problem) {
  problem_ = std::move(problem);
  return nullptr;
}

const json::object* JsonReader::read_front(std::string_view& text) {
  skip_white_space(text);
  value_.reset();
  memory_.release();
  std::size_t read = 0;
  FilteredJson::Result parsed = json_.read_front(text, read, &memory_);
  if (!parsed) {
    const bool quotes = parsed.error().problem == FilteredJson::Problem::NotJson;
    return fail(to_text(parsed.error()) + (quotes ? ": " + excerpt(text) : std::string()));
  }
  value_.emplace(std::move(*parsed));
  text_ = text.substr(0, read);
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
  failure_ = malformed(response_.status, what);
  return false;
}

ChatAnswer AnswerBuilder::refuse(std::string_view what) {
  fail(what);
  return failure();
}

bool AnswerBuilder::check_error(const json::object& piece, std::string_view text) {
  const json::value* error = member(piece, "error");
  // vLLM's own form has the error's members in the piece itself.
  const bool is_error = text_member(piece, "object").value_or("") == "error" || has_minimax_error(piece);
  const bool says_none = error == nullptr || *error == false || *error == "";
  return says_none && !is_error ? true : fail_with_error(piece, text);
}

bool AnswerBuilder::fail_with_error(const json::object& piece, std::string_view text) {
  const json::value* error = member(piece, "error");
  const json::object* details = error ? error->if_object() : &piece;
  std::string message;
  if (const json::object* told = object_member(piece, "base_resp"); told && !error) {
    message = text_member(*told, "status_msg").value_or("");
  } else if (details) {
    message = text_member(*details, "message").value_or("");
  } else if (const json::string* words = error->if_string()) {
    message = std::string_view(words->data(), words->size());
  }
  failure_ = error_in_stream(response_, own_, named_status(piece),
                             fmt::format("the answer carries an error: {}", excerpt(message)), text);
  return false;
}

bool AnswerBuilder::add_text(std::string_view text) {
  if (text.size() > kMaxAnswerTextBytes - message_.content.size()) return fail("the content is too long");
  message_.content += text;
  return true;
}

bool AnswerBuilder::take_part(const json::value& part) {
  if (const json::string* text = part.if_string()) return add_text({text->data(), text->size()});
  const json::object* object = part.if_object();
  if (!object) return fail("a part of the content is neither an object nor text");
  const auto type = text_member(*object, "type");
  if (type != "text" && type != "output_text" && type != "") return true;
  return add_text(text_member(*object, "text").value_or(""));
}

bool AnswerBuilder::take_content(const json::value& content) {
  if (const json::array* parts = content.if_array()) {
    return std::all_of(parts->begin(), parts->end(), [this](const json::value& part) { return take_part(part); });
  }
  if (content.is_string() || content.is_object()) return take_part(content);
  return fail("the content is neither text nor a list of parts");
}

bool AnswerBuilder::take_text(const json::object& message) {
  const auto role = text_member(message, "role");
  if (!role) return fail("the role is not a string");
  if (!role->empty() && *role != "assistant") return fail(fmt::format("the role is {}", excerpt(*role)));
  const json::value* content = member(message, "content");
  if (content && !take_content(*content)) return false;
  // OpenAI's models decline in a field of its own.
  return add_text(text_member(message, "refusal").value_or(""));
}

bool AnswerBuilder::take_tool_call(const json::value& call, ToolCallList::Form form) {
  return calls_.take(call, form) || fail(calls_.problem());
}

bool AnswerBuilder::take_tool_calls(const json::object& message, ToolCallList::Form form) {
  if (const json::object* function = object_member(message, "function_call")) {
    if (!legacy_.take_function(*function)) return fail(legacy_.problem());
  }
  const json::value* calls = member(message, "tool_calls");
  if (!calls) return true;
  if (!calls->is_array()) return fail("tool_calls is not an array");
  const json::array& all = calls->get_array();
  return std::all_of(all.begin(), all.end(), [&](const json::value& call) { return take_tool_call(call, form); });
}

bool AnswerBuilder::take_reason(const json::object& piece, std::string_view name) {
  const auto reason = text_member(piece, name);
  if (!reason) return fail(fmt::format("{} is not a string", name));
  if (is_no_reason(*reason)) return true;
  const auto ended_well = [](std::string_view word) {
    const auto end = end_named(word);
    return end && !is_cut(*end);
  };
  if (ended_well(*reason) && !ended_well(reason_)) return true;
  reason_ = *reason;
  return true;
}

ChatAnswer AnswerBuilder::finish() {
  const auto end = end_named(reason_);
  if (!end) {
    failure_ = ended_in_trouble(response_.status, excerpt(reason_));
    return failure();
  }
  join_halves(message_.content);
  if (is_cut(*end)) return ModelAnswer{std::move(message_), *end};
  ToolCallList& calls = calls_.empty() ? legacy_ : calls_;
  JsonReader reader(JsonReader::Of::Arguments);
  auto whole = calls.finish(reader);
  if (!whole) return refuse(calls.problem());
  message_.tool_calls = *std::move(whole);
  return ModelAnswer{std::move(message_), *end};
}

AnswerText::AnswerText(std::string_view body) : body_(body), is_utf8_(core::is_utf8(body)) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (body_.starts_with(kByteOrderMark)) body_.remove_prefix(kByteOrderMark.size());
  if (is_utf8_) changed_ = with_halves_as_bytes(body_);
}

}  // namespace core::detail
