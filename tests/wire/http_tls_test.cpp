// Whom the transport believes to be who they say they are, and what becomes of TLS that goes wrong.
#include <gtest/gtest.h>
#include <openssl/conf.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <fstream>
#include <ostream>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/wire/http_wire.h"

namespace tests {
namespace {

using boost::asio::awaitable;

awaitable<void> answer_all(Peer& peer) {
  for (;;) {
    co_await peer.read_request();
    co_await peer.write(ok("over TLS"));
  }
}

/// Made once: it is the same for all tests.
const CertificateAuthority& authority() {
  static const CertificateAuthority made;
  return made;
}

/// TLS to a port where it is not spoken.
std::string as_https(const std::string& url) {
  return "https" + url.substr(url.find(':'));
}

class HttpTls : public HttpWire {
 public:
  void trust(const CertificateAuthority& trusted) {
    make_transport({.extra_certificates = *core::parse_certificates(trusted.certificate())});
  }
};

TEST_F(HttpTls, a_server_of_a_trusted_authority_is_believed) {
  trust(authority());
  const ScriptedServer server(context, answer_all, authority().issue("IP:127.0.0.1"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(send(post(server.url())), "200 over TLS");
  EXPECT_EQ(server.connections(), 1U);
}

/// Runs out while a connection is made.
class PermitUntilConnected final : public core::Permit {
 public:
  explicit PermitUntilConnected(const ScriptedServer& server) : server_(server) {}
  void check() override {
    if (!holds()) throw core::PermitDenied{};
  }
  bool holds() const override { return server_.connections() == 0; }

 private:
  const ScriptedServer& server_;
};

TEST_F(HttpTls, a_request_whose_time_is_over_when_the_connection_stands_is_not_sent) {
  trust(authority());
  const ScriptedServer server(context, answer_all, authority().issue("IP:127.0.0.1"));
  PermitUntilConnected permit(server);
  core::HttpRequest request = post(server.url());
  EXPECT_EQ(send(request), "200 over TLS");
  request.permit = &permit;
  EXPECT_EQ(send(request), "Refused");  // By the kept connection.
  EXPECT_EQ(server.requests().size(), 1U);

  const ScriptedServer another(context, answer_all, authority().issue("IP:127.0.0.1"));
  PermitUntilConnected permit_there(another);
  core::HttpRequest first = post(another.url());
  first.permit = &permit_there;
  EXPECT_EQ(send(first), "Refused");
  EXPECT_EQ(another.connections(), 1U);
  EXPECT_TRUE(another.requests().empty());
  ASSERT_FALSE(told.empty());
  EXPECT_NE(told.back().find("its time was over"), std::string::npos) << told.back();
}

TEST_F(HttpTls, a_server_of_an_unknown_authority_is_refused_before_it_sees_the_request) {
  const ScriptedServer server(context, answer_all, authority().issue("IP:127.0.0.1"));
  EXPECT_EQ(send(post(server.url("/secret"))), "Refused");
  EXPECT_TRUE(server.requests().empty());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told.front().find("certificate"), std::string::npos) << told.front();
  EXPECT_EQ(told.front().find("secret"), std::string::npos) << told.front();
}

TEST_F(HttpTls, trusting_one_authority_is_not_trusting_another) {
  trust(CertificateAuthority());
  const ScriptedServer server(context, answer_all, authority().issue("IP:127.0.0.1"));
  EXPECT_EQ(send(post(server.url())), "Refused");
  EXPECT_TRUE(server.requests().empty());
}

struct BadIdentity {
  const char* name;
  const char* names;
  std::chrono::hours from;
  std::chrono::hours until;
};
void PrintTo(const BadIdentity& row, std::ostream* out) {
  *out << row.name;
}

class HttpIdentity : public HttpTls, public testing::WithParamInterface<BadIdentity> {};

TEST_P(HttpIdentity, is_not_believed) {
  trust(authority());
  const ScriptedServer server(context, answer_all,
                              authority().issue(GetParam().names, GetParam().from, GetParam().until));
  EXPECT_EQ(send(post(server.url())), "Refused");
  EXPECT_TRUE(server.requests().empty());
}

INSTANTIATE_TEST_SUITE_P(Rows, HttpIdentity,
                         testing::Values(BadIdentity{"of_another_name", "DNS:elsewhere.example", -1h, 1h},
                                         BadIdentity{"of_another_address", "IP:127.0.0.2", -1h, 1h},
                                         BadIdentity{"expired", "IP:127.0.0.1", -48h, -24h},
                                         BadIdentity{"not_yet_valid", "IP:127.0.0.1", 24h, 48h}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(HttpTls, plain_text_on_its_port_is_refused) {
  const ScriptedServer server(context, [](Peer& peer) -> awaitable<void> {
    co_await peer.hear();
    co_await peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    co_await peer.stall();
  });
  EXPECT_EQ(send(post(as_https(server.url()))), "Refused");
}

TEST_F(HttpTls, a_connection_closed_within_the_handshake_is_refused) {
  for (const Script script : {Script([](Peer& peer) -> awaitable<void> {
                                co_await peer.hear();
                                peer.close();
                              }),
                              Script([](Peer& peer) -> awaitable<void> {
                                co_await peer.hear();
                                peer.reset();
                              })}) {
    const ScriptedServer server(context, script);
    EXPECT_EQ(send(post(as_https(server.url()))), "Refused");
  }
}

TEST_F(HttpTls, a_handshake_that_stalls_is_refused_when_the_time_for_connecting_is_over) {
  make_transport({.connect_timeout = 100ms});
  const ScriptedServer server(context, [](Peer& peer) { return peer.stall(); });
  const core::SteadyTime begin = clock.now();
  EXPECT_EQ(send(post(as_https(server.url()))), "Refused");
  EXPECT_LT(clock.now() - begin, 1s);
  EXPECT_GE(clock.now() - begin, 100ms);
}

TEST_F(HttpTls, a_deadline_within_the_handshake_is_refused_for_nothing_was_sent) {
  const ScriptedServer server(context, [](Peer& peer) { return peer.stall(); });
  EXPECT_EQ(send(post(as_https(server.url())), 100ms), "Refused");
}

TEST_F(HttpTls, whoever_waits_for_the_handshake_of_another_is_refused_in_time_too) {
  make_transport({.connect_timeout = 100ms});
  const ScriptedServer server(context, [](Peer& peer) { return peer.stall(); });
  const core::SteadyTime begin = clock.now();
  std::vector<std::shared_ptr<Sending>> all;
  for (int i = 0; i < 6; ++i) all.push_back(start(post(as_https(server.url())), 350ms));
  run_until([&] { return std::all_of(all.begin(), all.end(), [](const auto& sending) { return sending->done(); }); });
  EXPECT_LT(clock.now() - begin, 1s);
  for (const auto& sending : all) EXPECT_EQ(sending->text(), "Refused");
}

/// A system whose OpenSSL allows what was given up long ago, for as long as this lives.
class LaxSystem {
 public:
  LaxSystem() {
    const std::string path = tests::own_folder() + "lax-openssl.cnf";
    std::ofstream(path) << "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = lax\n"
                           "[lax]\nMinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0\n";
    loaded_ = CONF_modules_load_file(path.c_str(), nullptr, 0) == 1;
  }
  ~LaxSystem() { CONF_modules_load_file(nullptr, nullptr, 0); }
  LaxSystem(const LaxSystem&) = delete;
  LaxSystem& operator=(const LaxSystem&) = delete;
  bool loaded() const { return loaded_; }

 private:
  bool loaded_ = false;
};

TEST_F(HttpTls, old_versions_are_refused_whatever_the_system_allows) {
  const LaxSystem system;
  ASSERT_TRUE(system.loaded());
  trust(authority());
  ScriptedServer server(context, answer_all, authority().issue("IP:127.0.0.1"));
  SSL_CTX* const tls = server.tls().native_handle();
  SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION);
  EXPECT_EQ(send(post(server.url())), "Refused");
  SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
  EXPECT_EQ(send(post(server.url())), "200 over TLS");
}

TEST_F(HttpTls, http2_is_offered) {
  trust(authority());
  ScriptedServer server(context, answer_all, authority().issue("IP:127.0.0.1"));
  std::string offered;
  SSL_CTX_set_alpn_select_cb(
      server.tls().native_handle(),
      [](SSL*, const unsigned char**, unsigned char*, const unsigned char* in, unsigned int size, void* into) {
        static_cast<std::string*>(into)->assign(reinterpret_cast<const char*>(in), size);
        return SSL_TLSEXT_ERR_NOACK;
      },
      &offered);
  EXPECT_EQ(send(post(server.url())), "200 over TLS");
  EXPECT_EQ(offered, "\x02h2\x08http/1.1");
}

TEST_F(HttpTls, a_body_shorter_than_its_length_is_truncated) {
  trust(authority());
  const ScriptedServer server(
      context,
      [](Peer& peer) -> awaitable<void> {
        co_await peer.read_request();
        co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nuntil the end");
        peer.close();
      },
      authority().issue("IP:127.0.0.1"));
  EXPECT_EQ(send(get(server.url())), "Truncated");
}

TEST_F(HttpTls, a_connection_lost_after_the_request_is_a_reset) {
  trust(authority());
  for (const Script script : {Script([](Peer& peer) -> awaitable<void> {
                                co_await peer.read_request();
                                peer.reset();
                              }),
                              Script([](Peer& peer) -> awaitable<void> {
                                co_await peer.read_request();
                                peer.close();
                              })}) {
    const ScriptedServer server(context, script, authority().issue("IP:127.0.0.1"));
    EXPECT_EQ(send(post(server.url())), "Reset");
    run_for(20ms);
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST_F(HttpTls, an_idle_connection_that_was_closed_politely_is_not_used_again) {
  trust(authority());
  const ScriptedServer server(
      context,
      [](Peer& peer) -> awaitable<void> {
        co_await peer.read_request();
        co_await peer.write(ok("from " + std::to_string(peer.number)));
        co_await peer.end_tls();
      },
      authority().issue("IP:127.0.0.1"));
  EXPECT_EQ(send(post(server.url())), "200 from 1");
  run_for(20ms);
  EXPECT_EQ(send(post(server.url())), "200 from 2");
}

TEST(Certificates, that_cannot_be_read_are_told) {
  const std::string good = authority().certificate();
  EXPECT_TRUE(core::parse_certificates(good + good));
  // Nobody is asked for its password.
  const std::string encrypted =
      "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
      "c2VjcmV0\n-----END CERTIFICATE-----\n";
  struct Row {
    std::string text;
    const char* says;
  };
  for (const Row& row : {Row{"", "no certificate"}, Row{"secret", "no certificate"},
                         Row{authority().issue("DNS:a").key, "no certificate"},
                         Row{good.substr(0, good.size() / 2), "certificate 1 cannot be read"},
                         Row{encrypted, "certificate 1 cannot be read: bad password read"},
                         Row{good + "-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----\n",
                             "certificate 2 cannot be read"}}) {
    const auto loaded = core::parse_certificates(row.text);
    ASSERT_FALSE(loaded) << row.text;
    EXPECT_NE(loaded.error().find(row.says), std::string::npos) << loaded.error();
    EXPECT_EQ(loaded.error().find("secret"), std::string::npos) << loaded.error();
  }
  const auto missing = core::load_certificates("no-such-file.pem");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "no-such-file.pem: there is no such file");
}

}  // namespace
}  // namespace tests
