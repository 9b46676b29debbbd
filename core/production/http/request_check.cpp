#include "core/production/http/request_check.h"

#include <algorithm>
#include <array>

#include "core/text/ascii.h"

namespace core {

namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::string_view kNeverInUrls = "\"<>\\^`{|}";
constexpr std::array<std::string_view, 7> kFraming = {
    "Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "Trailer"};

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || kTokenMarks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

bool is_url_text(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c > 0x20 && c < 0x7f && kNeverInUrls.find(c) == std::string_view::npos; });
}

/// How long "https://host:port" is; zero when the URL begins in another way.
std::size_t origin_length(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    return std::min(url.find_first_of("/?#", scheme.size()), url.size());
  }
  return 0;
}

bool frames_the_message(std::string_view name) {
  return std::ranges::any_of(kFraming, [name](std::string_view own) { return equal_ignoring_case(name, own); });
}

}  // namespace

std::optional<std::string_view> reason_not_to_send(const HttpRequest& request) {
  if (!is_token(request.method)) return "the method is not a token";
  if (!is_url_text(request.url)) return "the URL holds a character that must be percent-encoded";
  const std::string_view origin = origin_of(request.url);
  if (origin.empty()) return "the URL is neither http:// nor https://";
  if (origin.ends_with('/')) return "the URL names no host";
  if (origin.find('@') != std::string_view::npos) return "the URL names a user";
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name)) return "a header's name is not a token";
    if (!is_field_value(header.value)) return "a header's value holds a control character";
    if (frames_the_message(header.name)) return "a header is one of those that the transport writes itself";
  }
  return std::nullopt;
}

std::string_view origin_of(std::string_view url) {
  return url.substr(0, origin_length(url));
}

}  // namespace core
