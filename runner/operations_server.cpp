#include "runner/operations_server.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <list>
#include <optional>

namespace runner {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds kPatience(5);  // With one request.
constexpr std::size_t kMostConnections = 64;
constexpr std::uint32_t kLongestHeader = 8 * 1024;
constexpr std::chrono::milliseconds kPause(100);
/// What is still read of a request that was refused, so that its sender reads why: Linux resets a connection that is
/// closed with unread bytes.
constexpr std::size_t kMostIgnored = 64 * 1024;
constexpr std::chrono::seconds kIgnoring(1);

using Request = http::request_parser<http::empty_body>;
using Response = http::response<http::string_body>;

Response response(http::status status, std::string body, std::string_view type = "text/plain; charset=utf-8") {
  Response result(status, 11);
  result.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  result.set(http::field::cache_control, "no-store");
  result.body() = std::move(body);
  return result;
}

/// `error`: why it could not be read; for none the answer is not used.
Response refusal(const boost::system::error_code& error) {
  const bool is_long = error == http::error::header_limit || error == http::error::buffer_overflow;
  if (is_long) return response(http::status::request_header_fields_too_large, "the request's head is too long\n");
  return response(http::status::bad_request, "this is not a request\n");
}

}  // namespace

struct OperationsServer::Connection {
  explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}

  beast::tcp_stream stream;
  std::optional<std::list<Connection*>::iterator> place;  ///< Among those whose clients are waited for.
};

struct OperationsServer::State {
  State(asio::io_context& loop, Answers given) : acceptor(loop), answers(std::move(given)) {}

  asio::awaitable<Response> answer(const Request::value_type& request) const {
    const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
    if (!reads) co_return response(http::status::method_not_allowed, "only GET and HEAD\n");
    const beast::string_view path = request.target().substr(0, request.target().find('?'));
    if (path == "/healthz") co_return response(http::status::ok, "ok\n");
    if (path == "/metrics") {
      std::string text = co_await answers.metrics();
      co_return response(http::status::ok, std::move(text), "text/plain; version=0.0.4; charset=utf-8");
    }
    if (path == "/readyz") {
      const std::string why_not = co_await answers.not_ready();
      if (why_not.empty()) co_return response(http::status::ok, "ready\n");
      co_return response(http::status::service_unavailable, why_not + "\n");
    }
    co_return response(http::status::not_found, "there are /healthz, /readyz and /metrics\n");
  }

  /// From now on until the next call the client has to do something: send, or read.
  void wait_for(Connection& connection, std::chrono::seconds patience) {
    no_longer_wait_for(connection);
    connection.place = waiting.insert(waiting.end(), &connection);
    connection.stream.expires_after(patience);
  }
  void no_longer_wait_for(Connection& connection) {
    if (connection.place) waiting.erase(*connection.place);
    connection.place.reset();
  }

  bool is_full() const { return connections >= kMostConnections; }
  void close_oldest() {
    Connection& oldest = *waiting.front();
    no_longer_wait_for(oldest);
    oldest.stream.close();
  }

  tcp::acceptor acceptor;
  Answers answers;
  std::size_t connections = 0;
  std::list<Connection*> waiting;  ///< Whose clients are waited for, the longest first.
};

boost::system::result<std::unique_ptr<OperationsServer>> OperationsServer::start(asio::io_context& loop,
                                                                                 const tcp::endpoint& endpoint,
                                                                                 Answers answers) {
  auto state = std::make_shared<State>(loop, std::move(answers));
  boost::system::error_code error;
  state->acceptor.open(endpoint.protocol(), error);
  if (!error) state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state->acceptor.bind(endpoint, error);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  asio::co_spawn(loop, accept(state), asio::detached);
  return std::make_unique<OperationsServer>(std::move(state));
}

tcp::endpoint OperationsServer::endpoint() const {
  return state_->acceptor.local_endpoint();
}

asio::awaitable<void> OperationsServer::accept(std::shared_ptr<State> state) {
  while (state->acceptor.is_open()) {
    boost::system::error_code error;
    // A client waits in the kernel's queue while all connections have their answers made.
    const bool has_room = !state->is_full() || !state->waiting.empty();
    std::optional<tcp::socket> socket;
    if (has_room) socket = co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (!socket || error) {
      // Out of descriptors: the loop must not spin on it. Whoever has one gives it back within their patience.
      asio::steady_timer pause(state->acceptor.get_executor(), kPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    // One that is closed ends in a moment. If none can be closed any more, one more than is allowed does no harm.
    if (state->is_full() && !state->waiting.empty()) state->close_oldest();
    ++state->connections;
    auto connection = std::make_shared<Connection>(std::move(*socket));
    state->wait_for(*connection, kPatience);
    asio::co_spawn(state->acceptor.get_executor(), serve(state, connection),
                   [state, connection](const std::exception_ptr&) {
                     state->no_longer_wait_for(*connection);
                     --state->connections;
                   });
  }
}

asio::awaitable<void> OperationsServer::serve(std::shared_ptr<State> state, std::shared_ptr<Connection> connection) {
  beast::tcp_stream& stream = connection->stream;
  beast::flat_buffer buffer(kLongestHeader);
  boost::system::error_code error;
  for (bool keep_alive = true; keep_alive;) {
    Request request;
    request.header_limit(kLongestHeader);
    state->wait_for(*connection, kPatience);
    co_await http::async_read(stream, buffer, request, asio::redirect_error(asio::use_awaitable, error));
    if (error == http::error::end_of_stream || error == beast::error::timeout) break;
    if (error == asio::error::operation_aborted) co_return;
    state->no_longer_wait_for(*connection);
    const bool is_refused = error.failed();
    Response answer = refusal(error);
    if (!is_refused) answer = co_await state->answer(request.get());
    keep_alive = !is_refused && request.get().keep_alive();
    answer.keep_alive(keep_alive);
    answer.prepare_payload();
    if (!is_refused && request.get().method() == http::verb::head) answer.body().clear();
    state->wait_for(*connection, kPatience);
    co_await http::async_write(stream, answer, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
  state->wait_for(*connection, kIgnoring);
  std::array<char, kLongestHeader> ignored;
  for (std::size_t size = 0; size < kMostIgnored && !error;) {
    size += co_await stream.async_read_some(asio::buffer(ignored), asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace runner
