// A file's lines, one at a time, in bounded memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace reports {

class LineReader {
 public:
  static constexpr std::size_t kMaxLineBytes = 1024UL * 1024;

  struct Line {
    std::string_view text;  ///< Without its line feed; good until the next call of next().
    std::uint32_t number;   ///< From 1.
    bool ended;             ///< By a line feed; only the file's last line may be without.
    bool too_long;          ///< `text` is only its beginning; next() passes over the rest.
  };

  /// `file` is open for as long as lines are read.
  explicit LineReader(std::FILE* file) : file_(file) {}

  /// Nothing at the end of the file, or when it cannot be read any further: std::ferror tells.
  std::optional<Line> next();

 private:
  bool read_more();
  void pass_over_line();

  std::FILE* file_;
  std::string buffer_;
  std::size_t begin_ = 0;  ///< Of what has not been handed out.
  std::uint32_t number_ = 0;
  bool in_long_line_ = false;
};

}  // namespace reports
