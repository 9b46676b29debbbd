// The parts of the served fakes that need no socket: how answers are written, what a Redis connection has still to
// send, how signatures are checked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/wire/http_message.h"
#include "fakes/wire/redis_output.h"
#include "fakes/wire/rs256_verifier.h"

namespace fakes::wire {
namespace {

using namespace std::chrono_literals;

std::string written(core::HttpResponse response, const Framing& framing = {}, std::size_t sent = SIZE_MAX) {
  const EncodedAnswer answer = encode_answer({std::move(response), sent}, framing);
  return answer.bytes + (answer.closes ? "|" : "");
}

TEST(HttpMessage, a_row_for_each_form) {
  const core::HttpHeader ndjson{"content-type", "application/x-ndjson"}, sse{"content-type", "text/event-stream"};
  struct Row {
    std::string got;
    std::string_view expected;
  };
  const Row rows[] = {
      {written({200, {{"a", "b"}}, "hi"}), "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 2\r\n\r\nhi"},
      {written({200, {}, ""}), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"},
      {written({204, {}, ""}), "HTTP/1.1 204 No Content\r\n\r\n"},
      {written({304, {}, "x"}), "HTTP/1.1 304 Not Modified\r\n\r\n"},
      {written({102, {}, "x"}), "HTTP/1.1 102 Informational\r\nconnection: close\r\n\r\n|"},
      {written({200, {}, "hi"}, {.head = true}), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"},
      {written({200, {}, "hi"}, {.keep_alive = false}),
       "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi|"},
      {written({200, {}, "hi"}, {.http_1_1 = false}),
       "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nhi"},
      {written({200, {}, "hello"}, {}, 2), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe|"},
      {written({200, {}, "hello"}, {}, 0), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n|"},
      {written({200, {}, "hello"}, {}, 5), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"},
      {written({200, {ndjson}, "ab\nc\n"}),
       "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
       "3\r\nab\n\r\n2\r\nc\n\r\n0\r\n\r\n"},
      {written({200, {ndjson}, "ab\nc\n"}, {}, 4),
       "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
       "3\r\nab\n\r\n2\r\nc|"},
      {written({200, {ndjson}, "ab\nc\n"}, {}, 3),
       "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab\n\r\n|"},
      {written({200, {ndjson}, ""}),
       "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
      {written({200, {ndjson}, "no end"}),
       "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
       "6\r\nno end\r\n0\r\n\r\n"},
      {written({200, {ndjson}, "a\n"}, {.http_1_1 = false, .keep_alive = false}),
       "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 2\r\nconnection: close\r\n\r\na\n|"},
      {written({200, {sse}, "data: a\n\ndata: b\n\n"}),
       "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
       "9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n0\r\n\r\n"},
      {written({200, {{"Content-Length", "9"}}, "hi"}),
       "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nconnection: close\r\n\r\nhi|"},
      {written({200, {{"Connection", "Close"}}, "hi"}),
       "HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 2\r\n\r\nhi|"},
  };
  for (const auto& [got, expected] : rows) EXPECT_EQ(got, expected);
}

core::SteadyTime at(core::Duration time) {
  return core::SteadyTime(time);
}

void add(RedisOutput& output, core::Duration due, core::Duration now, std::string_view text) {
  output.add(at(due), at(now), [text](std::string& bytes) { bytes += text; });
}

std::string take(RedisOutput& output, core::Duration now) {
  std::string bytes;
  output.take(at(now), bytes);
  return bytes;
}

TEST(RedisOutput, bytes_keep_their_order_and_come_when_they_are_due) {
  RedisOutput output;
  add(output, 0s, 0s, "a");
  add(output, 0s, 0s, "b");
  EXPECT_EQ(output.size(), 2u);
  EXPECT_EQ(take(output, 0s), "ab");
  add(output, 5s, 0s, "c");
  add(output, 5s, 0s, "d");
  add(output, 1s, 1s, "e");
  EXPECT_EQ(output.next_due(), at(5s));
  EXPECT_EQ(take(output, 4s), "");
  EXPECT_EQ(take(output, 5s), "cde");
  EXPECT_EQ(output.size(), 0u);
  EXPECT_EQ(output.next_due(), std::nullopt);
}

TEST(RedisOutput, behind_what_never_comes_nothing_comes) {
  RedisOutput output;
  output.add(core::SteadyTime::max(), at(0s), [](std::string& bytes) { bytes += "x"; });
  add(output, 1s, 1s, "y");
  EXPECT_EQ(take(output, 100h), "");
  EXPECT_EQ(output.next_due(), std::nullopt);
  EXPECT_EQ(output.size(), 2u);
}

TEST(RedisOutput, an_end_comes_behind_the_bytes_and_is_the_last) {
  RedisOutput output;
  add(output, 0s, 0s, "a");
  output.add_end(at(2s), RedisOutput::End::Reset);
  add(output, 0s, 0s, "b");
  EXPECT_EQ(take(output, 1s), "a");
  EXPECT_EQ(output.end(), RedisOutput::End::None);
  EXPECT_EQ(output.next_due(), at(2s));
  EXPECT_EQ(take(output, 2s), "");
  EXPECT_EQ(output.end(), RedisOutput::End::Reset);
}

// Made for this test: openssl genrsa 2048; the signature is of "a.b" (openssl dgst -sha256 -sign).
constexpr std::string_view kPublicKey = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyHwHlIVud7ncha9wkt4J
UO8OsIIIJU6OXdaDamXpVKb2x+ozjYvCZHmLPoyduIcUOf6QBy9ZG8qvQwRismxz
23AzNePKi/ZXmbdoWanAXlhBctMhkzz5eCL5L0Ytdkc2LYsj7LemSST/j7+tD899
5uDqBYibrTyHXBrUfixSB3Gm7qIjYE/qi8+m6Hr8yWShDPyLEOsQiUmfI6QlNwm9
mEYKQPs7KvOG5fFptx06yf76GNDa54UmGsZiTGt4i5HKYE/NMQAT1q7X4AaYI08m
xhcB5HTGwNpxzIFMbe8xstl5dP/TnXilK3Fz6k5GBhBVrkqdrR7iy3MvbCe47kLl
uQIDAQAB
-----END PUBLIC KEY-----
)";
constexpr std::string_view kRsaPublicKey = R"(-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAyHwHlIVud7ncha9wkt4JUO8OsIIIJU6OXdaDamXpVKb2x+ozjYvC
ZHmLPoyduIcUOf6QBy9ZG8qvQwRismxz23AzNePKi/ZXmbdoWanAXlhBctMhkzz5
eCL5L0Ytdkc2LYsj7LemSST/j7+tD8995uDqBYibrTyHXBrUfixSB3Gm7qIjYE/q
i8+m6Hr8yWShDPyLEOsQiUmfI6QlNwm9mEYKQPs7KvOG5fFptx06yf76GNDa54Um
GsZiTGt4i5HKYE/NMQAT1q7X4AaYI08mxhcB5HTGwNpxzIFMbe8xstl5dP/TnXil
K3Fz6k5GBhBVrkqdrR7iy3MvbCe47kLluQIDAQAB
-----END RSA PUBLIC KEY-----
)";
constexpr std::string_view kSignatureHex =
    "1df7ed3172a84032156e5d80986f840157b6a552ff892b2bdfecca2511dcdf33c24866fb2f7cb3326a1d3fee131742864d2b"
    "47681fcae35b4c8a0322206062831e2dd8e7cac8511a29f842f7fe861fbc09fcb052e18db6c5333ffa48b962e3e62e53918b"
    "c037c0d0ac843b15212f493bb5e00e9c8e55e530aac4dc83915b5c5944a7e96a7a174423f4d18db940cf1840fd8708c2a917"
    "accf1585a22c5c724dc1e3ec438ef6f659ac4d6da9e4cf8c102adf725124c42a5f14a432f8d68e6ee47a0751a38d40793930"
    "18706221cd6adb4240245e33fe265f4031ec281d8e49e2469c2f6553603ccb266805f52ccf6a210c7d58d21391e211db1552"
    "d40968520bce";

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(Rs256Verifier, only_the_right_signature_of_the_right_text_counts) {
  std::string signature = from_hex(kSignatureHex);
  for (const std::string_view pem : {kPublicKey, kRsaPublicKey}) {
    const auto verifier = make_rs256_verifier(pem);
    ASSERT_NE(verifier, nullptr);
    EXPECT_TRUE(verifier->verify("a.b", signature));
    EXPECT_FALSE(verifier->verify("a.c", signature));
    EXPECT_FALSE(verifier->verify("a.b", signature.substr(1)));
    EXPECT_FALSE(verifier->verify("a.b", ""));
    signature[7] = static_cast<char>(signature[7] ^ 1);
    EXPECT_FALSE(verifier->verify("a.b", signature));
    signature[7] = static_cast<char>(signature[7] ^ 1);
  }
  for (const std::string_view bad : {"", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}) {
    EXPECT_EQ(make_rs256_verifier(bad), nullptr) << bad;
  }
}

}  // namespace
}  // namespace fakes::wire
