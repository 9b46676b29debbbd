#include "fakes/redis/protocol/request_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "fakes/redis/text.h"

namespace fakes::redis {

namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The character that an escape within double quotes stands for; takes it off `text`, which begins after the backslash.
char take_escape(std::string_view& text) {
  const char c = text.front();
  if (c == 'x' && text.size() >= 3 && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0) {
    const char byte = static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
    text.remove_prefix(3);
    return byte;
  }
  text.remove_prefix(1);
  constexpr std::string_view kNames = "nrtba", kMeanings = "\n\r\t\b\a";
  const std::size_t name = kNames.find(c);
  return name == std::string_view::npos ? c : kMeanings[name];
}

/// A word that begins with a quote, which `text` begins after. False: the closing quote is missing, or not the end.
bool take_quoted(std::string_view& text, char quote, std::string& word) {
  while (!text.empty() && text.front() != quote) {
    const bool escaped = text.front() == '\\' && text.size() > 1 && (quote == '"' || text[1] == '\'');
    if (escaped) text.remove_prefix(1);
    if (escaped && quote == '"') {
      word += take_escape(text);
    } else {
      word += text.front();
      text.remove_prefix(1);
    }
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  return text.empty() || is_space(text.front());
}

/// Of a command that is needed no more. Its memory serves for the next one.
constexpr std::size_t kMaxKeptBytes = 4096;
constexpr std::size_t kMaxKeptArguments = 128;
constexpr std::size_t kNotPlain = SIZE_MAX;

/// A line of `type` and a number of up to four digits, as clients write it, taken off `text`; kNotPlain for any other.
std::size_t take_small_number(std::string_view& text, char type) {
  if (text.size() < 4 || text[0] != type) return kNotPlain;
  std::size_t number = 0, at = 1;
  for (; at < 5 && at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = number * 10 + static_cast<std::size_t>(text[at] - '0');
  }
  const bool has_leading_zero = text[1] == '0' && at > 2;
  if (at == 1 || has_leading_zero || at + 2 > text.size() || text[at] != '\r') return kNotPlain;
  text.remove_prefix(at + 2);
  return number;
}

}  // namespace

bool split_words(std::string_view line, core::RedisCommand& words) {
  while (true) {
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    if (line.empty()) return true;
    std::string& word = words.emplace_back();
    while (!line.empty() && !is_space(line.front())) {
      const char c = line.front();
      line.remove_prefix(1);
      if (c != '"' && c != '\'') {
        word += c;
      } else if (!take_quoted(line, c, word)) {
        return false;
      }
    }
  }
}

RequestParser::Outcome RequestParser::parse(std::string_view& input) {
  if (stage_ == Stage::Start && take_whole(input)) return Outcome::Command;
  while (stage_ != Stage::Failed) {
    const std::size_t skipped = std::min(skip_, input.size());
    input.remove_prefix(skipped);
    skip_ -= skipped;
    if (input.empty()) return Outcome::NeedsMore;
    if (!step(input)) continue;
    if (stage_ == Stage::Failed) break;
    stage_ = Stage::Start;
    return Outcome::Command;
  }
  return Outcome::ProtocolError;
}

void RequestParser::forget_command() {
  if (command_bytes_ > kMaxKeptBytes || command_.size() > kMaxKeptArguments) core::RedisCommand().swap(command_);
}

bool RequestParser::take_whole(std::string_view& input) {
  std::string_view rest = input.substr(std::min(skip_, input.size()));
  const std::size_t count = take_small_number(rest, '*');
  // An argument has six bytes at least: memory is not taken for what is only announced.
  if (count == 0 || count > rest.size() / 6) return false;
  command_.resize(count);
  command_bytes_ = 0;
  for (std::string& argument : command_) {
    const std::size_t size = take_small_number(rest, '$');
    if (size == kNotPlain || size + 2 > rest.size()) return false;
    argument.assign(rest.substr(0, size));
    command_bytes_ += size;
    rest.remove_prefix(size + 2);
  }
  input = rest;
  skip_ = 0;
  return true;
}

bool RequestParser::step(std::string_view& input) {
  switch (stage_) {
    case Stage::Start:
      command_.clear();
      command_bytes_ = 0;
      stage_ = input.front() == '*' ? Stage::Count : Stage::Inline;
      return false;
    case Stage::Inline:
      return read_inline(input);
    case Stage::Count:
      return read_count(input);
    case Stage::BulkHeader:
      return read_bulk_header(input);
    case Stage::Bulk:
      return read_bulk(input);
    case Stage::BulkEnd:
      return read_bulk_end(input);
    case Stage::Failed:
      break;
  }
  return true;
}

RequestParser::Outcome RequestParser::fail(std::string_view what) {
  stage_ = Stage::Failed;
  error_ = fmt::format("ERR Protocol error: {}", what);
  return Outcome::ProtocolError;
}

/// Collects a line in line_, without its end. False when the end has not come, or never will.
bool RequestParser::take_line(std::string_view& input, char end, std::string_view too_long) {
  const std::size_t size = std::min(input.find(end), input.size());
  line_ += input.substr(0, size);
  const bool complete = size < input.size();
  input.remove_prefix(complete ? size + 1 : size);
  if (!complete && line_.size() > kMaxLineBytes) fail(too_long);
  return complete;
}

bool RequestParser::read_inline(std::string_view& input) {
  if (!take_line(input, '\n', "too big inline request")) return stage_ == Stage::Failed;
  const bool balanced = split_words(line_, command_);
  line_.clear();
  if (!balanced) fail("unbalanced quotes in request");
  // A line without a word is passed over.
  if (balanced && command_.empty()) stage_ = Stage::Start;
  return !balanced || !command_.empty();
}

bool RequestParser::read_count(std::string_view& input) {
  if (!take_line(input, '\r', "too big mbulk count string")) return stage_ == Stage::Failed;
  const auto count = parse_integer(std::string_view(line_).substr(1));
  line_.clear();
  skip_ = 1;
  if (!count || *count > static_cast<std::int64_t>(kMaxArguments)) {
    fail("invalid multibulk length");
    return true;
  }
  // No arguments, or fewer: not a command, and not an error.
  stage_ = *count <= 0 ? Stage::Start : Stage::BulkHeader;
  arguments_left_ = static_cast<std::size_t>(std::max<std::int64_t>(*count, 0));
  return false;
}

bool RequestParser::read_bulk_header(std::string_view& input) {
  if (!take_line(input, '\r', "too big bulk count string")) return stage_ == Stage::Failed;
  const std::optional<std::int64_t> size =
      line_.starts_with('$') ? parse_integer(std::string_view(line_).substr(1)) : std::nullopt;
  if (!line_.starts_with('$')) {
    fail(fmt::format("expected '$', got '{}'", line_.empty() ? ' ' : line_.front()));
    return true;
  }
  line_.clear();
  skip_ = 1;
  const auto bound = static_cast<std::int64_t>(std::min(kMaxBulkBytes, kMaxCommandBytes - command_bytes_));
  if (!size || *size < 0 || *size > bound) {
    fail("invalid bulk length");
    return true;
  }
  bulk_left_ = static_cast<std::size_t>(*size);
  command_bytes_ += bulk_left_;
  command_.emplace_back();
  stage_ = bulk_left_ == 0 ? Stage::BulkEnd : Stage::Bulk;
  return false;
}

/// Memory grows with what arrives, not with what was announced.
bool RequestParser::read_bulk(std::string_view& input) {
  const std::size_t size = std::min(bulk_left_, input.size());
  command_.back().append(input.substr(0, size));
  input.remove_prefix(size);
  bulk_left_ -= size;
  if (bulk_left_ == 0) stage_ = Stage::BulkEnd;
  return false;
}

/// Two bytes, whatever they are: Redis does not look either.
bool RequestParser::read_bulk_end(std::string_view& input) {
  line_ += input.front();
  input.remove_prefix(1);
  if (line_.size() < 2) return false;
  line_.clear();
  if (--arguments_left_ == 0) return true;
  stage_ = Stage::BulkHeader;
  return false;
}

}  // namespace fakes::redis
