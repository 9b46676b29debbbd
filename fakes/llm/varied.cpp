// Answers in the forms of docs/dialects.md.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/json/escape.h"
#include "core/time/text.h"
#include "fakes/llm/forms.h"

namespace fakes {

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  core::append_json_string(out, text);
  return out;
}

/// The text in UTF-16, which is what \u escapes are written in.
std::vector<std::uint16_t> units_of(std::string_view text) {
  std::vector<std::uint16_t> units;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [text](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<std::uint8_t>(text[at]));
    };
    const std::uint32_t lead = byte(i);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) point = point << 6 | (byte(i + k) & 0x3F);
    i += length;
    if (point >= 0x10000) {
      units.push_back(static_cast<std::uint16_t>(0xD800 + ((point - 0x10000) >> 10)));
      units.push_back(static_cast<std::uint16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    } else {
      units.push_back(static_cast<std::uint16_t>(point));
    }
  }
  return units;
}

/// JSON strings that make up the text. With escapes everything beyond ASCII is escaped, and a piece ends anywhere, also
/// between the halves of a pair.
std::vector<std::string> pieces_of(std::string_view text, bool escapes) {
  std::vector<std::string> pieces;
  if (!escapes) {
    for (std::string_view rest = text; !rest.empty();) pieces.push_back(quoted(take_piece(rest, text.size())));
    return pieces;
  }
  const std::vector<std::uint16_t> units = units_of(text);
  const std::size_t size = std::max<std::size_t>(9, units.size() / kMaxPieces + 1);
  for (std::size_t begin = 0; begin < units.size();) {
    std::size_t end = std::min(begin + size, units.size());
    // A pair near the end is the place to cut.
    const auto high = [&units](std::size_t at) { return units[at] >= 0xD800 && units[at] <= 0xDBFF; };
    for (std::size_t at = begin; at < end; ++at) {
      if (high(at)) end = at + 1;
    }
    std::string piece = "\"";
    for (std::size_t at = begin; at < end; ++at) {
      const std::uint16_t unit = units[at];
      if (unit < 0x20 || unit > 0x7E || unit == '"' || unit == '\\') {
        piece += fmt::format("\\u{:04x}", unit);
      } else {
        piece += static_cast<char>(unit);
      }
    }
    pieces.push_back(piece + '"');
    begin = end;
  }
  return pieces;
}

std::string whole_of(std::string_view text, bool escapes) {
  std::string out = "\"";
  for (const std::string& piece : pieces_of(text, escapes)) out += piece.substr(1, piece.size() - 2);
  return out + '"';
}

/// The answer's content as one value.
std::string content_of(std::string_view text, const Form& form) {
  const std::string whole = whole_of(text, form.escapes);
  if (!form.content_parts) return whole;
  return R"([{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":)" + whole + "}]";
}

std::string_view line_end_of(Form::LineEnd line_end) {
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

/// OpenAI's protocol.
class OpenAiWriter {
 public:
  OpenAiWriter(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp, const Form& form)
      : chat_(chat), reply_(reply), stamp_(stamp), form_(form), line_end_(line_end_of(form.line_end)) {}

  std::string whole() const {
    return head("chat.completion") + R"("choices":[{"index":0,"message":)" + message() + R"(,"finish_reason":)" +
           (form_.end == Form::End::DoneAlone ? "null" : quoted(word())) + "}]}";
  }

  std::string stream() {
    if (form_.filter_chunks) event(head("") + R"("prompt_filter_results":[],"choices":[]})");
    if (form_.thinking) delta(R"({"role":"assistant","content":null,"reasoning_content":"Hm."})");
    write_deltas();
    if (form_.filter_chunks) {
      event(head("") + R"("choices":[{"index":0,"finish_reason":null,"content_filter_results":{}}]})");
    }
    const bool with_reason = form_.end != Form::End::DoneAlone && !reason_given_;
    const bool repeats = form_.whole_message_last && form_.end != Form::End::DoneAlone;
    if (with_reason || repeats) {
      const std::string part = repeats ? R"("message":)" + message() : R"("delta":{})";
      event(head("chat.completion.chunk") + R"("choices":[{"index":0,)" + part + R"(,"finish_reason":)" +
            quoted(word()) + "}]}");
    }
    if (form_.filter_chunks) {
      event(head("") + R"("choices":[{"index":0,"finish_reason":null,"delta":null}]})");
    }
    write_end();
    return std::move(out_);
  }

 private:
  std::string_view word() const { return reason_word(reply_, form_.synonym, stamp_.number); }

  std::string head(std::string_view kind) const {
    return fmt::format(R"({{"id":"chatcmpl-{:016x}","object":"{}","model":{},)", stamp_.number, kind,
                       quoted(chat_.model));
  }

  std::string arguments() const {
    return form_.other_arguments ? std::string(reply_.tools[0].arguments)
                                 : whole_of(reply_.tools[0].arguments, form_.escapes);
  }

  /// The members of a call, those of its function left out. `piece` counts from 0.
  std::string call_head(std::uint64_t piece) const {
    std::string out = form_.index ? R"("index":0,)" : "";
    const bool first = piece == 0;
    switch (form_.id) {
      case Form::Id::Missing:
        return out + (first ? R"("type":"function",)" : "");
      case Form::Id::Empty:
        return out + R"("id":"","type":"function",)";
      case Form::Id::AnotherInEachPiece:
        return out + fmt::format(R"("id":"call_{:016x}_{}","type":"function",)", stamp_.number, piece);
      case Form::Id::Once:
        if (!first) return out;
        break;
      case Form::Id::InEachPiece:
        break;
    }
    return out + fmt::format(R"("id":"call_{:016x}","type":"function",)", stamp_.number);
  }

  std::string message() const {
    const std::string thinking = form_.thinking ? R"("reasoning":"Hm.",)" : "";
    if (reply_.tools.empty())
      return R"({"role":"assistant",)" + thinking + R"("content":)" + content_of(reply_.text, form_) + "}";
    return R"({"role":"assistant",)" + thinking + R"("content":null,"tool_calls":[{)" + call_head(0) +
           R"("function":{"name":)" + quoted(reply_.tools[0].name) + R"(,"arguments":)" + arguments() + "}}]}";
  }

  void write_deltas() {
    if (!reply_.tools.empty()) return write_call();
    const std::vector<std::string> pieces = pieces_of(reply_.text, form_.escapes);
    for (const std::string& piece : pieces) {
      const std::string content = form_.content_parts ? R"([{"type":"text","text":)" + piece + "}]" : piece;
      delta(R"({"content":)" + content + "}", &piece == &pieces.back());
    }
  }

  void write_call() {
    const auto call = [this](std::uint64_t piece, const std::string& function, bool last) {
      delta(R"({"tool_calls":[{)" + call_head(piece) + R"("function":{)" + function + "}}]}", last);
    };
    const std::string name = R"("name":)" + quoted(reply_.tools[0].name);
    if (form_.whole_calls || form_.other_arguments) return call(0, name + R"(,"arguments":)" + arguments(), true);
    const bool repeats_name = form_.id == Form::Id::InEachPiece;
    call(0, name + R"(,"arguments":"")", false);
    const std::vector<std::string> pieces = pieces_of(reply_.tools[0].arguments, form_.escapes);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      call(i + 1, (repeats_name ? name + ',' : std::string()) + R"("arguments":)" + pieces[i], i + 1 == pieces.size());
    }
  }

  void write_end() {
    constexpr std::string_view kUsage = R"("usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})";
    const std::string usage_head = head("chat.completion.chunk");
    if (form_.usage == Form::Usage::EmptyChoices) event(usage_head + R"("choices":[],)" + std::string(kUsage));
    if (form_.usage == Form::Usage::NullChoices) event(usage_head + R"("choices":null,)" + std::string(kUsage));
    if (form_.usage == Form::Usage::NoChoices) event(usage_head + std::string(kUsage));
    if (form_.end != Form::End::ReasonAlone) event("[DONE]");
    if (form_.end == Form::End::DoneTwice) event("[DONE]");
    if (form_.end == Form::End::MoreAfterDone) {
      out_ += ": bye";
      out_ += line_end_;
      event(usage_head + std::string(kUsage));
    }
    if (!form_.blank_line_at_end && out_.size() > line_end_.size()) out_.resize(out_.size() - line_end_.size());
  }

  void delta(const std::string& members, bool last = false) {
    const bool reason = last && form_.reason_with_last && form_.end != Form::End::DoneAlone;
    reason_given_ |= reason;
    event(head("chat.completion.chunk") + R"("choices":[{"index":0,"delta":)" + members + R"(,"finish_reason":)" +
          (reason          ? quoted(word())
           : form_.synonym ? "\"\""
                           : "null") +
          "}]}");
  }

  void event(const std::string& data) {
    if (form_.comments) out_.append(": keep-alive").append(line_end_).append(line_end_);
    if (form_.null_chunks && data != "[DONE]") out_.append("data: null").append(line_end_).append(line_end_);
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
};

/// Ollama's protocol.
class OllamaWriter {
 public:
  OllamaWriter(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp, const Form& form)
      : chat_(chat), reply_(reply), stamp_(stamp), form_(form) {}

  std::string whole() const { return object(R"("message":)" + message(content_of(reply_.text, form_)) + ',' + end()); }

  std::string stream() const {
    const std::string line_end(line_end_of(form_.line_end));
    const std::string_view open = R"("done":false)";
    std::string out;
    if (form_.thinking) {
      out += object(R"("message":{"role":"assistant","content":"","thinking":"Hm."},)" + std::string(open)) + line_end;
    }
    if (reply_.tools.empty()) {
      for (const std::string& piece : pieces_of(reply_.text, form_.escapes)) {
        const std::string content = form_.content_parts ? R"([{"type":"text","text":)" + piece + "}]" : piece;
        out += object(R"("message":)" + message(content) + ',' + std::string(open)) + line_end;
      }
    } else if (!form_.reason_with_last) {
      out += object(R"("message":)" + message("\"\"") + ',' + std::string(open)) + line_end;
    }
    // Tool calls have been seen in the last object, too.
    const bool calls_last = !reply_.tools.empty() && form_.reason_with_last;
    std::string last;
    if (calls_last) {
      last = R"("message":)" + message("\"\"") + ',';
    } else if (form_.message_in_last) {
      last = R"("message":{"role":"assistant","content":""},)";
    }
    out += object(last + end());
    if (form_.blank_line_at_end) out += line_end;
    if (form_.end == Form::End::MoreAfterDone) out += line_end + object(R"("done":true)") + line_end;
    return out;
  }

 private:
  std::string object(const std::string& members) const {
    return R"({"model":)" + quoted(chat_.model) + R"(,"created_at":")" + core::format_utc(stamp_.created) + R"(",)" +
           members + "}";
  }

  std::string message(const std::string& content) const {
    std::string out = R"({"role":"assistant","content":)" + (reply_.tools.empty() ? content : "\"\"");
    if (!reply_.tools.empty()) {
      out += R"(,"tool_calls":[{)";
      if (form_.id == Form::Id::InEachPiece) out += fmt::format(R"("id":"call_{:016x}",)", stamp_.number);
      out += R"("function":{"name":)" + quoted(reply_.tools[0].name) + R"(,"arguments":)";
      out += form_.other_arguments ? whole_of(reply_.tools[0].arguments, form_.escapes)
                                   : std::string(reply_.tools[0].arguments);
      out += "}}]";
    }
    return out + '}';
  }

  std::string end() const {
    const std::string_view word = reply_.finish.empty() ? std::string_view("stop") : reply_.finish;
    const bool missing = form_.reason_missing && reply_.finish.empty();
    return (missing ? std::string() : R"("done_reason":)" + quoted(word) + ',') + R"("done":true,"eval_count":1)";
  }

  const ChatRequest& chat_;
  const ModelReply& reply_;
  const ReplyStamp& stamp_;
  const Form& form_;
};

}  // namespace

std::string varied_openai_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form) {
  OpenAiWriter writer(chat, reply, stamp, form);
  return chat.stream ? writer.stream() : writer.whole();
}

std::string varied_ollama_chat(const ChatRequest& chat, const ModelReply& reply, const ReplyStamp& stamp,
                               const Form& form) {
  const OllamaWriter writer(chat, reply, stamp, form);
  return chat.stream ? writer.stream() : writer.whole();
}

}  // namespace fakes
