// When an answer was made, by the clock of who made it.
#pragma once

#include <optional>

#include "core/http/header_value.h"
#include "core/http/http.h"
#include "core/time/text.h"
#include "core/time/time.h"

namespace core {

/// Its Date header; nothing where there is none that can be read.
inline std::optional<WallTime> date_of(const HttpResponse& answer) {
  const auto header = find_header(answer.headers, "date");
  return header ? parse_http_date(trimmed(*header)) : std::nullopt;
}

}  // namespace core
