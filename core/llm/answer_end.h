// Why a model's answer ended, and the words that services have for it. The words are a table: docs/dialects.md tells
// whose each of them is. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace core {

enum class AnswerEnd : std::uint8_t {
  Stop,       ///< The model had said what it wanted to say.
  ToolCalls,  ///< The model waits for its tools.
  Length,     ///< The answer was cut at the output's or the context's limit.
  Filtered,   ///< A content filter cut the answer or withheld it.
};

/// The end that `reason` (finish_reason, done_reason) names, in any case. A missing reason, an empty one, and the words
/// "null" and "none" that stand for it, are Stop. Nothing for a word that names trouble of the server ("error"), and
/// for one that no table has.
std::optional<AnswerEnd> end_named(std::string_view reason);

/// Whether `reason` says nothing, as finish_reason does in all chunks but the last.
bool is_no_reason(std::string_view reason);

/// Whether the answer lacks a part that the model had meant to give.
constexpr bool is_cut(AnswerEnd end) {
  return end == AnswerEnd::Length || end == AnswerEnd::Filtered;
}

}  // namespace core
