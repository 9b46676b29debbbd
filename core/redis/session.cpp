#include "core/redis/session.h"

#include <algorithm>

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

struct RedisSession::Connecting {
  explicit Connecting(Clock& clock) : ended(clock) {}

  Notifier ended;
  bool is_over = false;
  std::optional<Failure> failure;  ///< Why there is no connection; nothing where nobody tried to the end.
};

RedisSession::RedisSession(const Environment& environment, const RedisConfig& config)
    : environment_(environment), config_(config) {}

RedisSession::~RedisSession() = default;

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
  while (connecting_) {
    // Whoever comes first connects for all. The others share a failure, too: one after the other, each would wait for
    // an attempt of its own.
    const std::shared_ptr<Connecting> attempt = connecting_;
    while (!attempt->is_over) co_await attempt->ended.wait();
    if (attempt->failure) co_return *attempt->failure;
  }
  if (connection_) co_return connection_;
  co_return co_await connect();
}

boost::asio::awaitable<RedisSession::Connected> RedisSession::connect() {
  // The others must be woken even if this coroutine is cancelled.
  struct Attempt {
    RedisSession& session;
    std::shared_ptr<Connecting> shared;
    explicit Attempt(RedisSession& owner)
        : session(owner), shared(std::make_shared<Connecting>(owner.environment_.clock)) {
      session.connecting_ = shared;
    }
    ~Attempt() {
      session.connecting_.reset();
      shared->is_over = true;
      shared->ended.notify_all();
    }
  } attempt(*this);
  auto made = co_await environment_.redis.connect(deadline());
  if (!made) {
    attempt.shared->failure = classify(made.error());
    co_return *attempt.shared->failure;
  }
  connection_ = std::move(*made);
  known_.clear();
  co_return connection_;
}

}  // namespace core
