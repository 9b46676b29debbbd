#include "fakes/wire/http_request_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <string_view>

namespace fakes::wire {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

HttpRequestReader::HttpRequestReader(tcp::socket socket, std::shared_ptr<HttpHost> host)
    : host_(std::move(host)),
      socket_(std::move(socket)),
      patience_(socket_.get_executor()),
      place_(host_->unfinished_requests(), [this] {
        has_no_room_ = true;
        socket_.cancel();
      }) {}

/// Looks now and then whether the request that is being read was already being read the last time. That costs a
/// request nothing. A connection on which none has begun may stay.
void HttpRequestReader::look_at_request() {
  patience_.expires_after(host_->request_time());
  patience_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->socket_.is_open()) self->judge_request();
  });
}

void HttpRequestReader::judge_request() {
  const bool has_begun = is_reading_ && (buffer_.size() > 0 || parser_->got_some());
  if (has_begun && seen_request_ == request_) {
    is_late_ = true;
    socket_.cancel();
    return;
  }
  seen_request_ = has_begun ? request_ : 0;
  look_at_request();
}

void HttpRequestReader::read_request() {
  parser_.emplace();
  if (request_++ == 0) look_at_request();
  is_reading_ = true;
  is_in_body_ = false;
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(kMaxBodyBytes);
  read_on();
}

/// Piece by piece, so that what has come is counted. What was announced takes room only as it comes.
void HttpRequestReader::read_on() {
  http::async_read_some(socket_, buffer_, *parser_,
                        keep([](HttpRequestReader& self, const error_code& error, std::size_t) {
                          if (error) return self.fail(error);
                          self.place_.holds(self.buffer_.capacity() + self.body_bytes());
                          self.on_more();
                        }));
}

void HttpRequestReader::on_more() {
  if (is_given_up()) return fail({});
  if (!parser_->is_header_done()) return read_on();
  if (is_in_body_) return read_body();
  if (const int status = refusal_of_framing()) return refuse(status);
  is_in_body_ = true;
  greet_body();
}

/// The status that a request is refused with whose body could be taken to end elsewhere than it does, or whose host
/// is told twice; 0: none.
int HttpRequestReader::refusal_of_framing() const {
  const auto& header = parser_->get();
  if (header.count(http::field::host) > 1) return 400;
  const std::size_t codings = header.count(http::field::transfer_encoding);
  if (codings == 0) return 0;
  if (header.version() < 11 || header.count(http::field::content_length) > 0) return 400;
  const auto coding = header[http::field::transfer_encoding];
  const bool is_known = codings == 1 && core::equal_ignoring_case({coding.data(), coding.size()}, "chunked");
  return is_known ? 0 : 501;
}

/// A client may ask whether it may send the body.
void HttpRequestReader::greet_body() {
  const auto& header = parser_->get();
  const auto expectation = header.find(http::field::expect);
  const bool asks =
      header.version() >= 11 && expectation != header.end() &&
      core::equal_ignoring_case({expectation->value().data(), expectation->value().size()}, "100-continue");
  if (!asks || parser_->is_done()) return read_body();
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(kContinue),
                    keep([](HttpRequestReader& self, const error_code& error, std::size_t written) {
                      const bool is_cut = written > 0 && written < kContinue.size();
                      if (is_cut) return;  // The client could not read an answer behind that.
                      if (error || self.is_given_up()) return self.fail(error);
                      self.read_body();
                    }));
}

void HttpRequestReader::read_body() {
  if (!parser_->is_done()) return read_on();
  is_reading_ = false;
  place_.free();
  on_request(parser_->get());
}

/// Where the connection still stands the client is told what was wrong.
void HttpRequestReader::fail(const error_code& error) {
  if (is_late_) return refuse(408);
  if (has_no_room_) return refuse(503);
  const bool is_ours = error.category() == http::make_error_code(http::error::bad_method).category();
  if (!is_ours || error == http::error::end_of_stream || error == http::error::partial_message) return;
  refuse(error == http::error::header_limit ? 431 : error == http::error::body_limit ? 413 : 400);
}

/// Of a request that is refused nothing is needed any more; one that has arrived counts no more.
void HttpRequestReader::refuse(int status) {
  is_reading_ = false;
  parser_.emplace();
  buffer_.clear();
  buffer_.shrink_to_fit();
  place_.free();
  on_refused(status);
}

void HttpRequestReader::close_socket() {
  error_code ignored;
  socket_.close(ignored);
  patience_.cancel();
}

}  // namespace fakes::wire
