#include "core/llm/event_stream.h"

#include <algorithm>

namespace core::detail {

EventStream::EventStream(std::string_view body) : rest_(body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

std::string_view EventStream::take_line() {
  // Faster than find_first_of(), which calls memchr() for each character of the text.
  const auto end = std::ranges::find_if(rest_, [](char c) { return c == '\n' || c == '\r'; });
  const auto length = static_cast<std::size_t>(end - rest_.begin());
  const std::string_view line = rest_.substr(0, length);
  const bool two = rest_.substr(length).starts_with("\r\n");
  rest_.remove_prefix(std::min(length + (two ? 2 : 1), rest_.size()));
  return line;
}

std::optional<StreamEvent> EventStream::next() {
  StreamEvent event;
  std::size_t data_lines = 0;
  while (!rest_.empty()) {
    const std::string_view line = take_line();
    if (line.empty()) {
      if (!event.data.empty()) return event;
      event = {};
      data_lines = 0;
      continue;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") event.type = value;
    const bool is_error = field == "error" && value.starts_with('{');
    if (is_error) event.type = field;
    if (field != "data" && !is_error) continue;  // Comments have an empty name; id and retry mean nothing here.
    if (data_lines == 0) {
      event.data = value;
    } else {
      if (data_lines == 1) joined_ = event.data;
      joined_ += '\n';
      joined_ += value;
      event.data = joined_;
    }
    ++data_lines;
  }
  if (event.data.empty()) return std::nullopt;
  return event;
}

}  // namespace core::detail
