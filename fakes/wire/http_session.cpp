#include "fakes/wire/http_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "core/http/status_text.h"
#include "fakes/wire/http_message.h"
#include "fakes/wire/http_request_reader.h"

namespace fakes::wire {

namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

/// For how long, and for how many bytes, a client that is told goodbye may go on sending before it is reset: a reset
/// could overtake the answer.
constexpr auto kGoodbye = 2s;
constexpr std::size_t kMaxGoodbyeBytes = 64 * 1024 * 1024;

class HttpSession final : public HttpRequestReader {
 public:
  HttpSession(tcp::socket socket, ConnectionSlot slot, Service service, std::shared_ptr<HttpHost> host)
      : HttpRequestReader(std::move(socket), std::move(host)),
        slot_(std::move(slot)),
        service_(service),
        timer_(socket_.get_executor()) {}

  ~HttpSession() override { end(Ending::ClientLeft); }

  void start() {
    error_code ignored;
    local_ = socket_.local_endpoint(ignored).address();
    read_request();
  }

 private:
  /// A handler that keeps the session alive.
  template <class F>
  auto keep(F f) {
    return HttpRequestReader::keep([f = std::move(f)](HttpRequestReader& self, auto&&... arguments) mutable {
      f(static_cast<HttpSession&>(self), std::forward<decltype(arguments)>(arguments)...);
    });
  }

  void on_refused(int status) override {
    const std::string text = fmt::format("{} {}\n", status, core::status_text(status));
    framing_ = {.keep_alive = false};
    respond({{status, {{"content-type", "text/plain; charset=utf-8"}}, text}});
  }

  /// False, with the refusal under way, when the request names no host.
  bool take_request(Message& message, core::HttpRequest& request) {
    framing_ = {message.version() >= 11, message.keep_alive(), message.method() == http::verb::head};
    const auto text = [](const auto& view) { return std::string(view.data(), view.size()); };
    request.method = text(message.method_string());
    request.headers.reserve(8);
    for (const auto& field : message) request.headers.push_back({text(field.name_string()), text(field.value())});
    request.body = std::move(message.body());
    const std::string target = text(message.target());
    if (target.starts_with("http://") || target.starts_with("https://")) {
      request.url = target;
      return true;
    }
    const auto host = core::find_header(request.headers, "host");
    if (!host && framing_.http_1_1) {
      refuse(400);
      return false;
    }
    request.url = fmt::format("http://{}{}{}", host.value_or("localhost"), target.starts_with('/') ? "" : "/", target);
    return true;
  }

  void on_request(Message& message) override {
    core::HttpRequest request;
    if (!take_request(message, request)) return;
    const Now now = host_->clock().both();
    HttpHost::Reply reply = host_->on_request(service_, request, now, local_);
    exchange_ = reply.exchange;
    delivery_ = std::move(reply.answer.delivery);
    due_ = core::saturating_add(now.steady, reply.answer.latency);
    const bool never = std::holds_alternative<NeverAnswer>(delivery_);
    if (!never && reply.answer.latency == core::Duration::zero()) return deliver();
    if (never) return wait_for_client_to_leave();
    wait_until(due_, [](HttpSession& self) { self.deliver(); });
  }

  /// Something is to be sent at that time.
  void wait_until(core::SteadyTime time, void (*go_on)(HttpSession&)) {
    waiting_ = Waiting::ForATime;
    watch_client();
    timer_.expires_at(host_->clock().machine_time(time));
    timer_.async_wait(keep([go_on](HttpSession& self, const error_code& error) {
      if (!error) go_on(self);
    }));
  }

  /// Nothing more will ever be sent.
  void wait_for_client_to_leave() {
    waiting_ = Waiting::ForItsEnd;
    watch_client();
  }

  /// While nothing is sent: notices when the client goes away. What it sends meanwhile is left for later, but where no
  /// answer will ever come it is thrown away, or its end could not be seen.
  void watch_client() {
    if (is_watched_) return;
    is_watched_ = true;
    socket_.async_wait(tcp::socket::wait_read, keep([](HttpSession& self, const error_code& error) {
                         self.is_watched_ = false;
                         if (!error && self.waiting_ != Waiting::No) self.look_at_client();
                       }));
  }

  void look_at_client() {
    const bool never = waiting_ == Waiting::ForItsEnd;
    std::array<char, 4096> bytes;
    error_code error;
    const std::size_t size = socket_.receive(asio::buffer(bytes), never ? 0 : tcp::socket::message_peek, error);
    if (error == asio::error::would_block) return watch_client();
    if (error && error != asio::error::eof) return close();
    if (error) {
      // It may have closed its side only, and still listen: the answer is tried when its time has come.
      end(Ending::ClientLeft);
      if (never) close();
    } else if (never && size > 0) {
      watch_client();
    }
  }

  void deliver() {
    waiting_ = Waiting::No;
    std::visit([this](auto& delivery) { send(delivery); }, delivery_);
  }
  void send(Respond& respond_with) { respond(respond_with); }
  void send(NeverAnswer&) {}
  void send(RefuseConnection&) { reset(); }
  void send(ResetConnection&) { reset(); }

  void reset() {
    end(Ending::Reset);
    reset_connection(socket_);
  }

  void respond(const Respond& respond_with) {
    EncodedAnswer answer = encode_answer(respond_with, framing_);
    const bool is_cut = respond_with.body_bytes_sent < respond_with.response.body.size();
    sent_ = {is_cut ? Ending::Cut : Ending::Complete, host_->clock().now(), answer.closes};
    output_ = std::move(answer.bytes);
    parts_ = std::move(answer.parts);
    next_part_ = 0;
    part_began_ = 0;
    if (!parts_.empty()) return send_next_part();
    // Most often the socket takes it all at once.
    error_code error;
    const std::size_t written = socket_.write_some(asio::buffer(output_), error);
    const bool goes_on = error == asio::error::would_block || (!error && written < output_.size());
    if (!goes_on) return on_sent(error);
    asio::async_write(socket_, asio::buffer(output_) + (error ? 0 : written),
                      keep([](HttpSession& self, const error_code& failed, std::size_t) { self.on_sent(failed); }));
  }

  /// Sends the parts whose time has come, and waits for that of the next one.
  void send_next_part() {
    waiting_ = Waiting::No;
    if (next_part_ == parts_.size()) return on_sent({});
    const BodyPart& part = parts_[next_part_];
    if (part.after == core::Duration::max()) return wait_for_client_to_leave();
    const core::SteadyTime at = core::saturating_add(due_, part.after);
    if (at > host_->clock().now()) return wait_until(at, [](HttpSession& self) { self.send_next_part(); });
    sent_.at = host_->clock().now();
    const auto bytes = asio::buffer(output_.data() + part_began_, part.end - part_began_);
    part_began_ = part.end;
    ++next_part_;
    asio::async_write(socket_, bytes, keep([](HttpSession& self, const error_code& error, std::size_t) {
                        if (error) return self.on_sent(error);
                        self.send_next_part();
                      }));
  }

  void on_sent(const error_code& error) {
    end(error ? Ending::ClientLeft : sent_.ending, sent_.at);
    if (error) return;
    if (sent_.closes) return say_goodbye();
    read_request();
  }

  void send(Flood& flood) {
    output_ = encode_flood_start(flood);
    flood_left_ = flood.bytes;
    flood_began_ = host_->clock().now();
    asio::async_write(socket_, asio::buffer(output_),
                      keep([](HttpSession& self, const error_code& error, std::size_t) { self.flood_on(error); }));
  }

  void flood_on(const error_code& error) {
    const Flood& flood = std::get<Flood>(delivery_);
    if (error || flood_left_ == 0) {
      end(error ? Ending::ClientLeft : Ending::Complete, flood_began_);
      if (!error) say_goodbye();
      return;
    }
    std::string_view filler = flood_filler(flood);
    // A header block ends with whole lines.
    if (!flood.headers)
      filler = filler.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(filler.size(), flood_left_)));
    flood_left_ -= std::min<std::uint64_t>(filler.size(), flood_left_);
    const std::string_view end_of_headers = flood.headers && flood_left_ == 0 ? "content-length: 0\r\n\r\n" : "";
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(filler), asio::buffer(end_of_headers)};
    asio::async_write(socket_, buffers,
                      keep([](HttpSession& self, const error_code& failed, std::size_t) { self.flood_on(failed); }));
  }

  /// No more is sent; the client has some time to read what was.
  void say_goodbye() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    timer_.expires_after(kGoodbye);
    timer_.async_wait(keep([](HttpSession& self, const error_code& error) {
      if (!error) self.close();
    }));
    discard(0);
  }

  void discard(std::size_t discarded) {
    output_.resize(16 * 1024);
    socket_.async_read_some(asio::buffer(output_),
                            keep([discarded](HttpSession& self, const error_code& error, std::size_t size) {
                              if (error || discarded + size > kMaxGoodbyeBytes) return self.close();
                              self.discard(discarded + size);
                            }));
  }

  void close() {
    close_socket();
    timer_.cancel();
    end(Ending::ClientLeft);
  }

  /// Only the first end counts.
  void end(Ending ending) { end(ending, host_->clock().now()); }
  void end(Ending ending, core::SteadyTime at) {
    if (!exchange_) return;
    host_->on_end(*exchange_, ending, at);
    exchange_.reset();
  }

  ConnectionSlot slot_;
  const Service service_;
  asio::steady_timer timer_;
  asio::ip::address local_;
  Framing framing_;
  std::optional<std::uint64_t> exchange_;  ///< Under way.
  /// While nothing is sent: for the time of an answer, or of a part of one; or, where that never comes, for the
  /// client's end.
  enum class Waiting : std::uint8_t { No, ForATime, ForItsEnd } waiting_ = Waiting::No;
  bool is_watched_ = false;  ///< A wait for what the client sends is under way.
  core::SteadyTime due_;     ///< Of the answer.
  Delivery delivery_;
  std::string output_;
  std::vector<BodyPart> parts_;  ///< Of output_.
  std::size_t next_part_ = 0;
  std::size_t part_began_ = 0;
  struct {
    Ending ending;
    core::SteadyTime at;
    bool closes;
  } sent_{};  ///< Of the answer that is being sent.
  std::uint64_t flood_left_ = 0;
  core::SteadyTime flood_began_;
};

}  // namespace

void start_http_session(tcp::socket socket, ConnectionSlot slot, Service service, std::shared_ptr<HttpHost> host) {
  std::make_shared<HttpSession>(std::move(socket), std::move(slot), service, std::move(host))->start();
}

}  // namespace fakes::wire
