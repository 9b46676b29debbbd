// What the decoders of both protocols share: JSON read into memory that is bounded and used again, and the builder that
// an answer is gathered in, piece by piece. Internal to core/llm.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/json/filtered_json.h"
#include "core/llm/chat.h"
#include "core/llm/protocol.h"
#include "core/llm/tool_call_list.h"
#include "core/retry/failure.h"

namespace core::detail {

/// What came, for a Failure's message to quote: cut to what is about 80 bytes long when the message is escaped, which
/// is done where failures are made.
std::string excerpt(std::string_view text);

/// Null is as good as absent: nullptr.
const boost::json::value* member(const boost::json::object& object, std::string_view name);
/// nullptr for everything that is not an object.
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);
/// Empty when absent; nothing when it is not a string.
std::optional<std::string_view> text_member(const boost::json::object& object, std::string_view name);

/// Reads JSON objects one after the other into the same memory, out of an AnswerText: halves of surrogate pairs pass.
class JsonReader {
 public:
  /// An answer's pieces are read without the arrays and objects that are no part of an answer, such as the
  /// probabilities of its words; a call's arguments are read whole.
  enum class Of : std::uint8_t { Answer, Arguments };
  explicit JsonReader(Of of = Of::Answer);
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// The object that `text` begins with, which is taken off it together with white space around it. nullptr when there
  /// is none, and then problem() says why. The object lives until the next call.
  const boost::json::object* read_front(std::string_view& text);

  /// The object that `text` is, with nothing after it.
  const boost::json::object* read(std::string_view text);

  const std::string& problem() const { return problem_; }

  /// The text of the object that was read last, with what was left out of it; a view into what read() was given.
  std::string_view text() const { return text_; }

 private:
  const boost::json::object* fail(std::string problem);

  // Enough for an ordinary answer; a larger one goes on in the heap.
  unsigned char memory_bytes_[8192];
  boost::json::monotonic_resource memory_{memory_bytes_, sizeof memory_bytes_};
  FilteredJson json_;
  std::optional<boost::json::value> value_;
  std::string_view text_;
  std::string problem_;
};

/// A body as it is to be read: UTF-8 without a byte order mark, halves of surrogate pairs as bytes.
class AnswerText {
 public:
  /// Of a body that outlives this.
  explicit AnswerText(std::string_view body);

  bool is_utf8() const { return is_utf8_; }
  std::string_view view() const { return changed_ ? std::string_view(*changed_) : body_; }

 private:
  std::string_view body_;
  bool is_utf8_;
  std::optional<std::string> changed_;
};

/// An answer in the making. What takes a piece returns false when the piece is not acceptable; the answer has then
/// failed, with the first problem found as its Failure.
class AnswerBuilder {
 public:
  /// `response` outlives this.
  AnswerBuilder(const HttpResponse& response, WallTime own) : response_(response), own_(own) {
    message_.role = Role::Assistant;
  }

  /// Always false: `return answer.fail(...)`. `what` says what was wrong.
  bool fail(std::string_view what);

  /// Fails when `piece` carries an error instead of a part of an answer. An error is read whole, out of `text`, which
  /// the piece is in: a wait may stand in any member of it.
  bool check_error(const boost::json::object& piece, std::string_view text);
  /// Always false, for a piece that is an error by its kind.
  bool fail_with_error(const boost::json::object& piece, std::string_view text);

  /// The role, which must be the assistant's, and the content, which may be absent: text, or a list of parts of which
  /// those of text count. Thinking, which stands beside the content or in parts of its own, is passed over.
  bool take_text(const boost::json::object& message);

  /// Whether any text has come.
  bool has_text() const { return !message_.content.empty(); }

  /// The element `call` of `tool_calls`.
  bool take_tool_call(const boost::json::value& call, ToolCallList::Form form);
  /// All elements of the message's `tool_calls`, which may be absent.
  bool take_tool_calls(const boost::json::object& message, ToolCallList::Form form);
  bool has_tool_calls() const { return !calls_.empty() || !legacy_.empty(); }

  /// Keeps the reason. One that says nothing does not replace another, and one that says that the answer ended well
  /// does not replace one that says otherwise.
  bool take_reason(const boost::json::object& piece, std::string_view name);
  bool has_reason() const { return !reason_.empty(); }

  /// The answer as it has come.
  ChatAnswer finish();
  /// After a false.
  ChatAnswer failure() { return *std::move(failure_); }
  /// fail() and failure() in one.
  ChatAnswer refuse(std::string_view what);

 private:
  bool take_content(const boost::json::value& content);
  bool take_part(const boost::json::value& part);
  bool add_text(std::string_view text);

  const HttpResponse& response_;
  const WallTime own_;
  Message message_;
  ToolCallList calls_;
  ToolCallList legacy_;  ///< `function_call`, which counts where there is nothing else.
  std::string reason_;
  std::optional<Failure> failure_;
};

}  // namespace core::detail
