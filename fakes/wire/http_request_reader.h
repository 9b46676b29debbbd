// Reads the HTTP/1.1 requests of one connection, each as a whole: how long and how large one may be, where its body
// ends, and which of them have to make room for others. The answers are the session's that is made of this.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "fakes/wire/http_session.h"
#include "fakes/wire/unfinished_requests.h"

namespace fakes::wire {

class HttpRequestReader : public std::enable_shared_from_this<HttpRequestReader> {
 public:
  using Message = boost::beast::http::request<boost::beast::http::string_body>;

  virtual ~HttpRequestReader() = default;
  HttpRequestReader(const HttpRequestReader&) = delete;
  HttpRequestReader& operator=(const HttpRequestReader&) = delete;

 protected:
  HttpRequestReader(boost::asio::ip::tcp::socket socket, std::shared_ptr<HttpHost> host);

  /// Ends in on_request(), in on_refused(), or, where the client has left, in nothing.
  void read_request();
  /// As if what was read could not be taken.
  void refuse(int status);
  void close_socket();

  /// A handler that keeps the connection alive.
  template <class F>
  auto keep(F f) {
    return [self = shared_from_this(), f = std::move(f)](auto&&... arguments) mutable {
      f(*self, std::forward<decltype(arguments)>(arguments)...);
    };
  }

  const std::shared_ptr<HttpHost> host_;
  boost::asio::ip::tcp::socket socket_;

 private:
  /// Of what is read ahead: no line of a chunk's, nor the header, is longer.
  static constexpr std::size_t kMaxBufferedBytes = 512UL * 1024;

  virtual void on_request(Message& message) = 0;
  /// What was wrong is to be said with this status. Nothing more is read.
  virtual void on_refused(int status) = 0;

  void look_at_request();
  void judge_request();
  void read_on();
  void on_more();
  std::size_t body_bytes() const { return parser_->get().body().size(); }
  int refusal_of_framing() const;
  void greet_body();
  void read_body();
  void fail(const boost::system::error_code& error);
  /// It makes room for others, or has taken too long: what it waits for is ended, and it is refused.
  bool is_given_up() const { return is_late_ || has_no_room_; }

  boost::asio::steady_timer patience_;
  std::uint64_t request_ = 0;       ///< The number of the one that is read, or was last.
  std::uint64_t seen_request_ = 0;  ///< That was being read when it was last looked; 0: none was.
  bool is_reading_ = false;
  bool is_in_body_ = false;
  bool is_late_ = false;
  bool has_no_room_ = false;
  UnfinishedRequests::Place place_;
  boost::beast::flat_buffer buffer_{kMaxBufferedBytes};
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
};

}  // namespace fakes::wire
