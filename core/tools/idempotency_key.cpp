#include "core/tools/idempotency_key.h"

#include <fmt/compile.h>

#include <algorithm>

#include "core/digest/digest.h"
#include "core/digest/hmac.h"
#include "core/text/ascii.h"
#include "core/text/compose.h"

namespace core {

namespace {

constexpr std::string_view kMarkerBegin = "<!-- rehearse:";
constexpr std::string_view kMarkerEnd = " -->";

/// No two effects have the same.
std::string effect_of(std::string_view job, std::string_view tool, std::uint32_t ordinal) {
  return compose(FMT_COMPILE("{}:{}:{}:{}"), job.size(), job, tool, ordinal);
}

}  // namespace

std::string idempotency_key(std::string_view secret, std::string_view job, std::string_view tool,
                            std::uint32_t ordinal) {
  return hmac_of(secret, effect_of(job, tool, ordinal));
}

std::string older_idempotency_key(std::string_view job, std::string_view tool, std::uint32_t ordinal) {
  return digest_of(effect_of(job, tool, ordinal));
}

std::string marker_of(std::string_view key) {
  return compose(FMT_COMPILE("{}{}{}"), kMarkerBegin, key, kMarkerEnd);
}

std::string markers_in(std::string_view text) {
  std::string markers;
  for (std::size_t at = text.find(kMarkerBegin); at != std::string_view::npos; at = text.find(kMarkerBegin, at + 1)) {
    const std::size_t key = at + kMarkerBegin.size();
    const std::size_t end = std::min(text.find_first_not_of("0123456789abcdef", key), text.size());
    if (end > key && text.substr(end).starts_with(kMarkerEnd)) markers += marker_of(text.substr(key, end - key));
  }
  return markers;
}

std::string without_markers(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    clean += text[i++];
    if (!clean.ends_with(kMarkerBegin)) continue;
    // What is before a marker and what is after it may be a marker's beginning together: it is looked at as one text.
    clean.resize(clean.size() - kMarkerBegin.size());
    std::size_t end = i;
    while (end < text.size() && (is_digit(text[end]) || (text[end] >= 'a' && text[end] <= 'f'))) ++end;
    if (text.substr(end).starts_with(kMarkerEnd)) i = end + kMarkerEnd.size();
  }
  return clean;
}

}  // namespace core
