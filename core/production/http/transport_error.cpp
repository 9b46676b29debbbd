#include "core/production/http/transport_error.h"

namespace core {

TransportError transport_error(CURLcode code, Progress progress) {
  // Names that do not resolve, refused and timed out connections, proxies that say no, certificates that do not
  // convince: whatever it was, nobody has seen the request.
  if (progress == Progress::NotSent) return TransportError::Refused;

  switch (code) {
    // A limit of libcurl's own. The one that is set, for connecting, ends before anything is sent.
    case CURLE_OPERATION_TIMEDOUT:
      return TransportError::Timeout;

    // Stopped by the reader of the answer, or by libcurl's bound on one line of a head (100 KiB).
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_OUT_OF_MEMORY:
      return TransportError::TooLarge;

    // No status line (libcurl takes that for HTTP/0.9, which is not allowed), lengths that are none.
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return TransportError::BadMessage;

    // The connection ended or failed under the exchange: CURLE_GOT_NOTHING, CURLE_RECV_ERROR (a malformed chunk is one
    // too), CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, errors of TLS, a request that libcurl wanted to send a
    // second time (CURLE_ABORTED_BY_CALLBACK), and CURLE_PARTIAL_FILE: fewer bytes than Content-Length or the chunks
    // promised, but with HTTP/2 also none at all.
    default:
      return progress == Progress::Answering ? TransportError::Truncated : TransportError::Reset;
  }
}

TransportError overdue_error(Progress progress, TransportError overdue) {
  return progress == Progress::NotSent ? TransportError::Refused : overdue;
}

}  // namespace core
