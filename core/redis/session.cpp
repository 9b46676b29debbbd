#include "core/redis/session.h"

#include <algorithm>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/async/notifier.h"
#include "core/async/spawn.h"
#include "core/redis/error_reply.h"

namespace core {

namespace {

Failure lost(FailureKind kind, const char* code, const char* message) {
  Failure failure;
  failure.kind = kind;
  failure.effect = Effect::Unknown;
  failure.code = code;
  failure.message = message;
  return failure;
}

}  // namespace

Failure classify(RedisError error) {
  switch (error) {
    case RedisError::Timeout:
      return lost(FailureKind::Timeout, "ECONNABORTED", "no reply in time");
    case RedisError::Refused: {
      Failure failure = lost(FailureKind::Connection, "ECONNREFUSED", "connection refused");
      failure.effect = Effect::None;
      return failure;
    }
    case RedisError::Lost:
      break;
  }
  return lost(FailureKind::Connection, "ECONNRESET", "connection lost");
}

Failure classify_error_reply(const std::string& text) {
  Failure failure;
  const std::string code = error_code_of(text);
  failure.kind = code == "NOAUTH" || code == "WRONGPASS" || code == "NOPERM" ? FailureKind::Unauthorized
                 : code == "ERR" || code == "WRONGTYPE"                      ? FailureKind::ServerError
                                                                             : FailureKind::Unavailable;
  failure.code = code;
  failure.message = "Redis answered: " + first_words(text);
  return failure;
}

bool serves_elsewhere(const std::string& text) {
  const std::string code = error_code_of(text);
  return code == "READONLY" || code == "MASTERDOWN" || code == "MOVED" || code == "CLUSTERDOWN" || code == "NOAUTH";
}

/// An attempt to connect. The session owns it: when one caller that waits for it is cancelled, it goes on for the
/// others.
struct RedisSession::Connecting {
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code)>;

  explicit Connecting(RedisSession& owner)
      : session(&owner), executor(owner.environment_.executor), ended(owner.environment_.clock) {}

  /// Waits for the end. The caller that began the attempt goes on in the same step in which the attempt ends.
  static boost::asio::awaitable<void> wait_first(std::shared_ptr<Connecting> attempt);
  Handler take_first() {
    Handler taken;
    taken.swap(first);  // Boost 1.81's move assignment of this type never comes back.
    return taken;
  }

  RedisSession* session;  ///< Null once that is gone.
  boost::asio::any_io_executor executor;
  boost::asio::cancellation_signal give_up;
  Handler first;
  Notifier ended;  ///< For all others.
  bool is_over = false;
  std::optional<Failure> failure;  ///< Why there is no connection.
};

boost::asio::awaitable<void> RedisSession::Connecting::wait_first(std::shared_ptr<Connecting> attempt) {
  if (attempt->is_over) co_return;
  const auto begin = [&attempt](auto handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    Handler waiting(std::move(handler));
    attempt->first.swap(waiting);
    if (!slot.is_connected()) return;
    slot.assign([weak = std::weak_ptr(attempt)](boost::asio::cancellation_type) {
      const auto alive = weak.lock();
      if (!alive || !alive->first) return;
      boost::asio::post(alive->executor, [cancelled = alive->take_first()]() mutable {
        std::move(cancelled)(boost::asio::error::make_error_code(boost::asio::error::operation_aborted));
      });
    });
  };
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void(boost::system::error_code)>(
      begin, boost::asio::use_awaitable);
}

RedisSession::RedisSession(const Environment& environment, const RedisConfig& config)
    : environment_(environment), config_(config) {}

RedisSession::~RedisSession() {
  if (!connecting_) return;
  connecting_->session = nullptr;
  connecting_->give_up.emit(boost::asio::cancellation_type::all);
}

bool RedisSession::is_known(const Script& script) const {
  return std::ranges::find(known_, std::string_view(script.sha1)) != known_.end();
}

SteadyTime RedisSession::deadline() const {
  return saturating_add(environment_.clock.now(), config_.timeout);
}

void RedisSession::drop(const Connection& connection) {
  if (connection_ == connection) connection_.reset();
}

boost::asio::awaitable<RedisAttempt> RedisSession::run(const Script& script, std::string key,
                                                       std::vector<std::string> arguments) {
  const Connected connected_to = co_await connected();
  if (!connected_to) co_return AttemptFailure{connected_to.error()};
  // `connected_to` holds it for as long as the command is under way, whatever becomes of the session's own.
  const Connection& connection = *connected_to;
  RedisCommand command;
  command.reserve(4 + arguments.size());
  const bool known = is_known(script);
  command.emplace_back(known ? "EVALSHA" : "EVAL");
  command.emplace_back(known ? script.sha1 : script.text);
  command.emplace_back("1");
  command.push_back(std::move(key));
  for (std::string& argument : arguments) command.push_back(std::move(argument));
  SteadyTime sent_at = environment_.clock.now();
  RedisResult reply = co_await connection->execute(command, deadline());
  if (reply && reply->is_error() && reply->text.starts_with("NOSCRIPT")) {
    // The server has forgotten it since. With the text it cannot be forgotten in between, and it is known again.
    command[0] = "EVAL";
    command[1] = script.text;
    sent_at = environment_.clock.now();
    reply = co_await connection->execute(command, deadline());
  }
  if (!reply) {
    drop(connection);
    co_return AttemptFailure{classify(reply.error())};
  }
  if (reply->is_error()) {
    if (serves_elsewhere(reply->text)) drop(connection);
    co_return AttemptFailure{classify_error_reply(reply->text)};
  }
  if (connection_ == connection && !is_known(script)) known_.emplace_back(script.sha1);
  co_return Success<RedisReply>{{std::move(*reply), sent_at}, std::nullopt};
}

boost::asio::awaitable<RedisSession::Connected> RedisSession::connected() {
  while (!connection_) {
    // All callers share one attempt, and its failure. With an attempt for each, one after the other, the last caller
    // would wait for all of them to fail.
    const bool is_first = !connecting_;
    const std::shared_ptr<Connecting> attempt = is_first ? begin_to_connect() : connecting_;
    if (is_first) co_await Connecting::wait_first(attempt);
    while (!attempt->is_over) co_await attempt->ended.wait();
    if (attempt->failure) co_return *attempt->failure;
  }
  co_return connection_;
}

std::shared_ptr<RedisSession::Connecting> RedisSession::begin_to_connect() {
  auto attempt = std::make_shared<Connecting>(*this);
  connecting_ = attempt;
  spawn(environment_.executor, connect(attempt), attempt->give_up, attempt);
  return attempt;
}

boost::asio::awaitable<void> RedisSession::connect(std::shared_ptr<Connecting> attempt) {
  // If this coroutine is destroyed, the first waiter has to go as well: otherwise each keeps the other alive.
  struct Release {
    Connecting& attempt;
    ~Release() { attempt.take_first(); }
  } release{*attempt};
  if (attempt->session == nullptr) co_return;
  auto made = co_await attempt->session->environment_.redis.connect(attempt->session->deadline());
  RedisSession* const session = attempt->session;
  if (session == nullptr) co_return;
  if (made) {
    session->connection_ = std::move(*made);
    session->known_.clear();
  } else {
    attempt->failure = classify(made.error());
  }
  session->connecting_.reset();
  attempt->is_over = true;
  attempt->ended.notify_all();
  if (attempt->first) attempt->take_first()(boost::system::error_code());
}

}  // namespace core
