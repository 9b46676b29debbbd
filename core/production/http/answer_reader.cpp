#include "core/production/http/answer_reader.h"

#include <charconv>
#include <string>
#include <utility>

#include "core/http/header_value.h"

namespace core {

namespace {

constexpr int kFirstFinalStatus = 200;
constexpr int kLastStatus = 599;

/// False, and nothing taken, when that is not left.
bool take_from(std::size_t& left, std::size_t bytes) {
  if (bytes > left) return false;
  left -= bytes;
  return true;
}

}  // namespace

bool AnswerReader::take_header_line(std::string_view line) {
  if (!take_from(header_bytes_left_, line.size())) {
    too_large_ = true;
    return false;
  }
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  switch (place_) {
    case Place::BeforeHead:
      if (line.starts_with("HTTP/")) begin_head(line);
      break;
    case Place::Head:
      if (line.empty()) {
        place_ = response_.status < kFirstFinalStatus ? Place::BeforeHead : Place::Body;
      } else {
        add_header(line);
      }
      break;
    case Place::Body:
      break;
  }
  return true;
}

bool AnswerReader::take_body(std::string_view piece) {
  if (!take_from(body_bytes_left_, piece.size())) {
    too_large_ = true;
    return false;
  }
  response_.body.append(piece);
  return true;
}

void AnswerReader::begin_head(std::string_view status_line) {
  place_ = Place::Head;
  response_.headers.clear();
  response_.status = 0;
  const std::size_t space = status_line.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view code = status_line.substr(space + 1);
  (void)std::from_chars(code.data(), code.data() + code.size(), response_.status);
}

void AnswerReader::add_header(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    // A value that goes on in the next line (RFC 9112 5.2).
    if (!response_.headers.empty()) response_.headers.back().value.append(" ").append(trimmed(line));
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  response_.headers.push_back(
      {std::string(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
}

HttpResult AnswerReader::finish() && {
  if (place_ != Place::Body) return TransportError::Truncated;
  if (response_.status > kLastStatus) return TransportError::BadMessage;
  return std::move(response_);
}

}  // namespace core
