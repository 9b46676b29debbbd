// Keeps requests from saying more than they seem to: text from outside that made its way into a URL or a header must
// not become a header, a request or a host of its own.
#pragma once

#include <optional>
#include <string_view>

#include "core/http/http.h"

namespace core {

/// Why the request must not be sent, for people; nothing when it may. Methods and header names are tokens (RFC 9110
/// 5.6.2); values hold no control characters; URLs are absolute, http or https, printable ASCII, without a user's name.
/// The headers that frame a message are the transport's own.
std::optional<std::string_view> reason_not_to_send(const HttpRequest& request);

/// "https://host:port" of a URL that may be sent; it is what may be told of one.
std::string_view origin_of(std::string_view url);

}  // namespace core
