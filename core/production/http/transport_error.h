// What libcurl's end of a transfer means to the core. The core decides by it whether the far end may have acted on the
// request, so that is what decides here too, before any code: the request's first byte may have gone out, or it cannot.
#pragma once

#include <curl/curl.h>

#include <cstdint>

#include "core/http/http.h"

namespace core {

/// How far an exchange got. Steps are never taken back, also when libcurl goes to another connection.
enum class Progress : std::uint8_t {
  NotSent,    ///< Resolving, connecting, shaking hands, asking a proxy: no byte of the request has left.
  Sent,       ///< A part of the request, or all of it, may have left.
  Answering,  ///< A part of the final answer's head is here.
};

/// Of an exchange that ended with a `code` other than CURLE_OK.
TransportError transport_error(CURLcode code, Progress progress);

/// Of an exchange that had not ended in time; `overdue` says which time that was.
TransportError overdue_error(Progress progress, TransportError overdue = TransportError::Timeout);

}  // namespace core
