#include "fakes/llm/forms.h"

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

 private:
  core::Random random_;
  std::uint64_t next_ = 0;
};

}  // namespace

Form draw_form(const core::Random& random) {
  Draws draws(random);
  Form form;
  form.line_end = draws.one_of(Form::LineEnd::Cr);
  form.end = draws.one_of(Form::End::MoreAfterDone);
  form.id = draws.one_of(Form::Id::AnotherInEachPiece);
  form.usage = draws.one_of(Form::Usage::NoChoices);
  form.comments = draws.chance(30);
  form.null_chunks = draws.chance(15);
  form.filter_chunks = draws.chance(30);
  form.blank_line_at_end = draws.chance(70);
  form.data_over_two_lines = draws.chance(20);
  form.content_parts = draws.chance(25);
  form.reason_with_last = draws.chance(30);
  form.reason_missing = draws.chance(30);
  form.synonym = draws.chance(25);
  form.thinking = draws.chance(30);
  form.other_arguments = draws.chance(25);
  form.index = draws.chance(70);
  form.whole_calls = draws.chance(30);
  form.escapes = draws.chance(40);
  form.whole_message_last = draws.chance(15);
  form.message_in_last = draws.chance(60);
  return form;
}

std::string_view reason_word(const ModelReply& reply, bool synonym, std::uint64_t number) {
  if (!reply.finish.empty()) return reply.finish;
  constexpr std::array<std::string_view, 4> kStops = {"end_turn", "STOP", "eos_token", "completed"};
  constexpr std::array<std::string_view, 4> kCalls = {"tool_use", "TOOL_CALL", "stop", "function_call"};
  const bool calls = !reply.tools.empty();
  if (synonym) return (calls ? kCalls : kStops)[number % kStops.size()];
  return calls ? "tool_calls" : "stop";
}

}  // namespace fakes
