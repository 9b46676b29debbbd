// Gathers an answer as libcurl hands it on, line by line and piece by piece, within the request's bounds. Interim
// answers (1xx) are passed over but counted; trailers are counted and dropped.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/http/http.h"

namespace core {

class AnswerReader {
 public:
  explicit AnswerReader(const HttpRequest& request)
      : header_bytes_left_(request.max_header_bytes), body_bytes_left_(request.max_body_bytes) {}

  /// False when the answer is larger than allowed.
  bool take_header_line(std::string_view line);
  bool take_body(std::string_view piece);

  bool begun() const { return place_ != Place::BeforeHead; }
  bool too_large() const { return too_large_; }

  /// What was gathered, of an exchange that libcurl calls complete: it does so too when a head was cut off.
  HttpResult finish() &&;

 private:
  enum class Place : std::uint8_t { BeforeHead, Head, Body };

  void begin_head(std::string_view status_line);
  void add_header(std::string_view line);

  std::size_t header_bytes_left_;
  std::size_t body_bytes_left_;
  Place place_ = Place::BeforeHead;
  bool too_large_ = false;
  HttpResponse response_;
};

}  // namespace core
