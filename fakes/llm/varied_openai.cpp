// Answers of OpenAI's protocol in the forms of docs/dialects.md.
#include <fmt/format.h>

#include <vector>

#include "fakes/llm/forms.h"
#include "fakes/llm/json_pieces.h"

namespace fakes {

namespace {

constexpr std::string_view kUsage = R"("usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})";
constexpr std::string_view kOtherChoice =
    R"({"index":1,"message":{"role":"assistant","content":"Another one."},"finish_reason":"stop"})";
constexpr std::int64_t kHugeIndex = 2'147'483'647;

std::string text_part(const std::string& text) {
  return R"({"type":"text","text":)" + text + "}";
}

class OpenAiWriter {
 public:
  OpenAiWriter(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp, const Form& form)
      : chat_(chat), reply_(reply), stamp_(stamp), form_(form), line_end_(line_end_text(form.line_end)) {}

  std::string whole() {
    const std::string choice = R"({"index":0,"message":)" + message() + R"(,"finish_reason":)" +
                               (form_.reason == Form::Reason::Missing ? "null" : quoted(word())) + "}";
    return head("chat.completion") + R"("choices":[)" + choice +
           (form_.other_choice ? "," + std::string(kOtherChoice) : std::string()) + "]}";
  }

  std::string stream() {
    if (form_.filter_chunks) event(head("") + R"("prompt_filter_results":[],"choices":[]})");
    if (form_.one_message) {
      event(whole());
    } else {
      write_chunks();
    }
    write_end();
    return std::move(out_);
  }

 private:
  std::string_view word() const { return reason_word(reply_, form_.synonym, stamp_.number); }

  std::string head(std::string_view kind) const {
    return fmt::format(R"({{"id":"chatcmpl-{:016x}","object":"{}",{}"model":{},)", stamp_.number, kind,
                       no_error_member(form_.no_error), quoted(chat_.model));
  }

  std::string role() const { return form_.role_empty ? R"("role":"",)" : R"("role":"assistant",)"; }

  std::string message() {
    std::string out = "{" + role();
    if (form_.thinking) out += R"("reasoning":"Hm.",)";
    const std::string text = content_text(reply_, form_);
    const std::string whole = whole_of(text, form_.escapes);
    if (form_.refusal && reply_.tools.empty() && !text.empty()) {
      return out + R"("content":null,"refusal":)" + whole + "}";
    }
    if (reply_.tools.empty() || !text.empty()) {
      out += R"("content":)" + (form_.content_parts ? parts_of(whole) : whole);
    } else {
      out += R"("content":null)";
    }
    if (form_.legacy_call) return out + R"(,"function_call":)" + function(0) + "}";
    for (std::size_t i = 0; i < reply_.tools.size(); ++i) {
      out += (i == 0 ? R"(,"tool_calls":[{)" : ",{") + call_head(i, 0) + R"("function":)" + function(i) + "}";
    }
    return out + (reply_.tools.empty() ? "}" : "]}");
  }

  static std::string parts_of(const std::string& text) {
    return R"([{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},)" + text_part(text) +
           R"(,{"type":"reference","reference_ids":[1]}])";
  }

  std::string arguments(std::string_view text) const {
    if (text != "{}") return form_.other_arguments ? std::string(text) : whole_of(text, form_.escapes);
    switch (form_.no_arguments) {
      case Form::NoArguments::Object:
      case Form::NoArguments::Missing:
        return form_.other_arguments ? "{}" : R"("{}")";
      case Form::NoArguments::Null:
        return "null";
      case Form::NoArguments::NullText:
        return R"("null")";
      case Form::NoArguments::EmptyText:
        return R"("")";
    }
    return "{}";
  }

  /// Name and arguments at once.
  std::string function(std::size_t call) const {
    const AskedTool& tool = reply_.tools[call];
    const std::string name = R"({"name":)" + quoted(tool.name);
    if (tool.arguments == "{}" && form_.no_arguments == Form::NoArguments::Missing) return name + "}";
    return name + R"(,"arguments":)" + arguments(tool.arguments) + "}";
  }

  /// The members of a call, those of its function left out. Calls and pieces are counted from 0.
  std::string call_head(std::size_t call, std::size_t piece) {
    std::string out = index(call, piece);
    const std::string id = call_id(form_, stamp_, call);
    const auto with_id = [&out](const std::string& text) { return out + R"("id":)" + text + R"(,"type":"function",)"; };
    switch (form_.id) {
      case Form::Id::Missing:
        return out + (piece == 0 ? R"("type":"function",)" : "");
      case Form::Id::Empty:
        return with_id(R"("")");
      case Form::Id::AnotherInEachPiece:
        return with_id(piece == 0 ? quoted(id) : fmt::format(R"("call_{:x}_{}_{}")", stamp_.number, call, piece));
      case Form::Id::Number:
        return piece == 0 ? with_id(id) : out;
      case Form::Id::Once:
        return piece == 0 ? with_id(quoted(id)) : out;
      case Form::Id::InEachPiece:
        return with_id(quoted(id));
    }
    return out;
  }

  std::string index(std::size_t call, std::size_t piece) {
    switch (form_.index) {
      case Form::Index::Own:
        return fmt::format(R"("index":{},)", call);
      case Form::Index::Missing:
        return "";
      case Form::Index::Zero:
        return R"("index":0,)";
      case Form::Index::Late:
        return piece == 0 ? "" : fmt::format(R"("index":{},)", call);
      case Form::Index::CountsPieces:
        return fmt::format(R"("index":{},)", pieces_++);
      case Form::Index::Huge:
        return fmt::format(R"("index":{},)", kHugeIndex - static_cast<std::int64_t>(call));
    }
    return "";
  }

  void write_chunks() {
    if (form_.thinking) delta("{" + role() + R"("content":null,"reasoning_content":"Hm."})");
    if (form_.other_choice) {
      event(head("chat.completion.chunk") +
            R"("choices":[{"index":1,"delta":{"content":"Another."},"finish_reason":null}]})");
    }
    write_text();
    for (std::size_t i = 0; i < reply_.tools.size(); ++i) write_call(i, i + 1 == reply_.tools.size());
    if (form_.filter_chunks) {
      event(head("") + R"("choices":[{"index":0,"finish_reason":null,"content_filter_results":{}}]})");
    }
    const bool missing = form_.reason == Form::Reason::Missing;
    if ((!missing && !reason_given_) || form_.whole_message_last) {
      const std::string part = form_.whole_message_last ? R"("message":)" + message() : R"("delta":{})";
      event(head("chat.completion.chunk") + R"("choices":[{"index":0,)" + part + R"(,"finish_reason":)" +
            (missing ? "null" : quoted(word())) + "}]}");
    }
    if (form_.stop_added && !missing) {
      event(head("chat.completion.chunk") + R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
    }
    if (form_.filter_chunks) event(head("") + R"("choices":[{"index":0,"finish_reason":null,"delta":null}]})");
  }

  void write_text() {
    const std::vector<std::string> pieces = pieces_of(content_text(reply_, form_), form_.escapes);
    const bool refuses = form_.refusal && reply_.tools.empty();
    for (const std::string& piece : pieces) {
      const std::string content = form_.content_parts && !refuses ? "[" + text_part(piece) + "]" : piece;
      delta((refuses ? R"({"refusal":)" : R"({"content":)") + content + "}",
            reply_.tools.empty() && &piece == &pieces.back());
    }
  }

  void write_call(std::size_t number, bool last_call) {
    const auto call = [this, number](std::size_t piece, const std::string& function, bool last) {
      delta(R"({"tool_calls":[{)" + call_head(number, piece) + R"("function":)" + function + "}]}", last);
    };
    if (form_.legacy_call) return delta(R"({"function_call":)" + function(number) + "}", last_call);
    const AskedTool& tool = reply_.tools[number];
    const bool at_once = form_.whole_calls || form_.other_arguments || tool.arguments == "{}";
    if (at_once) return call(0, function(number), last_call);
    const std::string name = R"("name":)" + quoted(tool.name);
    call(0, "{" + name + R"(,"arguments":""})", false);
    const std::string again = form_.id == Form::Id::InEachPiece ? name + ',' : std::string();
    const std::vector<std::string> pieces = pieces_of(tool.arguments, form_.escapes);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      call(i + 1, "{" + again + R"("arguments":)" + pieces[i] + "}", last_call && i + 1 == pieces.size());
    }
  }

  void write_end() {
    const std::string usage_head = head("chat.completion.chunk");
    if (form_.usage == Form::Usage::EmptyChoices) event(usage_head + R"("choices":[],)" + std::string(kUsage));
    if (form_.usage == Form::Usage::NullChoices) event(usage_head + R"("choices":null,)" + std::string(kUsage));
    if (form_.usage == Form::Usage::NoChoices) event(usage_head + std::string(kUsage));
    if (form_.end == Form::End::Torn) {
      out_ += "data: " + usage_head + R"("choices":[],"usage":{"prompt_to)";
      return;
    }
    if (form_.end != Form::End::NoDone) done();
    if (form_.end == Form::End::DoneTwice) done();
    if (form_.end == Form::End::MoreAfterDone) {
      out_ += ": bye";
      out_ += line_end_;
      event(usage_head + std::string(kUsage));
    }
    if (!form_.blank_line_at_end && out_.size() > line_end_.size()) out_.resize(out_.size() - line_end_.size());
  }

  void done() { event(form_.space_after_done ? "[DONE] " : "[DONE]"); }

  void delta(const std::string& members, bool last = false) {
    const bool in_each = form_.reason == Form::Reason::InEachChunk;
    const bool says = in_each || (last && form_.reason == Form::Reason::WithLast);
    reason_given_ |= says;
    const std::string_view none = form_.synonym ? R"("")" : "null";
    event(head("chat.completion.chunk") + R"("choices":[{"index":0,"delta":)" + members + R"(,"finish_reason":)" +
          (says ? quoted(word()) : std::string(none)) + "}]}");
  }

  void event(const std::string& data) {
    if (form_.comments) out_.append(": keep-alive").append(line_end_).append(line_end_);
    if (form_.null_chunks && !data.starts_with('[')) out_.append("data: null").append(line_end_).append(line_end_);
    const std::size_t place = data.find(R"("choices":)");
    if (form_.data_over_two_lines && place != std::string::npos) {
      out_.append("data: ").append(data, 0, place).append(line_end_);
      out_.append("data: ").append(data, place).append(line_end_).append(line_end_);
    } else {
      out_.append("data: ").append(data).append(line_end_).append(line_end_);
    }
  }

  const ChatRequest& chat_;
  const ModelReply& reply_;
  const ReplyStamp& stamp_;
  const Form& form_;
  const std::string_view line_end_;
  std::string out_;
  bool reason_given_ = false;
  std::uint64_t pieces_ = 0;  ///< Of calls, so far.
};

}  // namespace

std::string varied_openai_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form) {
  OpenAiWriter writer(chat, reply, stamp, form);
  return chat.stream ? writer.stream() : writer.whole();
}

}  // namespace fakes
