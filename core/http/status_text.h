// The names of HTTP statuses (RFC 9110, and RFC 6585 for 428, 429, 431 and 511), for logs and messages.
#pragma once

#include <string_view>

namespace core {

/// "Too Many Requests"; for a status without a name, that of its class ("Client Error"); empty outside 100-599.
std::string_view status_text(int status);

}  // namespace core
