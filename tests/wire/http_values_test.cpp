// The parts of the transport that are pure: what libcurl's codes mean, and how an answer is gathered.
#include <gtest/gtest.h>

#include <string>

#include "core/production/http/answer_reader.h"
#include "core/production/http/request_check.h"
#include "core/production/http/transport_error.h"
#include "tests/wire/http_wire.h"

namespace tests {
namespace {

using core::Progress;

struct Meaning {
  CURLcode code;
  const char* sent;
  const char* answering;
};

constexpr Meaning kMeanings[] = {
    {CURLE_OPERATION_TIMEDOUT, "Timeout", "Timeout"},
    {CURLE_GOT_NOTHING, "Reset", "Truncated"},
    {CURLE_RECV_ERROR, "Reset", "Truncated"},
    {CURLE_SEND_ERROR, "Reset", "Truncated"},
    {CURLE_SEND_FAIL_REWIND, "Reset", "Truncated"},
    {CURLE_ABORTED_BY_CALLBACK, "Reset", "Truncated"},
    {CURLE_HTTP2, "Reset", "Truncated"},
    {CURLE_HTTP2_STREAM, "Reset", "Truncated"},
    {CURLE_SSL_CONNECT_ERROR, "Reset", "Truncated"},
    // libcurl may go on to a second connection after the first one died, and fail there.
    {CURLE_COULDNT_CONNECT, "Reset", "Truncated"},
    {CURLE_COULDNT_RESOLVE_HOST, "Reset", "Truncated"},
    {CURLE_PEER_FAILED_VERIFICATION, "Reset", "Truncated"},
    {CURLE_PARTIAL_FILE, "Reset", "Truncated"},
    {CURLE_WRITE_ERROR, "TooLarge", "TooLarge"},
    {CURLE_OUT_OF_MEMORY, "TooLarge", "TooLarge"},
    {CURLE_FILESIZE_EXCEEDED, "TooLarge", "TooLarge"},
    {CURLE_UNSUPPORTED_PROTOCOL, "BadMessage", "BadMessage"},
    {CURLE_WEIRD_SERVER_REPLY, "BadMessage", "BadMessage"},
    {CURLE_BAD_CONTENT_ENCODING, "BadMessage", "BadMessage"},
};

TEST(TransportErrors, follow_the_code_once_a_byte_may_have_left) {
  for (const Meaning& row : kMeanings) {
    EXPECT_EQ(name_of(core::transport_error(row.code, Progress::Sent)), row.sent) << row.code;
    EXPECT_EQ(name_of(core::transport_error(row.code, Progress::Answering)), row.answering) << row.code;
  }
}

TEST(TransportErrors, are_refusals_exactly_while_nothing_has_left) {
  for (int number = 1; number < CURL_LAST; ++number) {
    const auto code = static_cast<CURLcode>(number);
    EXPECT_EQ(core::transport_error(code, Progress::NotSent), core::TransportError::Refused) << code;
    EXPECT_NE(core::transport_error(code, Progress::Sent), core::TransportError::Refused) << code;
    EXPECT_NE(core::transport_error(code, Progress::Answering), core::TransportError::Refused) << code;
  }
  EXPECT_EQ(core::overdue_error(Progress::NotSent), core::TransportError::Refused);
  EXPECT_EQ(core::overdue_error(Progress::NotSent, core::TransportError::FirstByteTimeout),
            core::TransportError::Refused);
  EXPECT_EQ(core::overdue_error(Progress::Answering, core::TransportError::IdleTimeout),
            core::TransportError::IdleTimeout);
  EXPECT_EQ(core::overdue_error(Progress::Sent), core::TransportError::Timeout);
  EXPECT_EQ(core::overdue_error(Progress::Answering), core::TransportError::Timeout);
}

TEST(AnswerReader, allows_as_much_as_the_request_does_to_the_byte) {
  const core::HttpRequest request{.max_header_bytes = 23, .max_body_bytes = 3};
  core::AnswerReader reader(request);
  EXPECT_TRUE(reader.take_header_line("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(reader.take_header_line("A:b\n"));
  EXPECT_TRUE(reader.take_header_line("\r\n"));
  EXPECT_TRUE(reader.take_body("ab"));
  EXPECT_TRUE(reader.take_body("c"));
  EXPECT_TRUE(reader.take_body(""));
  EXPECT_FALSE(reader.too_large());
  core::AnswerReader longer = reader;
  EXPECT_FALSE(longer.take_header_line("x"));
  EXPECT_TRUE(longer.too_large());
  longer = reader;
  EXPECT_FALSE(longer.take_body("d"));
  EXPECT_TRUE(longer.too_large());
  EXPECT_EQ(describe(std::move(reader).finish()), "200 abc");
}

TEST(AnswerReader, wants_a_whole_head) {
  core::AnswerReader reader(core::HttpRequest{});
  EXPECT_FALSE(reader.begun());
  EXPECT_EQ(describe(core::AnswerReader(reader).finish()), "Truncated");
  reader.take_header_line("HTTP/1.1 103 Early Hints\r\n");
  reader.take_header_line("\r\n");
  EXPECT_FALSE(reader.begun()) << "an interim answer is none";
  EXPECT_EQ(describe(core::AnswerReader(reader).finish()), "Truncated");
  reader.take_header_line("HTTP/2 204\r\n");
  EXPECT_TRUE(reader.begun());
  EXPECT_EQ(describe(core::AnswerReader(reader).finish()), "Truncated");
  reader.take_header_line("\r\n");
  EXPECT_EQ(describe(std::move(reader).finish()), "204 ");
}

TEST(Origins, are_all_that_is_told_of_a_url) {
  EXPECT_EQ(core::origin_of("https://host:1/path?query#fragment"), "https://host:1");
  EXPECT_EQ(core::origin_of("http://host?query"), "http://host");
  EXPECT_EQ(core::origin_of("http://host"), "http://host");
  EXPECT_EQ(core::origin_of("secret"), "");
}

}  // namespace
}  // namespace tests
