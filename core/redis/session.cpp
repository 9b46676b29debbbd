#include "core/redis/session.h"

#include <algorithm>

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

/// Only the first word of an error reply, in Redis' upper case: the rest may quote what it was sent.
std::string error_code_of(const std::string& text) {
  constexpr std::size_t kMaxBytes = 32;
  const auto is_of_code = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  const auto end = std::find_if_not(text.begin(), text.end(), is_of_code);
  const auto size = static_cast<std::size_t>(end - text.begin());
  const bool is_code = size > 0 && size <= kMaxBytes && (end == text.end() || *end == ' ');
  return is_code ? text.substr(0, size) : "ERR";
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
  failure.message = "Redis answered " + code;
  return failure;
}

bool serves_elsewhere(const std::string& text) {
  const std::string code = error_code_of(text);
  return code == "READONLY" || code == "MASTERDOWN" || code == "MOVED" || code == "CLUSTERDOWN" || code == "NOAUTH";
}

RedisSession::RedisSession(const Environment& environment, const RedisConfig& config, std::vector<Script> scripts)
    : environment_(environment),
      config_(config),
      scripts_(std::move(scripts)),
      known_(scripts_.size()),
      connect_ended_(environment.clock) {}

SteadyTime RedisSession::deadline() const {
  return saturating_add(environment_.clock.now(), config_.timeout);
}

void RedisSession::drop(const Connection& connection) {
  if (connection_ == connection) connection_.reset();
}

boost::asio::awaitable<RedisAttempt> RedisSession::run(std::size_t index, std::string key,
                                                       std::vector<std::string> arguments) {
  const Connected connected_to = co_await connected();
  if (!connected_to) co_return AttemptFailure{connected_to.error()};
  // `connected_to` holds it for as long as the command is under way, whatever becomes of the session's own.
  const Connection& connection = *connected_to;
  RedisCommand command;
  command.reserve(4 + arguments.size());
  command.emplace_back(known_[index] ? "EVALSHA" : "EVAL");
  command.emplace_back(known_[index] ? scripts_[index].sha1 : scripts_[index].text);
  command.emplace_back("1");
  command.push_back(std::move(key));
  for (std::string& argument : arguments) command.push_back(std::move(argument));
  RedisResult reply = co_await connection->execute(command, deadline());
  if (reply && reply->is_error() && reply->text.starts_with("NOSCRIPT")) {
    // The server has forgotten it since. With the text it cannot be forgotten in between, and it is known again.
    command[0] = "EVAL";
    command[1] = scripts_[index].text;
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
  if (connection_ == connection) known_[index] = true;
  co_return Success<RedisValue>{std::move(*reply), std::nullopt};
}

boost::asio::awaitable<RedisSession::Connected> RedisSession::connected() {
  while (connecting_) co_await connect_ended_.wait();
  if (connection_) co_return connection_;
  // Whoever comes first connects for all. The mark must go even if this coroutine is cancelled.
  struct Mark {
    RedisSession& session;
    explicit Mark(RedisSession& marked) : session(marked) { session.connecting_ = true; }
    ~Mark() {
      session.connecting_ = false;
      session.connect_ended_.notify_all();
    }
  } mark(*this);
  auto made = co_await environment_.redis.connect(deadline());
  if (!made) co_return classify(made.error());
  connection_ = std::move(*made);
  known_.assign(scripts_.size(), false);
  co_return connection_;
}

}  // namespace core
