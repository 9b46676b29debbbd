// The Redis client and the core on it against a real redis-server: what only the real one shows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/async/spawn.h"
#include "core/production/redis/redis_client.h"
#include "tests/support/real_loop.h"
#include "tests/support/redis_server.h"
#include "tests/support/test_certificates.h"
#include "tests/wire/redis_text.h"

namespace core {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using tests::RedisServer;

constexpr std::chrono::seconds kLong(20);

awaitable<void> note_result(RedisConnection& connection, RedisCommand command, SteadyTime deadline,
                            std::vector<std::string>& results) {
  results.push_back(tests::text_of(co_await connection.execute(command, deadline)));
}

class RealRedisTest : public testing::Test {
 protected:
  RedisClient client_of(RedisAddress address, RedisTls tls = {}) {
    RedisClientOptions options{.address = std::move(address), .tls = std::move(tls), .client_name = "tester"};
    options.on_connect_failure = [this](const std::string& reason) { reason_ = reason; };
    return {loop_.context().get_executor(), loop_.clock(), std::move(options)};
  }
  std::unique_ptr<RedisConnection> connect(RedisClient client, Duration within = kLong) {
    auto made = loop_.run(client.connect(loop_.in(within)));
    return made ? std::move(*made) : nullptr;
  }
  /// "connected", or why not.
  std::string outcome(RedisAddress address, RedisTls tls = {}, Duration within = kLong) {
    reason_ = "no reason";
    return connect(client_of(std::move(address), std::move(tls)), within) ? "connected" : reason_;
  }
  std::string execute(RedisConnection& connection, const RedisCommand& command, Duration within = kLong) {
    return tests::text_of(loop_.run(connection.execute(command, loop_.in(within))));
  }
  void pass(Duration time) { loop_.run(loop_.clock().sleep_until(loop_.in(time))); }

  tests::RealLoop loop_;
  std::string reason_;
};

TEST_F(RealRedisTest, is_reached_by_port_name_and_socket_with_the_database_and_the_name_that_were_asked) {
  const RedisServer server;
  const RedisAddress addresses[] = {
      {.port = server.port(), .database = 3},
      {.host = "localhost", .port = server.port(), .database = 3},
      {.scheme = RedisScheme::Unix, .path = server.socket(), .database = 3},
  };
  for (const RedisAddress& address : addresses) {
    const auto connection = connect(client_of(address));
    ASSERT_TRUE(connection) << masked(address) << ": " << reason_;
    EXPECT_THAT(execute(*connection, {"CLIENT", "INFO"}), AllOf(HasSubstr("name=tester "), HasSubstr(" db=3 ")));
  }
  EXPECT_THAT(outcome({.port = server.port(), .database = 99}), HasSubstr("SELECT 99 with: ERR DB index"));
}

TEST_F(RealRedisTest, passwords_and_users) {
  const RedisServer server({"--requirepass", "hunter2", "--user", "bob", "on", ">swordfish", "~*", "+@all",  //
                            "--user", "limited", "on", ">swordfish", "~*", "+@all", "-ping", "-client"});
  const std::uint16_t port = server.port();
  EXPECT_EQ(outcome({.port = port, .password = "hunter2"}), "connected");
  EXPECT_EQ(outcome({.port = port, .user = "default", .password = "hunter2"}), "connected");
  EXPECT_EQ(outcome({.port = port, .user = "bob", .password = "swordfish"}), "connected");
  EXPECT_EQ(outcome({.port = port, .user = "limited", .password = "swordfish"}), "connected");
  EXPECT_THAT(outcome({.port = port}), HasSubstr("with: NOAUTH"));
  EXPECT_THAT(outcome({.port = port, .password = "swordfish"}),
              AllOf(HasSubstr("AUTH with: WRONGPASS"), Not(HasSubstr("swordfish"))));
  EXPECT_THAT(outcome({.port = port, .user = "eve", .password = "swordfish"}), HasSubstr("AUTH with: WRONGPASS"));
  const RedisServer open;
  EXPECT_THAT(outcome({.port = open.port(), .password = "hunter2"}),
              AllOf(HasSubstr("AUTH with: ERR AUTH"), Not(HasSubstr("hunter2"))));
}

TEST_F(RealRedisTest, tls_is_verified) {
  const tests::TemporaryFolder folder;
  const tests::CertificateAuthority authority;
  const tests::CertificateAuthority other;
  const auto server_with = [&](const tests::Identity& identity, const std::string& name, const char* asks_clients) {
    const std::string port = std::to_string(tests::free_ports(1).front());
    auto server = std::make_unique<RedisServer>(
        std::vector<std::string>{"--tls-port", port, "--tls-auth-clients", asks_clients, "--tls-ca-cert-file",
                                 folder.write("ca.pem", authority.certificate()), "--tls-cert-file",
                                 folder.write(name + ".pem", identity.certificate), "--tls-key-file",
                                 folder.write(name + ".key", identity.key)});
    return std::make_pair(std::move(server), static_cast<std::uint16_t>(std::stoi(port)));
  };
  const auto trusting = [](const tests::CertificateAuthority& whom) {
    return RedisTls{.authorities = *parse_certificates(whom.certificate())};
  };
  const auto address_of = [](const char* host, std::uint16_t port) {
    return RedisAddress{.scheme = RedisScheme::Tls, .host = host, .port = port};
  };

  const auto good = server_with(authority.issue("IP:127.0.0.1,DNS:localhost"), "good", "no");
  EXPECT_EQ(outcome(address_of("127.0.0.1", good.second), trusting(authority)), "connected");
  EXPECT_EQ(outcome(address_of("localhost", good.second), trusting(authority)), "connected");
  const auto connection = connect(client_of(address_of("localhost", good.second), trusting(authority)));
  ASSERT_TRUE(connection);
  const std::string megabyte(1'000'000, 'x');
  EXPECT_EQ(execute(*connection, {"SET", "k", megabyte}), "+OK");
  EXPECT_EQ(execute(*connection, {"GET", "k"}), megabyte);
  EXPECT_THAT(outcome(address_of("127.0.0.1", good.second), trusting(other)),
              HasSubstr("certificate signature failure"));
  EXPECT_THAT(outcome(address_of("127.0.0.1", good.second)), HasSubstr("certificate verify failed"));
  // One side with TLS, the other without.
  EXPECT_THAT(outcome({.port = good.second}), HasSubstr("does it expect TLS (rediss://)?"));
  // A handshake may look like the beginning of a command, whose end is waited for.
  EXPECT_THAT(outcome(address_of("127.0.0.1", good.first->port()), trusting(authority), milliseconds(300)),
              AllOf(HasSubstr("TLS"), HasSubstr("with 127.0.0.1")));

  const auto elsewhere = server_with(authority.issue("DNS:other.example.com"), "elsewhere", "no");
  EXPECT_THAT(outcome(address_of("localhost", elsewhere.second), trusting(authority)), HasSubstr("hostname mismatch"));
  EXPECT_THAT(outcome(address_of("127.0.0.1", elsewhere.second), trusting(authority)),
              HasSubstr("IP address mismatch"));
  const auto expired =
      server_with(authority.issue("IP:127.0.0.1", std::chrono::hours(-48), std::chrono::hours(-24)), "expired", "no");
  EXPECT_THAT(outcome(address_of("127.0.0.1", expired.second), trusting(authority)),
              HasSubstr("certificate has expired"));

  const auto mutual = server_with(authority.issue("IP:127.0.0.1"), "mutual", "yes");
  RedisTls tls = trusting(authority);
  EXPECT_NE(outcome(address_of("127.0.0.1", mutual.second), tls), "connected");
  const tests::Identity own = authority.issue("DNS:client");
  tls.certificate_file = folder.write("own.pem", own.certificate + own.key);
  EXPECT_EQ(outcome(address_of("127.0.0.1", mutual.second), tls), "connected");
  tls.certificate_file = folder.file("missing.pem");
  const SteadyTime asked = loop_.clock().now();
  EXPECT_THAT(outcome(address_of("127.0.0.1", mutual.second), tls),
              AllOf(HasSubstr("the certificate file"), HasSubstr("missing.pem")));
  EXPECT_LT(loop_.clock().now() - asked, kLong / 2) << "what needs no waiting is told at once";
}

TEST_F(RealRedisTest, a_killed_client_is_lost) {
  const RedisServer server;
  const auto connection = connect(client_of({.port = server.port()}));
  const auto killer = connect(client_of({.scheme = RedisScheme::Unix, .path = server.socket()}));
  std::vector<std::string> results;
  spawn(loop_.context().get_executor(), note_result(*connection, {"BLPOP", "list", "0"}, loop_.in(kLong), results));
  pass(milliseconds(20));
  EXPECT_EQ(execute(*killer, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}), "1");
  EXPECT_TRUE(loop_.runs_until([&] { return !results.empty(); }));
  EXPECT_THAT(results, testing::ElementsAre("Lost"));
}

TEST_F(RealRedisTest, blocking_commands_wait) {
  const RedisServer server;
  const auto connection = connect(client_of({.port = server.port()}));
  const auto other = connect(client_of({.port = server.port()}));
  EXPECT_EQ(execute(*connection, {"BLPOP", "list", "0.05"}), "null array");
  std::vector<std::string> results;
  spawn(loop_.context().get_executor(), note_result(*connection, {"BLPOP", "list", "0"}, loop_.in(kLong), results));
  pass(milliseconds(20));
  EXPECT_TRUE(results.empty());
  EXPECT_EQ(execute(*other, {"RPUSH", "list", "a"}), "1");
  EXPECT_EQ(execute(*connection, {"PING"}), "+PONG");
  EXPECT_THAT(results, testing::ElementsAre("[list a]"));
  // Its own deadline is kept, whatever Redis was told.
  EXPECT_EQ(execute(*connection, {"BLPOP", "list", "0"}, milliseconds(50)), "Timeout");
}

TEST_F(RealRedisTest, subscriptions_are_pushed) {
  const RedisServer server;
  const auto listener = connect(client_of({.port = server.port()}));
  const auto speaker = connect(client_of({.port = server.port()}));
  EXPECT_EQ(execute(*listener, {"SUBSCRIBE", "a", "b"}), "[subscribe a 1]");
  EXPECT_EQ(tests::text_of(loop_.run(listener->next_push())), "[subscribe b 2]");
  EXPECT_EQ(execute(*listener, {"PSUBSCRIBE", "a*"}), "[psubscribe a* 3]");
  EXPECT_EQ(execute(*speaker, {"PUBLISH", "a", "hello"}), "2");
  EXPECT_EQ(tests::text_of(loop_.run(listener->next_push())), "[message a hello]");
  EXPECT_EQ(tests::text_of(loop_.run(listener->next_push())), "[pmessage a* a hello]");
  EXPECT_EQ(execute(*listener, {"PING"}), "[pong ]");
  EXPECT_EQ(execute(*listener, {"UNSUBSCRIBE", "a"}), "[unsubscribe a 2]");
  EXPECT_THAT(execute(*listener, {"GET", "k"}), HasSubstr("-ERR Can't execute 'get'"));
}

TEST_F(RealRedisTest, ten_thousand_commands_at_once) {
  const RedisServer server;
  const auto connection = connect(client_of({.port = server.port()}));
  std::vector<std::string> results;
  std::vector<std::string> expected;
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    expected.push_back(number);
    spawn(loop_.context().get_executor(), note_result(*connection, {"ECHO", number}, loop_.in(kLong), results));
  }
  EXPECT_EQ(execute(*connection, {"PING"}), "+PONG");
  EXPECT_EQ(results, expected);
}

TEST_F(RealRedisTest, large_commands_and_replies_among_small_ones) {
  const RedisServer server;
  const auto connection = connect(client_of({.scheme = RedisScheme::Unix, .path = server.socket()}));
  std::vector<std::string> results;
  const std::string large(10'000'000, 'x');
  for (int i = 0; i < 5; ++i) {
    spawn(loop_.context().get_executor(), note_result(*connection, {"ECHO", large}, loop_.in(kLong), results));
    spawn(loop_.context().get_executor(),
          note_result(*connection, {"ECHO", std::to_string(i)}, loop_.in(kLong), results));
  }
  EXPECT_EQ(execute(*connection, {"PING"}), "+PONG");
  ASSERT_EQ(results.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(results[i], i % 2 == 0 ? large : std::to_string(i / 2));
}

TEST_F(RealRedisTest, a_server_that_comes_back_is_reached_again) {
  RedisServer server;
  RedisClient client = client_of({.port = server.port()});
  auto connection = *loop_.run(client.connect(loop_.in(kLong)));
  server.stop(SIGKILL);
  EXPECT_EQ(execute(*connection, {"PING"}), "Lost");
  EXPECT_FALSE(loop_.run(client.connect(loop_.in(kLong))));
  EXPECT_THAT(reason_, HasSubstr("Connection refused"));
  ASSERT_TRUE(server.start());
  connection = *loop_.run(client.connect(loop_.in(kLong)));
  EXPECT_EQ(execute(*connection, {"PING"}), "+PONG");
}

}  // namespace
}  // namespace core
