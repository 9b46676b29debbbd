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

/// One form. What the protocol or the answer at hand has no use for is passed over.
struct Form {
  enum class LineEnd : std::uint8_t { Lf, CrLf, Cr };
  /// How the stream ends. Torn: within a chunk after the reason, as a body that ends with its connection may.
  enum class End : std::uint8_t { Done, DoneTwice, NoDone, MoreAfterDone, Torn };
  enum class Reason : std::uint8_t { OwnChunk, WithLast, InEachChunk, Missing };
  enum class Id : std::uint8_t { Once, Missing, Empty, InEachPiece, AnotherInEachPiece, Number };
  /// Late: not in a call's first piece. CountsPieces: that of the piece, not of the call.
  enum class Index : std::uint8_t { Own, Missing, Zero, Late, CountsPieces, Huge };
  enum class Usage : std::uint8_t { None, EmptyChoices, NullChoices, NoChoices };
  /// How arguments are written that are none.
  enum class NoArguments : std::uint8_t { Object, Missing, Null, NullText, EmptyText };
  /// An `error` member that says that there is none.
  enum class NoError : std::uint8_t { Absent, Null, False, EmptyText };
  /// Where a model's thinking stands that says nothing else.
  enum class ThinkingAlone : std::uint8_t { Field, Tagged, TaggedWithLineEnds, TaggedUnfinished };
  /// Ollama's last object.
  enum class LastMessage : std::uint8_t { Empty, Null, Missing };

  LineEnd line_end = LineEnd::Lf;
  End end = End::Done;
  Reason reason = Reason::OwnChunk;
  Id id = Id::Once;
  Index index = Index::Own;
  Usage usage = Usage::None;
  NoArguments no_arguments = NoArguments::Object;
  NoError no_error = NoError::Absent;
  ThinkingAlone thinking_alone = ThinkingAlone::Field;
  LastMessage last_message = LastMessage::Empty;
  bool comments = false;       ///< ": keep-alive" between the events.
  bool null_chunks = false;    ///< "data: null" between the events.
  bool filter_chunks = false;  ///< Azure's: no choice, a choice without a delta, a null delta.
  bool other_choice = false;   ///< A second choice, which nobody asked for.
  bool space_after_done = false;
  bool blank_line_at_end = true;
  bool data_over_two_lines = false;
  bool content_parts = false;  ///< The content is a list: thinking, then text, then what is neither.
  bool refusal = false;        ///< A text is in `refusal`, with no content.
  bool synonym = false;        ///< Another word for the same end.
  bool stop_added = false;     ///< A chunk that says "stop" after the reason.
  bool thinking = false;       ///< Before the answer, in a separate field.
  bool words_beside_calls = false;
  bool legacy_call = false;      ///< `function_call`, where there is one call.
  bool other_arguments = false;  ///< An object where text is usual, and the reverse.
  bool whole_calls = false;      ///< A tool call in one piece.
  bool escapes = false;          ///< \u escapes, surrogate pairs over two chunks.
  bool role_empty = false;
  bool one_message = false;         ///< A stream of one whole message.
  bool whole_message_last = false;  ///< A stream's last chunk says the whole message again.
  bool done_missing = false;        ///< Ollama: in the objects before the last.
};

Form draw_form(const core::Random& random);

/// The form, but for what would make this answer another one, or none.
Form form_for(Form form, const ModelReply& reply);

std::string varied_openai_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form);
std::string varied_ollama_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form);

/// An error of that status (400 to 599) as the body of an answer whose own status is 200.
std::string varied_openai_error(bool stream, int status, const core::Random& random);
std::string varied_ollama_error(int status, const core::Random& random);

/// The id that the form gives to one of the answer's calls, counted from 0; empty: none.
std::string call_id(const Form& form, const ReplyStamp& stamp, std::size_t call);

/// The reply's finish, or the usual word for it; with `synonym` another one. Never empty.
std::string_view reason_word(const ModelReply& reply, bool synonym, std::uint64_t number);

/// The content of a message: the reply's text, or its thinking where there is nothing else and the form says so.
std::string content_text(const ModelReply& reply, const Form& form);

/// `"error":...,` in one of the ways to say that there is none.
std::string_view no_error_member(Form::NoError no_error);

std::string_view line_end_text(Form::LineEnd line_end);

}  // namespace fakes
