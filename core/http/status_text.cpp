#include "core/http/status_text.h"

#include <array>

namespace core {

namespace {

struct Name {
  int status;
  std::string_view text;
};
constexpr std::array kNames = std::to_array<Name>({{100, "Continue"},
                                                   {101, "Switching Protocols"},
                                                   {200, "OK"},
                                                   {201, "Created"},
                                                   {202, "Accepted"},
                                                   {203, "Non-Authoritative Information"},
                                                   {204, "No Content"},
                                                   {205, "Reset Content"},
                                                   {206, "Partial Content"},
                                                   {300, "Multiple Choices"},
                                                   {301, "Moved Permanently"},
                                                   {302, "Found"},
                                                   {303, "See Other"},
                                                   {304, "Not Modified"},
                                                   {305, "Use Proxy"},
                                                   {307, "Temporary Redirect"},
                                                   {308, "Permanent Redirect"},
                                                   {400, "Bad Request"},
                                                   {401, "Unauthorized"},
                                                   {402, "Payment Required"},
                                                   {403, "Forbidden"},
                                                   {404, "Not Found"},
                                                   {405, "Method Not Allowed"},
                                                   {406, "Not Acceptable"},
                                                   {407, "Proxy Authentication Required"},
                                                   {408, "Request Timeout"},
                                                   {409, "Conflict"},
                                                   {410, "Gone"},
                                                   {411, "Length Required"},
                                                   {412, "Precondition Failed"},
                                                   {413, "Content Too Large"},
                                                   {414, "URI Too Long"},
                                                   {415, "Unsupported Media Type"},
                                                   {416, "Range Not Satisfiable"},
                                                   {417, "Expectation Failed"},
                                                   {421, "Misdirected Request"},
                                                   {422, "Unprocessable Content"},
                                                   {426, "Upgrade Required"},
                                                   {428, "Precondition Required"},
                                                   {429, "Too Many Requests"},
                                                   {431, "Request Header Fields Too Large"},
                                                   {500, "Internal Server Error"},
                                                   {501, "Not Implemented"},
                                                   {502, "Bad Gateway"},
                                                   {503, "Service Unavailable"},
                                                   {504, "Gateway Timeout"},
                                                   {505, "HTTP Version Not Supported"},
                                                   {511, "Network Authentication Required"}});
constexpr std::array<std::string_view, 6> kClasses = {"",         "Informational", "Success",
                                                      "Redirect", "Client Error",  "Server Error"};

}  // namespace

std::string_view status_text(int status) {
  for (const Name& name : kNames) {
    if (name.status == status) return name.text;
  }
  return status >= 100 && status <= 599 ? kClasses[static_cast<std::size_t>(status / 100)] : std::string_view();
}

}  // namespace core
