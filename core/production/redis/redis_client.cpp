#include "core/production/redis/redis_client.h"

#include <fmt/format.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "core/async/spawn.h"
#include "core/production/redis/redis_link.h"
#include "core/production/redis/redis_login.h"

namespace core {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

/// What connections and attempts to make one need of their client, which may go before them.
struct RedisClient::Shared {
  asio::any_io_executor executor;
  Clock& clock;
  RedisClientOptions options;
  RedisTlsContext tls{options.tls};
  std::optional<RedisAddress> moved_to = {};

  RedisAddress address() const { return moved_to.value_or(options.address); }

  /// An error reply of the server at `from`, which has let us in or not.
  void hear(const RedisAddress& from, const std::string& text, bool is_let_in) {
    if (text.starts_with("CLUSTERDOWN")) moved_to.reset();
    if (auto target = moved_address(from, text)) {
      const std::string refused = why_not_followed(options.address, *target, options.follow_moved);
      if (!refused.empty()) {
        options.on_moved_refused(refused);
        return;
      }
      moved_to = std::move(*target);
    }
    if (is_let_in) options.on_error_reply(text);
  }
};

namespace {

using Awaiting = decltype(asio::use_awaitable);
using Signature = void(error_code, RedisResult);

class LinkedConnection final : public RedisConnection {
 public:
  LinkedConnection(asio::any_io_executor executor, const std::shared_ptr<RedisLink>& link,
                   std::shared_ptr<RedisInbox> inbox)
      : executor_(std::move(executor)), link_(link), inbox_(std::move(inbox)) {}

  ~LinkedConnection() override {
    if (const auto link = link_.lock()) link->close();
  }

  awaitable<RedisResult> execute(const RedisCommand& command, SteadyTime deadline) override {
    return asio::async_initiate<Awaiting, Signature>(
        [this, &command, deadline](auto handler) {
          const auto link = link_.lock();
          if (!link) return complete(std::move(handler), RedisError::Lost);
          link->send(command, deadline, std::move(handler));
        },
        asio::use_awaitable);
  }

  awaitable<RedisResult> next_push() override {
    return asio::async_initiate<Awaiting, Signature>(
        [this](auto handler) {
          if (!inbox_->messages.empty()) {
            RedisInbox::Message message = std::move(inbox_->messages.front());
            inbox_->messages.pop_front();
            inbox_->bytes -= message.bytes;
            return complete(std::move(handler), std::move(message.value));
          }
          const auto link = link_.lock();
          if (!link) return complete(std::move(handler), RedisError::Lost);
          link->wait_for_push(std::move(handler));
        },
        asio::use_awaitable);
  }

 private:
  void complete(RedisLink::Handler handler, RedisResult result) {
    asio::post(executor_, [handler = std::move(handler), result = std::move(result)]() mutable {
      std::move(handler)(error_code(), std::move(result));
    });
  }

  asio::any_io_executor executor_;
  std::weak_ptr<RedisLink> link_;
  std::shared_ptr<RedisInbox> inbox_;
};

using Made = boost::system::result<std::unique_ptr<RedisConnection>, std::string>;

/// What a connection without TLS looks like to a server that waits for a handshake, and the other way round.
std::string told_end(const RedisAddress& address, std::string reason, const std::string& end) {
  if (end.empty()) return reason;
  reason += fmt::format(" ({})", end);
  if (address.scheme == RedisScheme::Tcp) reason += "; does it expect TLS (rediss://)?";
  return reason;
}

}  // namespace

/// One try to make a connection, shared by who waits for it and the coroutine that does it: the wait ends in time even
/// where the work, such as the look-up of a name, cannot be interrupted.
struct RedisClient::Attempt {
  explicit Attempt(Clock& clock) : done(clock.make_timer()) {}

  asio::cancellation_signal cancel;
  std::unique_ptr<Timer> done;
  void end(Made result) {
    made = std::move(result);
    done->wake();
  }

  std::optional<Made> made;
  std::string stage;
  bool is_over = false;
};

/// The coroutine has ended, or is destroyed: there is nothing left to cancel.
class RedisClient::Working {
 public:
  explicit Working(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}
  ~Working() { attempt_->is_over = true; }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;

 private:
  std::shared_ptr<Attempt> attempt_;
};

/// Nobody waits any more.
class RedisClient::Awaiting {
 public:
  explicit Awaiting(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}
  ~Awaiting() {
    if (!attempt_->is_over) attempt_->cancel.emit(asio::cancellation_type::terminal);
  }
  Awaiting(const Awaiting&) = delete;
  Awaiting& operator=(const Awaiting&) = delete;

 private:
  std::shared_ptr<Attempt> attempt_;
};

RedisClient::RedisClient(asio::any_io_executor executor, Clock& clock, RedisClientOptions options)
    : shared_(std::make_shared<Shared>(
          Shared{.executor = std::move(executor), .clock = clock, .options = std::move(options)})) {}

RedisClient::~RedisClient() = default;

awaitable<void> RedisClient::make(std::shared_ptr<Shared> shared, std::shared_ptr<Attempt> attempt,
                                  SteadyTime deadline) {
  const Working working(attempt);
  const RedisAddress address = shared->address();
  OpenedRedisStream stream = co_await open_redis_stream(address, shared->tls, attempt->stage);
  if (!stream) {
    attempt->end(stream.error());
    co_return;
  }
  const auto inbox = std::make_shared<RedisInbox>();
  const auto is_let_in = std::make_shared<bool>(false);
  auto link = std::make_shared<RedisLink>(
      shared->executor, shared->clock, std::move(*stream), inbox,
      [shared, address, is_let_in](const std::string& text) { shared->hear(address, text, *is_let_in); });
  link->start();
  auto connection = std::make_unique<LinkedConnection>(shared->executor, link, inbox);
  // It holds on to those that wait for its replies, so that none of them may hold on to it.
  link.reset();
  RedisLogin login{address, shared->options.client_name, shared->options.key_prefix};
  auto refusal = co_await log_in(*connection, std::move(login), deadline, attempt->stage);
  if (refusal) {
    if (refusal->is_wrong_server) shared->options.on_wrong_server(refusal->reason);
    attempt->end(told_end(address, std::move(refusal->reason), inbox->end_reason));
  } else {
    *is_let_in = true;
    attempt->end(std::unique_ptr<RedisConnection>(std::move(connection)));
  }
}

awaitable<boost::system::result<std::unique_ptr<RedisConnection>, RedisError>> RedisClient::connect(
    SteadyTime deadline) {
  const auto shared = shared_;
  const auto attempt = std::make_shared<Attempt>(shared->clock);
  const Awaiting awaiting(attempt);
  spawn(shared->executor, make(shared, attempt, deadline), attempt->cancel, attempt);
  // What fails without any waiting has ended by now, and wakes nobody.
  if (!attempt->made) (void)co_await attempt->done->wait_until(deadline);
  if (attempt->made && *attempt->made) co_return std::move(**attempt->made);
  // Where the keys have moved to nobody answers: what the configuration says is asked again.
  shared->moved_to.reset();
  shared->options.on_connect_failure(attempt->made ? attempt->made->error()
                                                   : "no answer in time: waited for " + attempt->stage);
  co_return RedisError::Refused;
}

}  // namespace core
