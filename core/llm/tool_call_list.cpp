#include "core/llm/tool_call_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "core/llm/answer.h"
#include "core/llm/utf8.h"
#include "core/text/ascii.h"

namespace core::detail {

namespace json = boost::json;

namespace {

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kWhiteSpace) + 1);
}

std::string whole_text(const json::string& text) {
  std::string out(text.data(), text.size());
  join_halves(out);
  return out;
}

/// A copy that takes up no more than `bytes`, its texts UTF-8. Nothing when it would, and when there is an infinity in
/// it, which is what Boost.JSON reads 1e999 as and what no JSON can carry on.
class Copier {
 public:
  explicit Copier(std::size_t bytes) : left_(bytes) {}

  std::optional<json::value> copy(const json::value& value) {
    if (const double* number = value.if_double(); number && !std::isfinite(*number)) return std::nullopt;
    if (!spend(2)) return std::nullopt;
    if (const json::string* text = value.if_string()) {
      if (!spend(text->size())) return std::nullopt;
      return json::value(whole_text(*text));
    }
    if (const json::array* array = value.if_array()) return copy_array(*array);
    if (const json::object* object = value.if_object()) {
      auto copied = copy_object(*object);
      if (!copied) return std::nullopt;
      return json::value(*std::move(copied));
    }
    return json::value(value, json::storage_ptr());
  }

  std::optional<json::object> copy_object(const json::object& object) {
    json::object out;
    for (const json::key_value_pair& member : object) {
      if (!spend(member.key().size())) return std::nullopt;
      auto part = copy(member.value());
      if (!part) return std::nullopt;
      std::string key(member.key().data(), member.key().size());
      join_halves(key);
      out.insert_or_assign(key, *std::move(part));
    }
    return out;
  }

  bool overdrawn() const { return overdrawn_; }
  std::size_t left() const { return left_; }

 private:
  std::optional<json::value> copy_array(const json::array& array) {
    json::array out;
    out.reserve(array.size());
    for (const json::value& element : array) {
      auto part = copy(element);
      if (!part) return std::nullopt;
      out.push_back(*std::move(part));
    }
    return json::value(std::move(out));
  }

  bool spend(std::size_t bytes) {
    overdrawn_ |= bytes > left_;
    left_ -= std::min(bytes, left_);
    return !overdrawn_;
  }

  std::size_t left_;
  bool overdrawn_ = false;
};

}  // namespace

void JsonExtent::feed(std::string_view piece) {
  for (const char c : piece) {
    if (escaped_) {
      escaped_ = false;
    } else if (in_text_) {
      escaped_ = c == '\\';
      in_text_ = c != '"';
    } else if (c == '"') {
      in_text_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 0) {
      --depth_;
      closed_ = true;
    }
  }
}

bool ToolCallList::Piece::has_arguments() const {
  return object != nullptr || !trimmed(text).empty();
}

bool ToolCallList::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool ToolCallList::read_piece(const json::value& call, Piece& piece) {
  if (!call.is_object()) return fail("a tool call is not an object");
  const json::object& object = call.get_object();
  if (const json::value* index = member(object, "index")) {
    if (!index->is_int64() || index->get_int64() < 0) return fail("the index of a tool call is not a number");
    piece.index = index->get_int64();
  }
  const auto type = text_member(object, "type");
  if (!type || (!type->empty() && *type != "function")) return fail("a tool call is not of type function");
  if (!read_id(object, piece)) return false;
  const json::value* function = member(object, "function");
  if (function == nullptr) return true;
  if (!function->is_object()) return fail(fmt::format("tool call {} has no function", calls_.size()));
  return read_function(function->get_object(), piece);
}

bool ToolCallList::read_id(const json::object& call, Piece& piece) {
  const json::value* id = member(call, "id");
  if (id == nullptr) return true;
  if (const std::int64_t* number = id->if_int64()) {
    piece.id = std::to_string(*number);
    return true;
  }
  const json::string* text = id->if_string();
  if (text == nullptr) return fail(fmt::format("tool call {} has an id that is not a string", calls_.size()));
  if (text->size() > kMaxToolCallIdBytes)
    return fail(fmt::format("tool call {} has an id that is too long", calls_.size()));
  piece.id = whole_text(*text);
  return true;
}

bool ToolCallList::read_function(const json::object& function, Piece& piece) {
  const auto name = text_member(function, "name");
  if (!name) return fail(fmt::format("tool call {} has a name that is not a string", calls_.size()));
  if (name->size() > kMaxToolNameBytes) return fail(fmt::format("tool call {} has too long a name", calls_.size()));
  piece.name = *name;
  const json::value* arguments = member(function, "arguments");
  if (arguments == nullptr) return true;
  piece.object = arguments->if_object();
  if (piece.object != nullptr) return true;
  const json::string* text = arguments->if_string();
  if (text == nullptr) {
    return fail(fmt::format("tool call {} has arguments that are neither an object nor text", calls_.size()));
  }
  piece.text = std::string_view(text->data(), text->size());
  return true;
}

ToolCallList::Partial* ToolCallList::continued(const Piece& piece) {
  if (calls_.empty()) return nullptr;
  const auto last_where = [this](auto&& holds) -> Partial* {
    const auto found = std::find_if(calls_.rbegin(), calls_.rend(), holds);
    return found == calls_.rend() ? nullptr : &*found;
  };
  if (!piece.id.empty()) {
    if (Partial* same = last_where([&piece](const Partial& call) { return call.id == piece.id; })) {
      // A name and more arguments after all of them is another call, whose id the service used again.
      const bool another = !piece.name.empty() && same->complete() && piece.has_arguments();
      return another ? nullptr : same;
    }
  }
  Partial* call = &calls_.back();
  if (piece.index) {
    Partial* of_index = last_where([&piece](const Partial& other) { return other.index == piece.index; });
    if (of_index == nullptr && !(piece.id.empty() && piece.name.empty())) return nullptr;
    if (of_index != nullptr) call = of_index;
  }
  if (!piece.id.empty()) {
    // An id that is new in each piece has been seen: with no name, and arguments that lack their rest, it is no call.
    const bool goes_on = piece.name.empty() && !call->complete();
    const bool names_it = call->id.empty() && !call->complete();
    return goes_on || (names_it && call->name == piece.name) ? call : nullptr;
  }
  return !piece.name.empty() && call->complete() ? nullptr : call;
}

bool ToolCallList::take(const json::value& call, Form form) {
  Piece piece;
  if (!read_piece(call, piece)) return false;
  Partial* going_on = form == Form::Piece ? continued(piece) : nullptr;
  if (going_on != nullptr) return add(*going_on, piece);
  if (calls_.size() == kMaxToolCalls) return fail("there are too many tool calls");
  calls_.emplace_back();
  calls_.back().index = piece.index;
  return add(calls_.back(), piece);
}

bool ToolCallList::take_function(const json::object& function) {
  Piece piece;
  if (!read_function(function, piece)) return false;
  if (calls_.empty()) calls_.emplace_back();
  return add(calls_.back(), piece);
}

bool ToolCallList::add(Partial& call, const Piece& piece) {
  const auto number = &call - calls_.data();
  if (call.id.empty()) call.id = piece.id;
  if (!piece.name.empty() && call.name != piece.name) {
    if (!call.name.empty()) return fail(fmt::format("tool call {} changes its name", number));
    call.name = piece.name;
  }
  if (!piece.has_arguments() && call.arguments.empty()) return true;
  if (call.object || (piece.object != nullptr && !call.arguments.empty())) {
    return piece.has_arguments() ? fail(fmt::format("tool call {} has arguments twice", number)) : true;
  }
  if (piece.object != nullptr) {
    Copier copier(kMaxAnswerTextBytes - argument_bytes_);
    call.object = copier.copy_object(*piece.object);
    argument_bytes_ = kMaxAnswerTextBytes - copier.left();
    if (call.object) return true;
    return fail(copier.overdrawn() ? "the arguments are too long"
                                   : fmt::format("tool call {} has a number that is too large", number));
  }
  if (piece.text.size() > kMaxAnswerTextBytes - argument_bytes_) return fail("the arguments are too long");
  argument_bytes_ += piece.text.size();
  call.arguments += piece.text;
  call.extent.feed(piece.text);
  return true;
}

bool ToolCallList::finish_call(Partial& call, std::size_t number, JsonReader& reader, ToolCall& whole) {
  if (call.name.empty()) return fail(fmt::format("tool call {} has no function name", number));
  whole.id = std::move(call.id);
  whole.name = std::move(call.name);
  join_halves(whole.name);
  if (call.object) {
    whole.arguments = *std::move(call.object);
    return true;
  }
  join_halves(call.arguments);
  const std::string_view text = trimmed(call.arguments);
  if (text.empty() || text == "null") return true;
  const auto halves = with_halves_as_bytes(text);
  const json::object* arguments = reader.read(halves ? std::string_view(*halves) : text);
  if (arguments == nullptr) return fail(fmt::format("tool call {} has bad arguments: {}", number, reader.problem()));
  // The text was within its bound; what is counted for values that are short in it may come to more.
  Copier copier(SIZE_MAX);
  auto copied = copier.copy_object(*arguments);
  if (!copied) return fail(fmt::format("tool call {} has a number that is too large", number));
  whole.arguments = *std::move(copied);
  return true;
}

std::optional<std::vector<ToolCall>> ToolCallList::finish(JsonReader& reader) {
  std::vector<ToolCall> whole(calls_.size());
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!finish_call(calls_[i], i, reader, whole[i])) return std::nullopt;
  }
  return whole;
}

}  // namespace core::detail
