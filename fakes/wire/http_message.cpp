#include "fakes/wire/http_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/http/status_text.h"

namespace fakes::wire {

namespace {

constexpr std::string_view kEnd = "\r\n";

bool has(const core::HttpHeaders& headers, std::string_view name) {
  return core::find_header(headers, name).has_value();
}

/// The end of a piece of a stream; empty for a body that is sent whole.
std::string_view piece_end(const core::HttpHeaders& headers) {
  const std::string_view type = core::find_header(headers, "content-type").value_or("");
  if (type.starts_with("application/x-ndjson")) return "\n";
  return type.starts_with("text/event-stream") ? "\n\n" : std::string_view();
}

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

/// Behind the last chunk.
constexpr std::string_view kEndOfChunks = "0\r\n\r\n";

/// Up to `sent` bytes of the body, each piece announced at its whole length.
void append_chunks(std::string& out, std::string_view body, std::size_t sent, std::string_view end) {
  while (!body.empty() && sent > 0) {
    const std::size_t found = body.find(end);
    const std::size_t size = found == std::string_view::npos ? body.size() : found + end.size();
    fmt::format_to(std::back_inserter(out), "{:x}\r\n", size);
    out += body.substr(0, std::min(size, sent));
    if (sent >= size) out += kEnd;
    sent -= std::min(size, sent);
    body.remove_prefix(size);
  }
}

/// Adds the body behind the head, and says where each of its parts ends.
std::vector<BodyPart> append_parts(std::string& out, const Respond& respond, std::string_view end) {
  const std::string_view body = respond.response.body;
  std::vector<BodyPart> parts;
  if (respond.parts.front().after > core::Duration::zero()) parts.push_back({out.size(), core::Duration::zero()});
  std::size_t begin = 0;
  for (const BodyPart& part : respond.parts) {
    const std::string_view piece = body.substr(begin, part.end - begin);
    begin = part.end;
    if (end.empty()) {
      out += piece;
    } else {
      append_chunks(out, piece, piece.size(), end);
      if (begin == body.size()) out += kEndOfChunks;
    }
    parts.push_back({out.size(), part.after});
  }
  return parts;
}

void append_status_line(std::string& out, int status) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, core::status_text(status));
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += kEnd;
}

}  // namespace

EncodedAnswer encode_answer(const Respond& respond, const Framing& framing) {
  const core::HttpResponse& response = respond.response;
  const std::string_view body = response.body;
  const bool own_framing = has(response.headers, "content-length") || has(response.headers, "transfer-encoding");
  const std::string_view end = framing.http_1_1 && !own_framing ? piece_end(response.headers) : std::string_view();
  const bool has_body = may_have_body(response.status) && !framing.head;
  const std::size_t sent = has_body ? std::min(body.size(), respond.body_bytes_sent) : 0;
  const bool is_cut = has_body && sent < body.size();

  EncodedAnswer answer;
  const auto connection = core::find_header(response.headers, "connection");
  answer.closes = !framing.keep_alive || is_cut || own_framing || response.status < 200 ||
                  (connection && core::equal_ignoring_case(*connection, "close"));
  std::string& out = answer.bytes;
  out.reserve(512 + body.size());
  append_status_line(out, response.status);
  for (const core::HttpHeader& header : response.headers) append_header(out, header.name, header.value);
  if (!own_framing && may_have_body(response.status)) {
    if (end.empty()) {
      append_header(out, "content-length", fmt::format_int(body.size()).str());
    } else {
      append_header(out, "transfer-encoding", "chunked");
    }
  }
  // What is to be cut is announced like any other.
  if (!connection && answer.closes && !is_cut) append_header(out, "connection", "close");
  if (!connection && !answer.closes && !framing.http_1_1) append_header(out, "connection", "keep-alive");
  out += kEnd;
  if (!has_body) return answer;
  if (!respond.parts.empty()) {
    answer.parts = append_parts(out, respond, end);
  } else if (end.empty()) {
    out += body.substr(0, sent);
  } else {
    append_chunks(out, body, sent, end);
    if (!is_cut) out += kEndOfChunks;
  }
  return answer;
}

std::string encode_flood_start(const Flood& flood) {
  std::string out;
  append_status_line(out, flood.status);
  if (flood.headers) return out;
  append_header(out, "content-type", "application/octet-stream");
  append_header(out, "content-length", fmt::format_int(flood.bytes).str());
  return out += kEnd;
}

std::string_view flood_filler(const Flood& flood) {
  static const std::string kBody(64 * 1024, ' ');
  static const std::string kHeaders = [] {
    std::string lines;
    for (int i = 0; i < 512; ++i) append_header(lines, "x-flood", std::string(117, 'f'));
    return lines;
  }();
  return flood.headers ? kHeaders : kBody;
}

}  // namespace fakes::wire
