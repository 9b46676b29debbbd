#include "reports/trace/line_reader.h"

namespace reports {

bool LineReader::read_more() {
  constexpr std::size_t kPiece = 64UL * 1024;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kPiece);
  const std::size_t count = std::fread(buffer_.data() + before, 1, kPiece, file_);
  buffer_.resize(before + count);
  return count > 0;
}

std::optional<LineReader::Line> LineReader::next() {
  std::size_t searched = 0;
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(begin_);
    const std::size_t end = rest.find('\n', searched);
    const std::size_t length = end == std::string_view::npos ? rest.size() : end;
    if (length > kMaxLineBytes) return Line{rest.substr(0, kMaxLineBytes), ++number_, false, true};
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
