// An answer as HTTP/1.1 bytes. Streams (NDJSON, server-sent events) are sent as the services send them: chunked, a
// chunk for each line or event. An answer that is to be cut says how long it would have been.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/answer.h"

namespace fakes::wire {

/// What of the request the answer's form depends on.
struct Framing {
  bool http_1_1 = true;
  bool keep_alive = true;
  bool head = false;  ///< The request's method: the answer has no body.
};

struct EncodedAnswer {
  std::string bytes;
  bool closes = false;  ///< The connection is closed behind it.
  /// As Respond::parts, of these bytes: the head is a part of its own where no byte of the body comes with it. Empty:
  /// all of it is sent at once.
  std::vector<BodyPart> parts = {};
};

/// A rule's own Content-Length, Transfer-Encoding and Connection are sent as they are, and the connection is closed
/// where the client could not tell where the answer ends. After a status below 200 nothing more comes.
EncodedAnswer encode_answer(const Respond& respond, const Framing& framing);

/// The start of a flood: the status line, and, where the body floods, the header block.
std::string encode_flood_start(const Flood& flood);
/// Something to go on with: a whole number of header lines, or of body bytes.
std::string_view flood_filler(const Flood& flood);

}  // namespace fakes::wire
