#include "fakes/llm/forms.h"

#include <fmt/format.h>

#include <array>

namespace fakes {

namespace {

class Draws {
 public:
  explicit Draws(const core::Random& random) : random_(random) {}
  bool chance(std::uint32_t percent) { return random_.chance(percent * 10'000, next_++); }
  template <class Enum>
  Enum one_of(Enum last) {
    return static_cast<Enum>(random_.between(0, static_cast<std::uint64_t>(last), next_++));
  }
  /// The first one as often as all others together.
  template <class Enum>
  Enum usual_or(Enum last) {
    const Enum drawn = one_of(last);
    return chance(50) ? Enum{} : drawn;
  }

 private:
  core::Random random_;
  std::uint64_t next_ = 0;
};

using Words = std::array<std::string_view, 6>;
constexpr Words kStops = {"end_turn", "STOP", "eos_token", "completed", "COMPLETE", "stop-sequence"};
constexpr Words kCalls = {"tool_use", "TOOL_CALL", "stop", "function_call", "tool-calls", "TOOL_CALLS"};
constexpr Words kCuts = {"max_tokens",        "MAX_TOKENS", "model_length",
                         "max_output_tokens", "max-tokens", "length: limit"};
constexpr Words kFilters = {"content-filter", "SAFETY",  "content_filter: RECITATION",
                            "sensitive",      "refusal", "guardrail_intervened"};
constexpr Words kTroubles = {"error", "network_error", "abort", "MALFORMED_FUNCTION_CALL", "ERROR", "unload"};

const Words& synonyms_of(const ModelReply& reply) {
  if (reply.finish.empty() || reply.finish == "stop" || reply.finish == "tool_calls") {
    return reply.tools.empty() ? kStops : kCalls;
  }
  if (reply.finish == "length" || reply.finish == "max_tokens") return kCuts;
  return reply.finish == "error" ? kTroubles : kFilters;
}

/// Whether the pieces of several calls can be told apart without an index of their own.
bool needs_index(const Form& form) {
  const bool has_ids = form.id != Form::Id::Missing && form.id != Form::Id::Empty;
  return !has_ids && form.no_arguments != Form::NoArguments::Object;
}

}  // namespace

Form draw_form(const core::Random& random) {
  Draws draws(random);
  Form form;
  form.line_end = draws.one_of(Form::LineEnd::Cr);
  form.end = draws.one_of(Form::End::Torn);
  form.reason = draws.one_of(Form::Reason::Missing);
  form.id = draws.one_of(Form::Id::Number);
  form.index = draws.usual_or(Form::Index::Huge);
  form.usage = draws.one_of(Form::Usage::NoChoices);
  form.no_arguments = draws.usual_or(Form::NoArguments::EmptyText);
  form.no_error = draws.usual_or(Form::NoError::EmptyText);
  form.thinking_alone = draws.one_of(Form::ThinkingAlone::TaggedUnfinished);
  form.last_message = draws.one_of(Form::LastMessage::Missing);
  form.comments = draws.chance(30);
  form.null_chunks = draws.chance(15);
  form.filter_chunks = draws.chance(30);
  form.other_choice = draws.chance(15);
  form.space_after_done = draws.chance(15);
  form.blank_line_at_end = draws.chance(70);
  form.data_over_two_lines = draws.chance(20);
  form.content_parts = draws.chance(25);
  form.refusal = draws.chance(5);
  form.synonym = draws.chance(40);
  form.stop_added = draws.chance(20);
  form.thinking = draws.chance(30);
  form.words_beside_calls = draws.chance(40);
  form.legacy_call = draws.chance(10);
  form.other_arguments = draws.chance(25);
  form.whole_calls = draws.chance(30);
  form.escapes = draws.chance(40);
  form.role_empty = draws.chance(15);
  form.one_message = draws.chance(5);
  form.whole_message_last = draws.chance(15);
  form.done_missing = draws.chance(20);
  return form;
}

Form form_for(Form form, const ModelReply& reply) {
  form.thinking |= !reply.thinking.empty();
  form.legacy_call &= reply.tools.size() == 1;
  // A word that the scenario asked for is said.
  if (!reply.finish.empty() && form.reason == Form::Reason::Missing) form.reason = Form::Reason::OwnChunk;
  // One of the two says that the answer is whole.
  const bool without_done = form.end == Form::End::NoDone || form.end == Form::End::Torn;
  if (without_done && form.reason == Form::Reason::Missing) form.end = Form::End::Done;
  for (const AskedTool& tool : reply.tools) form.other_arguments &= tool.arguments.ends_with('}');
  if (form.legacy_call || needs_index(form)) form.index = Form::Index::Own;
  const bool once = form.id == Form::Id::Once || form.id == Form::Id::Missing || form.id == Form::Id::Number;
  if (form.index == Form::Index::CountsPieces && !once) form.index = Form::Index::Own;
  if (form.index == Form::Index::Late && form.id == Form::Id::AnotherInEachPiece) form.id = Form::Id::Once;
  return form;
}

std::string call_id(const Form& form, const ReplyStamp& stamp, std::size_t call) {
  switch (form.id) {
    case Form::Id::Missing:
    case Form::Id::Empty:
      return {};
    case Form::Id::Number:
      return fmt::format("{}", stamp.number * 1000 + call);
    case Form::Id::AnotherInEachPiece:
      return fmt::format("call_{:016x}_{}_0", stamp.number, call);
    case Form::Id::Once:
    case Form::Id::InEachPiece:
      break;
  }
  return fmt::format("call_{:016x}_{}", stamp.number, call);
}

std::string_view reason_word(const ModelReply& reply, bool synonym, std::uint64_t number) {
  if (synonym) return synonyms_of(reply)[number % Words{}.size()];
  if (!reply.finish.empty()) return reply.finish;
  return reply.tools.empty() ? "stop" : "tool_calls";
}

std::string content_text(const ModelReply& reply, const Form& form) {
  if (reply.thinking.empty() || !reply.text.empty() || !reply.tools.empty()) return std::string(reply.text);
  const std::string thinking = "<think>" + std::string(reply.thinking);
  switch (form.thinking_alone) {
    case Form::ThinkingAlone::Field:
      return {};
    case Form::ThinkingAlone::Tagged:
      return thinking + "</think>";
    case Form::ThinkingAlone::TaggedWithLineEnds:
      return thinking + "</think>\n\n";
    case Form::ThinkingAlone::TaggedUnfinished:
      return thinking;
  }
  return {};
}

std::string_view no_error_member(Form::NoError no_error) {
  switch (no_error) {
    case Form::NoError::Absent:
      return "";
    case Form::NoError::Null:
      return R"("error":null,)";
    case Form::NoError::False:
      return R"("error":false,)";
    case Form::NoError::EmptyText:
      return R"("error":"",)";
  }
  return "";
}

std::string_view line_end_text(Form::LineEnd line_end) {
  switch (line_end) {
    case Form::LineEnd::Lf:
      return "\n";
    case Form::LineEnd::CrLf:
      return "\r\n";
    case Form::LineEnd::Cr:
      return "\r";
  }
  return "\n";
}

}  // namespace fakes
