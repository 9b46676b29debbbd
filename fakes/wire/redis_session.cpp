#include "fakes/wire/redis_session.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "core/http/http.h"
#include "fakes/redis/protocol/encode.h"
#include "fakes/wire/client_name.h"

namespace fakes::wire {

namespace {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// What a web browser sends that was lured into talking to Redis: it is cut off, as Redis does.
bool is_http(const core::RedisCommand& command) {
  return core::equal_ignoring_case(command[0], "post") || core::equal_ignoring_case(command[0], "host:");
}

/// "WRONGTYPE" of "WRONGTYPE Operation against...": the rest may hold what the client sent.
std::string code_of(std::string_view error) {
  return "error " + std::string(error.substr(0, std::min<std::size_t>(error.find(' '), 40)));
}

}  // namespace

RedisSession::RedisSession(tcp::socket socket, ConnectionSlot slot, std::shared_ptr<RedisHost> host,
                           redis::MeetRules meets_rules)
    : host_(std::move(host)),
      meets_rules_(meets_rules),
      slot_(std::move(slot)),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      session_(host_->connect(*this, *this)),
      place_(host_->unfinished_commands(), [this] { close(); }) {}

RedisSession::~RedisSession() {
  host_->disconnected(*this);
}

/// A handler that keeps the session alive, and does nothing once it is closed.
template <class F>
auto RedisSession::keep(F f) {
  return [self = shared_from_this(), f = std::move(f)](auto&&... arguments) mutable {
    if (self->session_) f(*self, std::forward<decltype(arguments)>(arguments)...);
  };
}

void RedisSession::start() {
  if (session_->is_blocked()) return watch();  // It is resumed when it can do what is sent.
  read();
}

void RedisSession::close() {
  for (Pending& pending : pending_) log(pending, "closed");
  pending_.clear();
  session_.reset();
  place_.free();
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  socket_.close(ignored);
  timer_.cancel();
}

void RedisSession::read() {
  if (is_reading_) return;
  if (session_->is_blocked() && backlog_.size() > kPauseBacklogBytes) return watch();
  is_reading_ = true;
  socket_.async_read_some(asio::buffer(bytes_), keep([](RedisSession& self, const error_code& error, std::size_t size) {
                            self.is_reading_ = false;
                            // As Redis does: who has closed is gone, whatever was still to be sent.
                            if (error) return self.close();
                            self.on_bytes({self.bytes_.data(), size});
                          }));
}

/// Whether the connection breaks, while it is not read from.
void RedisSession::watch() {
  if (is_watched_) return;
  is_watched_ = true;
  socket_.async_wait(tcp::socket::wait_error, keep([](RedisSession& self, const error_code&) { self.close(); }));
}

void RedisSession::on_bytes(std::string_view bytes) {
  if (!backlog_.empty() || has_to_wait()) {
    backlog_ += bytes;
    resume();
    if (session_ && backlog_.size() > kMaxBacklogBytes) close();
    return;
  }
  run_commands(bytes);
  backlog_ = bytes;
  flush();
  resume();
}

void RedisSession::count_input() {
  // A long one's memory is given back; a short one's serves for the next.
  if (backlog_.empty() && backlog_.capacity() > bytes_.size()) std::string().swap(backlog_);
  place_.holds(parser_.unfinished_bytes() + backlog_.size());
}

void RedisSession::resume() {
  while (session_ && !backlog_.empty() && !has_to_wait()) {
    std::string_view input = backlog_;
    run_commands(input);
    backlog_.erase(0, backlog_.size() - input.size());
    flush();
  }
  if (session_) count_input();
  if (!session_) return;
  read();
  if (has_room_for_replies()) host_->take_replies(*session_);
}

bool RedisSession::has_to_wait() const {
  return session_->is_blocked() || !has_room_for_replies();
}

void RedisSession::run_commands(std::string_view& input) {
  now_ = host_->clock().now();
  is_running_ = true;
  while (takes_commands_ && !input.empty() && !has_to_wait()) {
    switch (parser_.parse(input)) {
      case redis::RequestParser::Outcome::NeedsMore:
        break;
      case redis::RequestParser::Outcome::Command:
        run(parser_.command());
        parser_.forget_command();
        break;
      case redis::RequestParser::Outcome::ProtocolError:
        last_due_ = std::max(last_due_, now_);
        reply_error(parser_.error());
        end(RedisOutput::End::Close);
        break;
    }
  }
  is_running_ = false;
  if (!takes_commands_) input = {};
}

void RedisSession::run(const core::RedisCommand& command) {
  if (is_http(command)) {
    pending_.clear();
    output_ = {};
    last_due_ = now_;
    return end(RedisOutput::End::Close);
  }
  Pending pending;
  redis::Fate fate;
  if (meets_rules_ == redis::MeetRules::Yes) {
    pending.logged = host_->describe(command, now_);
    fate = host_->meet(*session_, client_name_, command, now_);
    learn_client_name(command, client_name_);
  }
  last_due_ = std::max(last_due_, core::saturating_add(now_, fate.latency));
  if (pending.logged) pending.logged->latency = fate.latency;
  pending.due = last_due_;
  switch (fate.treatment) {
    case redis::Treatment::Perform:
      return perform(command, std::move(pending));
    case redis::Treatment::ReplyError:
      log(pending, code_of(fate.error));
      return reply_error(fate.error);
    case redis::Treatment::NeverReply:
      last_due_ = core::SteadyTime::max();
      return log(pending, "never");
    case redis::Treatment::ResetAfter:
      pending.kind = Pending::Kind::DroppedReply;
      perform(command, std::move(pending));
      break;
    case redis::Treatment::ResetBefore:
      log(pending, "reset before");
      break;
  }
  end(RedisOutput::End::Reset);
}

/// Most replies come before execute() returns: only what does not is kept.
void RedisSession::perform(const core::RedisCommand& command, Pending&& pending) {
  under_way_ = &pending;
  host_->execute(*session_, command, now_);
  if (under_way_ != nullptr) pending_.push_back(std::move(pending));
  under_way_ = nullptr;
  if (session_->wants_close()) end(RedisOutput::End::Close);
}

/// Within execute(), of this session or another, or when a real Redis has answered: nothing but the output is touched.
void RedisSession::on_reply(core::RedisValue reply) {
  if (pending_.empty()) {
    end_of(*std::exchange(under_way_, nullptr), reply);
  } else {
    end_of(pending_.front(), reply);
    pending_.pop_front();
    settle();
  }
  flush_soon();
}

void RedisSession::end_of(Pending& pending, const core::RedisValue& reply) {
  const bool is_dropped = pending.kind == Pending::Kind::DroppedReply;
  if (!is_dropped) answer(reply, pending.due);
  if (pending.logged) log(pending, is_dropped ? "reset after" : reply.is_error() ? code_of(reply.text) : "reply");
}

void RedisSession::on_push(core::RedisValue push) {
  answer(push, now_);
  does_not_read_ = output_.size() > kMaxPushedBytes;
  flush_soon();
}

void RedisSession::answer(const core::RedisValue& value, core::SteadyTime due) {
  const int protocol = session_->protocol_version();
  output_.add(due, now_, [&value, protocol](std::string& out) { redis::append_resp(out, value, protocol); });
}

void RedisSession::reply_error(std::string_view error) {
  pending_.push_back({.kind = Pending::Kind::Error, .due = last_due_, .error = std::string(error)});
  settle();
}

void RedisSession::end(RedisOutput::End end) {
  takes_commands_ = false;
  pending_.push_back({.kind = Pending::Kind::End, .end = end, .due = last_due_});
  settle();
}

void RedisSession::settle() {
  while (!pending_.empty()) {
    const Pending& next = pending_.front();
    if (next.kind == Pending::Kind::Error) {
      answer(core::RedisValue::error(next.error), next.due);
    } else if (next.kind == Pending::Kind::End) {
      output_.add_end(next.due, next.end);
    } else {
      return;
    }
    pending_.pop_front();
  }
}

void RedisSession::log(Pending& pending, std::string answer) {
  if (!pending.logged) return;
  pending.logged->answer = std::move(answer);
  host_->log(*pending.logged);
}

/// Once for all that is caused by what is going on now.
void RedisSession::flush_soon() {
  if (flush_is_coming_ || is_running_) return;
  flush_is_coming_ = true;
  asio::post(socket_.get_executor(), keep([](RedisSession& self) {
               self.flush_is_coming_ = false;
               self.flush();
               self.resume();
             }));
}

void RedisSession::flush() {
  if (session_ && does_not_read_) return close();
  while (session_ && !is_writing_) {
    output_.take(host_->clock().now(), writing_);
    if (writing_.empty()) break;
    error_code error;
    // Most often the socket takes it all at once.
    const std::size_t written = socket_.write_some(asio::buffer(writing_), error);
    if (error && error != asio::error::would_block) return close();
    if (written < writing_.size()) return write_rest(error ? 0 : written);
  }
  if (!session_ || is_writing_) return;
  if (output_.end() != RedisOutput::End::None) return finish(output_.end());
  if (const auto due = output_.next_due()) wait_for(*due);
}

void RedisSession::write_rest(std::size_t written) {
  is_writing_ = true;
  asio::async_write(socket_, asio::buffer(writing_) + written,
                    keep([](RedisSession& self, const error_code& error, std::size_t) {
                      self.is_writing_ = false;
                      if (error) return self.close();
                      self.flush();
                      self.resume();
                    }));
}

void RedisSession::wait_for(core::SteadyTime due) {
  if (waits_for_ == due) return;
  waits_for_ = due;
  timer_.expires_at(host_->clock().machine_time(due));
  timer_.async_wait(keep([](RedisSession& self, const error_code& error) {
    if (error) return;
    self.waits_for_.reset();
    self.flush();
    self.resume();
  }));
}

void RedisSession::finish(RedisOutput::End end) {
  if (end == RedisOutput::End::Reset) reset_connection(socket_);
  close();
}

}  // namespace fakes::wire
