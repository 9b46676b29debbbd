// The forms in which real services write one and the same answer down (docs/dialects.md): line ends, chunks that carry
// no part of the answer, ends without the usual words, tool calls in pieces of all kinds. All of them are legal in the
// sense that a client must read the same answer out of them.
#pragma once

#include <cstdint>
#include <string>

#include "core/random/random.h"
#include "fakes/llm/chat_request.h"
#include "fakes/llm/model_reply.h"

namespace fakes {

/// One form.
struct Form {
  enum class LineEnd : std::uint8_t { Lf, CrLf, Cr };
  enum class End : std::uint8_t { ReasonAndDone, DoneTwice, ReasonAlone, DoneAlone, MoreAfterDone };
  enum class Id : std::uint8_t { Once, Missing, Empty, InEachPiece, AnotherInEachPiece };
  enum class Usage : std::uint8_t { None, EmptyChoices, NullChoices, NoChoices };

  LineEnd line_end = LineEnd::Lf;
  End end = End::ReasonAndDone;
  Id id = Id::Once;
  Usage usage = Usage::None;
  bool comments = false;       ///< ": keep-alive" between the events.
  bool null_chunks = false;    ///< "data: null" between the events.
  bool filter_chunks = false;  ///< Azure's: no choice, a choice without a delta, a null delta.
  bool blank_line_at_end = true;
  bool data_over_two_lines = false;
  bool content_parts = false;       ///< The content is a list: thinking, then text.
  bool reason_with_last = false;    ///< finish_reason in the last chunk that has content.
  bool reason_missing = false;      ///< Ollama: done without done_reason.
  bool synonym = false;             ///< Another word for the same end.
  bool thinking = false;            ///< Before the answer, in a field of its own.
  bool other_arguments = false;     ///< An object where text is usual, and the reverse.
  bool index = true;                ///< Whether pieces of tool calls say theirs.
  bool whole_calls = false;         ///< A tool call in one piece.
  bool escapes = false;             ///< \u escapes, surrogate pairs over two chunks.
  bool whole_message_last = false;  ///< A stream's last chunk says the whole message again.
  bool message_in_last = true;      ///< Ollama: the last object has a message.
};

Form draw_form(const core::Random& random);

std::string varied_openai_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form);
std::string varied_ollama_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form);

/// The reply's finish, or the usual word for it; with `synonym` another one. Never empty.
std::string_view reason_word(const ModelReply& reply, bool synonym, std::uint64_t number);

}  // namespace fakes
