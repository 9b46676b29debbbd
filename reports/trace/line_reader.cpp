#include "reports/trace/line_reader.h"

namespace reports {

/// At most to the end of a line: what writes into a pipe may be in no hurry to write the next one.
bool LineReader::read_more() {
  constexpr std::size_t kPiece = 64UL * 1024;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t before = buffer_.size();
  for (int c = 0; c != '\n' && buffer_.size() - before < kPiece;) {
    c = ::getc_unlocked(file_);
    if (c == EOF) break;
    buffer_ += static_cast<char>(c);
  }
  return buffer_.size() > before;
}

void LineReader::pass_over_line() {
  in_long_line_ = false;
  std::size_t end = buffer_.find('\n', begin_);
  while (end == std::string::npos) {
    begin_ = buffer_.size();
    if (!read_more()) return;
    end = buffer_.find('\n');
  }
  begin_ = end + 1;
}

std::optional<LineReader::Line> LineReader::next() {
  if (in_long_line_) pass_over_line();
  std::size_t searched = 0;
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(begin_);
    const std::size_t end = rest.find('\n', searched);
    const std::size_t length = end == std::string_view::npos ? rest.size() : end;
    if (length > kMaxLineBytes) {
      in_long_line_ = true;
      return Line{rest.substr(0, kMaxLineBytes), ++number_, false, true};
    }
    if (end != std::string_view::npos) {
      begin_ += end + 1;
      return Line{rest.substr(0, end), ++number_, true, false};
    }
    searched = rest.size();
    if (read_more()) continue;
    if (buffer_.empty()) return std::nullopt;
    begin_ = buffer_.size();
    return Line{buffer_, ++number_, false, false};
  }
}

}  // namespace reports
