// The served fakes in bad hands: pages of a browser that are not theirs, requests that never end or whose end is open,
// and clients that have much remembered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/wire/served.h"

namespace tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string own_page(std::string_view method, std::string_view headers, std::string_view target = "/_rehearse/reset") {
  return fmt::format("{} {} HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n{}\r\n", method, target, headers);
}

std::string all_of(std::uint16_t port, std::string_view bytes) {
  Wire wire(port);
  wire.send(bytes);
  return wire.read_all();
}

TEST(ServedHostile, own_pages_are_for_the_own_names_alone) {
  fakes::wire::HostOptions options;
  options.own_names = {"rehearse.test", ""};
  Served served(std::move(options));
  for (const char* host : {"localhost", "LOCALHOST:1", "localhost.", "127.0.0.1", "127.0.0.1:99", "127.8.8.8", "[::1]",
                           "[::1]:99", "rehearse.test", "Rehearse.test:8080"}) {
    EXPECT_THAT(all_of(served.llm, own_page("POST", fmt::format("Host: {}\r\n", host))), StartsWith("HTTP/1.1 200 "))
        << host;
  }
  for (const char* host : {"evil.test", "evil.test:80", "localhost.evil.test", "127.0.0.1.evil.test", "10.0.0.1", "",
                           "notlocalhost", "localhost:1@evil.test", "[::2]", "[", "0.0.0.0", "2130706433"}) {
    for (const std::uint16_t port : {served.llm, served.github}) {
      const std::string answer = all_of(port, own_page("POST", fmt::format("Host: {}\r\n", host)));
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 ")) << host;
      EXPECT_THAT(answer, HasSubstr("is not this server's; accepted: localhost")) << host;
    }
  }
  EXPECT_THAT(all_of(served.llm, own_page("POST", "Host: localhost\r\n", "http://evil.test/_rehearse/reset")),
              StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(all_of(served.llm, own_page("POST", "Host: evil.test\r\n", "http://localhost/_rehearse/reset")),
              StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(all_of(served.llm, own_page("POST", "Host: localhost\r\nHost: evil.test\r\n")),
              StartsWith("HTTP/1.1 400 "));
  // The fakes themselves answer under any name.
  EXPECT_THAT(all_of(served.llm, own_page("GET", "Host: api.openai.test\r\n", "/api/version")),
              StartsWith("HTTP/1.1 200 "));
}

TEST(ServedHostile, own_pages_are_for_no_page_of_another_site) {
  Served served;
  const std::string host = "Host: localhost:8080\r\n";
  for (const char* header : {"Origin: http://localhost:8080", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"}) {
    EXPECT_THAT(all_of(served.llm, own_page("POST", host + header + "\r\n")), StartsWith("HTTP/1.1 200 ")) << header;
  }
  for (const char* header :
       {"Origin: http://evil.test", "Origin: null", "Origin: http://localhost:3000", "Origin: https://localhost:8080",
        "Origin: ", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"}) {
    for (const char* method : {"POST", "GET"}) {
      EXPECT_THAT(all_of(served.llm, own_page(method, host + header + "\r\n")), StartsWith("HTTP/1.1 403 ")) << header;
    }
  }
}

TEST(ServedHostile, body_whose_end_is_open_is_refused) {
  Served served;
  const std::string start = "POST /api/chat HTTP/1.1\r\nHost: fake\r\n";
  const std::string smuggled = "\r\n0\r\n\r\nGET /api/version HTTP/1.1\r\nHost: fake\r\n\r\n";
  for (const char* headers :
       {"Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: identity", "Transfer-Encoding: "}) {
    const std::string answer = all_of(served.llm, start + headers + "\r\n" + smuggled);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 501 ")) << headers;
    EXPECT_THAT(answer, testing::Not(HasSubstr("version"))) << headers;
  }
  for (const char* headers :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Content-Length: 4\r\nTransfer-Encoding: gzip", "Content-Length: 4\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Content-Length: -1", "Content-Length: +4",
        "Content-Length: 99999999999999999999"}) {
    const std::string answer = all_of(served.llm, start + headers + "\r\n" + smuggled);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << headers;
    EXPECT_THAT(answer, testing::Not(HasSubstr("version"))) << headers;
  }
  EXPECT_THAT(all_of(served.llm, "POST /api/chat HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + smuggled),
              StartsWith("HTTP/1.1 400 "));
  // In any case, and with a body that ends.
  Wire good(served.llm);
  good.send(start + "Transfer-Encoding: CHUNKED\r\nContent-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
  EXPECT_THAT(good.read_until("}"), HasSubstr("model"));
}

TEST(ServedHostile, request_has_a_time_to_arrive) {
  fakes::wire::HostOptions options;
  options.request_time = 150ms;
  Served served(std::move(options));
  for (const char* begun : {"G", "GET /api/version HTTP/1.1\r\nHost: fa",
                            "POST /api/chat HTTP/1.1\r\nHost: fake\r\nContent-Length: 100\r\n\r\n{",
                            "POST /api/chat HTTP/1.1\r\nHost: fake\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"}) {
    EXPECT_THAT(all_of(served.llm, begun), StartsWith("HTTP/1.1 408 ")) << begun;
  }
  // A byte now and then does not make it more.
  Wire slow(served.llm);
  const auto start = std::chrono::steady_clock::now();
  slow.send("GET /api/version HTTP/1.1\r\n");
  while (std::chrono::steady_clock::now() - start < 5s && slow.send("A: b\r\n")) std::this_thread::sleep_for(20ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
  // Silence between two requests is no request.
  Wire patient(served.llm);
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(500ms);
    patient.send("GET /api/version HTTP/1.1\r\nHost: fake\r\n\r\n");
    EXPECT_THAT(patient.read_until("}"), HasSubstr("HTTP/1.1 200 ")) << i;
  }
}

/// Each alone is within its own bound.
TEST(ServedHostile, unfinished_requests_have_a_common_bound_and_the_oldest_makes_room) {
  fakes::wire::HostOptions options;
  options.most_unfinished_bytes = 8UL * 1024 * 1024;
  Served served(std::move(options));
  const std::string begun = "POST /api/chat HTTP/1.1\r\nHost: fake\r\nContent-Length: 16000000\r\n\r\n";
  const std::string megabyte(1'000'000, 'x');
  std::vector<std::unique_ptr<Wire>> clients;
  constexpr int kClients = 20;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Wire>(served.llm));
    clients.back()->send(begun + megabyte);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_THAT(clients[0]->read_until("\r\n"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(clients[5]->read_until("\r\n"), StartsWith("HTTP/1.1 503 "));
  // The last ones have their room, and so has who comes now.
  clients.back()->wait_for(200ms);
  EXPECT_EQ(clients.back()->read_until("\r\n"), "");
  EXPECT_THAT(all_of(served.llm, "GET /api/version HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
  // What has left, and what has arrived on connections that are kept, counts no more.
  clients.clear();
  for (int i = 0; i < kClients; ++i) clients.push_back(std::make_unique<Wire>(served.llm));
  for (int i = 0; i < 2 * kClients; ++i) {
    Wire& whole = *clients[static_cast<std::size_t>(i % kClients)];
    whole.send("POST /api/chat HTTP/1.1\r\nHost: fake\r\nContent-Length: 1000000\r\n\r\n" + megabyte);
    EXPECT_THAT(whole.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 400 ")) << i;
    whole.read_until("}");
  }
}

/// Each alone is within its own bound.
TEST(ServedHostile, unfinished_commands_have_a_common_bound_and_the_largest_makes_room) {
  fakes::wire::HostOptions options;
  options.most_unfinished_bytes = 8UL * 1024 * 1024;
  Served served(std::move(options));
  const std::string begun = "*2\r\n$4\r\nECHO\r\n$16000000\r\n";
  const auto send = [&](Wire& wire, std::size_t bytes) { wire.send(begun + std::string(bytes, 'x')); };
  const auto is_open = [](Wire& wire) {
    wire.wait_for(200ms);
    wire.read_some();
    return wire.how == End::Timeout;
  };
  Wire first(served.redis), largest(served.redis), small(served.redis), untouched(served.untouched_redis);
  send(first, 2'000'000);
  send(largest, 3'500'000);
  send(untouched, 1'000'000);
  EXPECT_TRUE(is_open(largest));
  send(small, 2'000'000);
  EXPECT_FALSE(is_open(largest));
  for (Wire* other : {&first, &small, &untouched}) EXPECT_TRUE(is_open(*other));
  // What waits behind a command that blocks counts, too.
  Wire blocked(served.redis);
  blocked.send("BLPOP never 0\r\n");
  for (int i = 0; i < 4'000; ++i) blocked.send("ECHO " + std::string(1'000, 'x') + "\r\n");
  EXPECT_FALSE(is_open(blocked));
  // What has left, and what was done, counts no more.
  first.leave();
  small.leave();
  untouched.leave();
  Wire whole(served.redis);
  for (int i = 0; i < 20; ++i) {
    whole.send("*2\r\n$4\r\nECHO\r\n$1000000\r\n" + std::string(1'000'000, 'x') + "\r\n");
    EXPECT_EQ(whole.read_until("\r\n"), "$1000000\r\n") << i;
    whole.read(1'000'002);
  }
}

TEST(ServedHostile, lines_of_chunks_have_an_end) {
  Served served;
  for (const char* line : {"1;", "0\r\nA: "}) {
    Wire wire(served.llm);
    wire.send(fmt::format("POST /api/chat HTTP/1.1\r\nHost: fake\r\nTransfer-Encoding: chunked\r\n\r\n{}", line));
    const std::string more(1'000'000, 'x');
    for (int i = 0; i < 40 && wire.send(more); ++i) {
    }
    EXPECT_THAT(wire.read_until("\r\n"), StartsWith("HTTP/1.1 400 ")) << line;
  }
}

/// Of 100,000 requests whose paths are as long as a header may be.
TEST(ServedHostile, long_paths_are_kept_in_short) {
  Served served;
  const std::string path = "/" + std::string(50'000, 'p');
  const std::string job(10'000, 'j');
  for (const char* end : {"a", "b"}) {
    all_of(served.llm, fmt::format("GET {}{} HTTP/1.1\r\nHost: fake\r\nConnection: close\r\nX-Correlation-Id: {}{}\r\n"
                                   "\r\n",
                                   path, end, job, end));
  }
  served.stop();
  const auto& kept = served.host().kept_requests();
  ASSERT_EQ(kept.size(), 2u);
  for (const fakes::Exchange& exchange : kept) {
    EXPECT_LT(exchange.path.size() + exchange.place.size() + exchange.job.size(), 1'000u);
    EXPECT_THAT(exchange.path, StartsWith("/ppp"));
  }
  EXPECT_NE(kept[0].path, kept[1].path);
  EXPECT_NE(kept[0].job, kept[1].job);
}

TEST(ServedHostile, scripts_and_data_are_bounded) {
  Served served;
  Wire wire(served.redis, 30s);
  const auto ask = [&wire](const std::string& line) {
    wire.send(line + "\r\n");
    return wire.read_until("\r\n");
  };
  EXPECT_EQ(ask("SETRANGE a 536870911 x"), ":536870912\r\n");
  EXPECT_THAT(ask("SETRANGE a 536870912 x"), HasSubstr("string exceeds maximum allowed size (proto-max-bulk-len)"));
  EXPECT_THAT(ask("SETRANGE b 536870911 x"), StartsWith("-OOM command not allowed"));
  EXPECT_EQ(ask("DEL a"), ":1\r\n");
  // It takes the time of its host: no count of instructions comes near.
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(ask("EVAL \"local t = {} for i = 1, 2e6 do t[i] = 1 end for i = 1, 2e6 do t[i] = nil end "
                  "while true do next(t) end\" 0"),
              HasSubstr("script exceeded its limit of time"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  EXPECT_EQ(ask("PING"), "+PONG\r\n");
}

}  // namespace
}  // namespace tests
