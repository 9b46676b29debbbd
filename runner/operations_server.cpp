#include "runner/operations_server.h"

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

namespace runner {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds kPatience(5);  // With one request.
constexpr std::size_t kMostConnections = 64;
constexpr std::uint32_t kLongestHeader = 8 * 1024;

using Request = http::request_parser<http::empty_body>;
using Response = http::response<http::string_body>;

Response response(http::status status, std::string body, std::string_view type = "text/plain; charset=utf-8") {
  Response result(status, 11);
  result.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  result.set(http::field::cache_control, "no-store");
  result.body() = std::move(body);
  return result;
}

}  // namespace

struct OperationsServer::State {
  State(asio::io_context& loop, Answers given) : acceptor(loop), answers(std::move(given)) {}

  asio::awaitable<Response> answer(const Request::value_type& request) const {
    const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
    if (!reads) co_return response(http::status::method_not_allowed, "only GET and HEAD\n");
    const beast::string_view path = request.target().substr(0, request.target().find('?'));
    if (path == "/healthz") co_return response(http::status::ok, "ok\n");
    if (path == "/metrics") {
      co_return response(http::status::ok, answers.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    }
    if (path == "/readyz") {
      const std::string why_not = co_await answers.not_ready();
      if (why_not.empty()) co_return response(http::status::ok, "ready\n");
      co_return response(http::status::service_unavailable, why_not + "\n");
    }
    co_return response(http::status::not_found, "there are /healthz, /readyz and /metrics\n");
  }

  tcp::acceptor acceptor;
  Answers answers;
  std::size_t connections = 0;
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
    tcp::socket socket = co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    // Out of descriptors: the loop must not spin on it. Whoever has one gives it back within their patience.
    if (error || state->connections >= kMostConnections) {
      asio::steady_timer pause(state->acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    ++state->connections;
    asio::co_spawn(state->acceptor.get_executor(), serve(state, std::move(socket)),
                   [state](const std::exception_ptr&) { --state->connections; });
  }
}

asio::awaitable<void> OperationsServer::serve(std::shared_ptr<State> state, tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(kLongestHeader);
  for (bool keep_alive = true; keep_alive;) {
    Request request;
    request.header_limit(kLongestHeader);
    boost::system::error_code error;
    stream.expires_after(kPatience);
    co_await http::async_read(stream, buffer, request, asio::redirect_error(asio::use_awaitable, error));
    if (error == http::error::end_of_stream || error == beast::error::timeout) break;
    Response answer = response(http::status::bad_request, "this is not a request\n");
    if (!error) answer = co_await state->answer(request.get());
    keep_alive = !error && request.get().keep_alive();
    answer.keep_alive(keep_alive);
    answer.prepare_payload();
    if (!error && request.get().method() == http::verb::head) answer.body().clear();
    stream.expires_after(kPatience);
    co_await http::async_write(stream, answer, asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace runner
