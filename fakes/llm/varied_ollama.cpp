// Answers of Ollama's protocol in the forms of docs/dialects.md.
#include <fmt/format.h>

#include "core/time/text.h"
#include "fakes/llm/forms.h"
#include "fakes/llm/json_pieces.h"

namespace fakes {

namespace {

class OllamaWriter {
 public:
  OllamaWriter(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp, const Form& form)
      : chat_(chat), reply_(reply), stamp_(stamp), form_(form), line_end_(line_end_text(form.line_end)) {}

  std::string whole() const {
    const std::string text = whole_of(content_text(reply_, form_), form_.escapes);
    return object(message(form_.content_parts ? parts_of(text) : text, 0, reply_.tools.size()) + ',' + end());
  }

  std::string stream() const {
    std::string out;
    if (form_.thinking) out += part(R"("message":{"role":"assistant","content":"","thinking":"Hm."})");
    for (const std::string& piece : pieces_of(content_text(reply_, form_), form_.escapes)) {
      out += part(message(form_.content_parts ? R"([{"type":"text","text":)" + piece + "}]" : piece, 0, 0));
    }
    // The last object has calls, too, with some servers.
    const bool calls_last = form_.reason == Form::Reason::WithLast && !reply_.tools.empty();
    const std::size_t before = reply_.tools.size() - (calls_last ? 1 : 0);
    if (form_.whole_calls && before > 0) out += part(message(R"("")", 0, before));
    for (std::size_t i = 0; !form_.whole_calls && i < before; ++i) out += part(message(R"("")", i, i + 1));
    out += object((calls_last ? message(R"("")", before, before + 1) + "," : last_message()) + end());
    if (form_.blank_line_at_end) out += line_end_;
    if (form_.end == Form::End::MoreAfterDone) out.append(line_end_).append(object(R"("done":true)")).append(line_end_);
    if (form_.end == Form::End::Torn) out.append(line_end_).append(R"({"model":"m","do)");
    return out;
  }

 private:
  static std::string parts_of(const std::string& text) {
    return R"([{"type":"image","url":"x"},{"type":"text","text":)" + text + "}]";
  }

  std::string object(const std::string& members) const {
    return fmt::format(R"({{"model":{},"created_at":"{}",{}{}}})", quoted(chat_.model),
                       core::format_utc(stamp_.created), no_error_member(form_.no_error), members);
  }

  /// An object before the last.
  std::string part(const std::string& members) const {
    return object(members + (form_.done_missing ? "" : R"(,"done":false)")) + std::string(line_end_);
  }

  std::string message(const std::string& content, std::size_t first, std::size_t end) const {
    std::string out = std::string(R"("message":{"role":)") + (form_.role_empty ? R"("")" : R"("assistant")") +
                      R"(,"content":)" + content;
    for (std::size_t i = first; i < end; ++i) {
      out += i == first ? R"(,"tool_calls":[)" : ",";
      const std::string id = call_id(form_, stamp_, i);
      out += id.empty() ? "{" : R"({"id":)" + (form_.id == Form::Id::Number ? id : quoted(id)) + ",";
      out += R"("function":{"name":)" + quoted(reply_.tools[i].name) + arguments(reply_.tools[i].arguments) + "}}";
    }
    return out + (first < end ? "]}" : "}");
  }

  /// With the comma and the member's name; empty: none.
  std::string arguments(std::string_view text) const {
    const std::string member = R"(,"arguments":)";
    if (text != "{}") return member + (form_.other_arguments ? whole_of(text, form_.escapes) : std::string(text));
    switch (form_.no_arguments) {
      case Form::NoArguments::Object:
        return member + "{}";
      case Form::NoArguments::Missing:
        return "";
      case Form::NoArguments::Null:
        return member + "null";
      case Form::NoArguments::NullText:
        return member + R"("null")";
      case Form::NoArguments::EmptyText:
        return member + R"("")";
    }
    return member + "{}";
  }

  std::string last_message() const {
    switch (form_.last_message) {
      case Form::LastMessage::Empty:
        return R"("message":{"role":"assistant","content":""},)";
      case Form::LastMessage::Null:
        return R"("message":null,)";
      case Form::LastMessage::Missing:
        return "";
    }
    return "";
  }

  std::string end() const {
    const std::string done = R"("done":true,"eval_count":1)";
    if (form_.reason == Form::Reason::Missing) return done;
    // What Ollama says of an answer with calls, too.
    const std::string_view word =
        reply_.finish.empty() && !form_.synonym ? "stop" : reason_word(reply_, form_.synonym, stamp_.number);
    return R"("done_reason":)" + quoted(word) + ',' + done;
  }

  const ChatRequest& chat_;
  const ModelReply& reply_;
  const ReplyStamp& stamp_;
  const Form& form_;
  const std::string_view line_end_;
};

}  // namespace

std::string varied_ollama_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form) {
  const OllamaWriter writer(chat, reply, stamp, form);
  return chat.stream ? writer.stream() : writer.whole();
}

}  // namespace fakes
