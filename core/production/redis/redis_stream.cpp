#include "core/production/redis/redis_stream.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>
#include <vector>

#include "core/json/input_error.h"

namespace core {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using PlainSocket = asio::generic::stream_protocol::socket;
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

class PlainStream final : public RedisStream {
 public:
  explicit PlainStream(PlainSocket socket) : socket_(std::move(socket)) {}

  void read_some(asio::mutable_buffer buffer, Done done) override { socket_.async_read_some(buffer, std::move(done)); }
  void write_all(asio::const_buffer buffer, Done done) override { asio::async_write(socket_, buffer, std::move(done)); }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  PlainSocket socket_;
};

class TlsStream final : public RedisStream {
 public:
  TlsStream(tcp::socket socket, RedisTlsContext::Shared context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}

  void read_some(asio::mutable_buffer buffer, Done done) override { stream_.async_read_some(buffer, std::move(done)); }
  void write_all(asio::const_buffer buffer, Done done) override { asio::async_write(stream_, buffer, std::move(done)); }
  /// Without a farewell: a reply tells its own length, so that nothing can be cut off unseen.
  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  asio::ssl::stream<tcp::socket>& tls() { return stream_; }

 private:
  RedisTlsContext::Shared context_;
  asio::ssl::stream<tcp::socket> stream_;
};

/// A peer that has gone without a word is noticed within half a minute, also by who only listens.
void keep_alive(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const int idle_seconds = 15;
  const int interval_seconds = 5;
  const int probes = 3;
  const int handle = socket.native_handle();
  (void)::setsockopt(handle, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  (void)::setsockopt(handle, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  (void)::setsockopt(handle, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

using ConnectedSocket = boost::system::result<tcp::socket, std::string>;

asio::awaitable<ConnectedSocket> connect_tcp(RedisAddress address, std::string& stage) {
  const auto executor = co_await asio::this_coro::executor;
  std::vector<tcp::endpoint> endpoints;
  error_code error;
  const asio::ip::address numeric = asio::ip::make_address(address.host, error);
  if (!error) {
    endpoints.emplace_back(numeric, address.port);
  } else {
    stage = "the name " + address.host;
    tcp::resolver resolver(executor);
    auto [failure, found] = co_await resolver.async_resolve(address.host, std::to_string(address.port), kAsTuple);
    if (failure) co_return fmt::format("cannot find {}: {}", address.host, failure.message());
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }
  stage = "a connection to " + endpoint_of(address);
  // The addresses of one name are tried in turn; all of them share the caller's deadline.
  tcp::socket socket(executor);
  const auto [failure, endpoint] = co_await asio::async_connect(socket, endpoints, kAsTuple);
  if (failure) co_return fmt::format("cannot connect to {}: {}", endpoint_of(address), failure.message());
  keep_alive(socket);
  co_return std::move(socket);
}

using TlsContext = boost::system::result<RedisTlsContext::Shared, std::string>;

std::string unusable(const char* what, const std::string& file, const error_code& error) {
  return fmt::format("the {} {} cannot be used: {}", what, quoted(file), error.message());
}

TlsContext make_context(const RedisTls& tls) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  if (SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1) {
    return std::string("this machine's OpenSSL has no TLS 1.2");
  }
  context->set_verify_mode(asio::ssl::verify_peer);
  // OpenSSL would ask whoever sits at the terminal.
  context->set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
  error_code error;
  context->set_default_verify_paths(error);
  if (error || !tls.authorities.add_to(*context->native_handle())) {
    return std::string("the certificate authorities cannot be used");
  }
  if (tls.certificate_file.empty()) return context;
  context->use_certificate_chain_file(tls.certificate_file, error);
  if (error) return unusable("certificate file", tls.certificate_file, error);
  const std::string& key_file = tls.key_file.empty() ? tls.certificate_file : tls.key_file;
  context->use_private_key_file(key_file, asio::ssl::context::pem, error);
  if (error) return unusable("key file", key_file, error);
  return context;
}

/// Who the certificate must be for. OpenSSL checks it with the rest, so that its verdict names what was wrong. False
/// when it could not be told: then nothing would be checked.
bool expect_peer(SSL* ssl, const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  if (!error) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

asio::awaitable<OpenedRedisStream> open_tls(RedisAddress address, RedisTlsContext& tls, std::string& stage) {
  TlsContext context = tls.get();
  if (!context) co_return context.error();
  ConnectedSocket socket = co_await connect_tcp(address, stage);
  if (!socket) co_return socket.error();
  stage = "the TLS handshake with " + endpoint_of(address);
  auto stream = std::make_unique<TlsStream>(std::move(*socket), std::move(*context));
  SSL* const ssl = stream->tls().native_handle();
  if (!expect_peer(ssl, address.host)) {
    co_return fmt::format("the name of the server cannot be checked: {}", printable(address.host, 200));
  }
  const auto [failure] = co_await stream->tls().async_handshake(asio::ssl::stream_base::client, kAsTuple);
  if (failure) {
    const long verdict = SSL_get_verify_result(ssl);
    const std::string why =
        verdict == X509_V_OK ? std::string() : fmt::format(": {}", X509_verify_cert_error_string(verdict));
    co_return fmt::format("TLS with {} failed: {}{}", endpoint_of(address), failure.message(), why);
  }
  co_return std::unique_ptr<RedisStream>(std::move(stream));
}

asio::awaitable<OpenedRedisStream> open_unix(RedisAddress address, std::string& stage) {
  stage = "a connection to " + endpoint_of(address);
  asio::local::stream_protocol::socket socket(co_await asio::this_coro::executor);
  const auto [failure] = co_await socket.async_connect(asio::local::stream_protocol::endpoint(address.path), kAsTuple);
  if (failure) co_return fmt::format("cannot connect to {}: {}", endpoint_of(address), failure.message());
  co_return std::unique_ptr<RedisStream>(std::make_unique<PlainStream>(PlainSocket(std::move(socket))));
}

asio::awaitable<OpenedRedisStream> open_tcp(RedisAddress address, std::string& stage) {
  ConnectedSocket socket = co_await connect_tcp(std::move(address), stage);
  if (!socket) co_return socket.error();
  co_return std::unique_ptr<RedisStream>(std::make_unique<PlainStream>(PlainSocket(std::move(*socket))));
}

}  // namespace

TlsContext RedisTlsContext::get() {
  if (context_) return context_;
  TlsContext made = make_context(tls_);
  if (made) context_ = *made;
  return made;
}

asio::awaitable<OpenedRedisStream> open_redis_stream(RedisAddress address, RedisTlsContext& tls, std::string& stage) {
  switch (address.scheme) {
    case RedisScheme::Unix:
      return open_unix(std::move(address), stage);
    case RedisScheme::Tls:
      return open_tls(std::move(address), tls, stage);
    case RedisScheme::Tcp:
      break;
  }
  return open_tcp(std::move(address), stage);
}

}  // namespace core
