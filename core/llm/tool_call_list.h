// The tool calls of one answer, gathered from whole calls and from pieces. Services cut calls up in ways of their own,
// so what a piece belongs to is told by its id and its name first and by its index last. Internal to core/llm.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/llm/chat.h"

namespace core::detail {

class JsonReader;

/// How far a JSON object has come in a text that is given piece by piece.
class JsonExtent {
 public:
  void feed(std::string_view piece);
  /// Whether every bracket that was opened is closed, and one was.
  bool complete() const { return depth_ == 0 && closed_; }

 private:
  std::uint64_t depth_ = 0;
  bool closed_ = false;
  bool in_text_ = false;
  bool escaped_ = false;
};

class ToolCallList {
 public:
  enum class Form : std::uint8_t { Whole, Piece };

  /// Takes an element of `tool_calls`: a call of its own (Whole), or a piece of a stream, which begins a call or goes
  /// on with one. An index is a name and no place: it takes no memory, however large. False when it is no call or too
  /// much of one, and then problem() says why.
  bool take(const boost::json::value& call, Form form);

  /// The legacy `function_call` of a message: the one call of an answer that has no others.
  bool take_function(const boost::json::object& function);

  bool empty() const { return calls_.empty(); }

  /// The calls in the order in which they began, their arguments read; nothing when one is not whole or not a call, and
  /// then problem() says why. An id that the service left out is empty.
  std::optional<std::vector<ToolCall>> finish(JsonReader& reader);

  const std::string& problem() const { return problem_; }

 private:
  struct Partial {
    std::optional<std::int64_t> index;
    std::string id;
    std::string name;
    std::string arguments;                      ///< JSON text.
    std::optional<boost::json::object> object;  ///< Arguments that came as an object.
    JsonExtent extent;

    bool complete() const { return object || extent.complete(); }
  };
  struct Piece {
    std::optional<std::int64_t> index;
    std::string id;
    std::string_view name;
    std::string_view text;
    const boost::json::object* object = nullptr;

    bool has_arguments() const;
  };

  bool fail(std::string problem);
  bool read_piece(const boost::json::value& call, Piece& piece);
  bool read_id(const boost::json::object& call, Piece& piece);
  bool read_function(const boost::json::object& function, Piece& piece);
  /// The call that the piece goes on with; nullptr when it begins one.
  Partial* continued(const Piece& piece);
  bool add(Partial& call, const Piece& piece);
  bool finish_call(Partial& call, std::size_t number, JsonReader& reader, ToolCall& whole);

  std::vector<Partial> calls_;
  std::size_t argument_bytes_ = 0;
  std::string problem_;
};

}  // namespace core::detail
