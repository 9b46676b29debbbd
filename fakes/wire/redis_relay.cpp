#include "fakes/wire/redis_relay.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <initializer_list>
#include <utility>
#include <variant>

#include "core/http/http.h"
#include "core/production/resp/resp_reader.h"
#include "core/production/resp/resp_writer.h"

namespace fakes::wire {

namespace {
namespace asio = boost::asio;
using boost::system::error_code;
using core::equal_ignoring_case;
using core::RedisValue;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view each) { return equal_ignoring_case(word, each); });
}

bool changes_subscriptions(std::string_view command) {
  return is_one_of(command, {"subscribe", "unsubscribe", "psubscribe", "punsubscribe"});
}

/// "message" of a published message.
std::string_view kind_of(const RedisValue& value) {
  return value.type == core::RedisType::Array && value.elements.size() >= 3 ? value.elements[0].text
                                                                            : std::string_view();
}

/// Why a command cannot be sent on; empty: it can.
std::string_view refusal_of(const core::RedisCommand& command) {
  const std::string_view first = command.size() > 1 ? std::string_view(command[1]) : std::string_view();
  if (is_one_of(command[0], {"hello"}) && !first.empty() && first != "2") return "NOPROTO unsupported protocol version";
  if (is_one_of(command[0], {"sync", "psync"}) ||
      (is_one_of(command[0], {"client"}) && equal_ignoring_case(first, "reply")))
    return "ERR this command cannot be sent on to the real server";
  return {};
}

}  // namespace

/// The connection to the real Redis. Its handlers keep it alive; once its client has left they do nothing.
class RedisRelay::Link final : public std::enable_shared_from_this<Link> {
  /// A handler that does nothing once the client has left.
  template <class F>
  auto keep(F f) {
    return [self = shared_from_this(), f = std::move(f)](auto&&... arguments) mutable {
      if (self->client_ != nullptr) f(*self, std::forward<decltype(arguments)>(arguments)...);
    };
  }

 public:
  Link(asio::io_context& context, RedisSession& client, redis::Receiver& receiver)
      : socket_(context), client_(&client), receiver_(&receiver) {}

  void connect(const Endpoint& upstream) {
    socket_.async_connect(upstream, keep([](Link& self, const error_code& error) {
                            if (error) return self.client_->close();
                            self.is_connected_ = true;
                            self.read();
                            self.client_->resume();
                          }));
  }
  /// What the client has sent is still sent on.
  void leave() {
    client_ = nullptr;
    if (writing_.empty()) close();
  }

  bool is_busy() const { return !is_connected_ || !expected_.empty(); }

  void execute(const core::RedisCommand& command) {
    send(command, {.is_given = true, .confirms = changes_subscriptions(command[0])});
  }
  void flush_scripts() { send({"SCRIPT", "FLUSH"}, {}); }

 private:
  struct Expected {
    bool is_given = false;  ///< To the client.
    bool confirms = false;  ///< A change of the subscriptions.
  };

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

  void send(const core::RedisCommand& command, Expected expected) {
    expected_.push_back(expected);
    writer_.append(command, to_write_);
    write();
  }

  void write() {
    if (!writing_.empty() || to_write_.empty()) return;
    writing_.swap(to_write_);
    asio::async_write(socket_, asio::buffer(writing_),
                      [self = shared_from_this()](const error_code& error, std::size_t) { self->on_written(error); });
  }

  void on_written(const error_code& error) {
    writing_.clear();
    if (client_ == nullptr) return close();
    if (error) return client_->close();
    write();
  }

  void read() {
    socket_.async_read_some(asio::buffer(bytes_), keep([](Link& self, const error_code& error, std::size_t size) {
                              if (error) return self.client_->close();
                              self.on_bytes({self.bytes_.data(), size});
                              if (self.client_ != nullptr) self.read();
                            }));
  }

  void on_bytes(std::string_view bytes) {
    reader_.feed(bytes);
    while (client_ != nullptr) {
      core::RespNext next = reader_.next();
      if (std::holds_alternative<core::RespMore>(next)) return;
      if (std::holds_alternative<core::RespError>(next)) return client_->close();
      on_value(std::move(std::get<RedisValue>(next)));
    }
  }

  /// A SUBSCRIBE of several channels has the first confirmation for a reply.
  void on_value(RedisValue value) {
    const std::string_view kind = kind_of(value);
    const bool awaits_confirmation = !expected_.empty() && expected_.front().confirms;
    const bool is_confirmation = (subscriptions_ > 0 || awaits_confirmation) && changes_subscriptions(kind);
    const bool is_message = subscriptions_ > 0 && is_one_of(kind, {"message", "pmessage"});
    if (is_confirmation) subscriptions_ = value.elements[2].integer;
    if (value.type == core::RedisType::Status && value.text == "RESET") subscriptions_ = 0;
    if (expected_.empty() || is_message || (is_confirmation && !awaits_confirmation))
      return receiver_->on_push(std::move(value));
    const Expected expected = expected_.front();
    expected_.pop_front();
    if (expected.is_given) receiver_->on_reply(std::move(value));
  }

  asio::generic::stream_protocol::socket socket_;
  RedisSession* client_;  ///< Null once it has left.
  redis::Receiver* receiver_;
  bool is_connected_ = false;
  std::deque<Expected> expected_;   ///< A reply for each command that was sent.
  std::int64_t subscriptions_ = 0;  ///< As the last confirmation said.
  core::RespReader reader_;
  core::RespWriter writer_;
  std::array<char, 32 * 1024> bytes_;
  std::string to_write_, writing_;
};

class RedisRelay::RelayedSession final : public redis::Session {
 public:
  RelayedSession(std::shared_ptr<Link> link, redis::Receiver& receiver) : link_(std::move(link)), receiver_(receiver) {}
  ~RelayedSession() override { link_->leave(); }

  std::int64_t id() const override { return 0; }
  int protocol_version() const override { return 2; }
  /// After QUIT the real Redis closes.
  bool wants_close() const override { return false; }
  bool is_blocked() const override { return link_->is_busy(); }

  Link& link() { return *link_; }
  redis::Receiver& receiver() { return receiver_; }

 private:
  const std::shared_ptr<Link> link_;
  redis::Receiver& receiver_;
};

/// Nobody needs to know what scripts_ answers.
struct RedisRelay::Unheard final : redis::Receiver {
  void on_reply(RedisValue) override {}
  void on_push(RedisValue) override {}
};

RedisRelay::RedisRelay(asio::io_context& context, Endpoint upstream)
    : context_(context),
      upstream_(std::move(upstream)),
      scripts_(core::WallTime{}),
      unheard_(std::make_unique<Unheard>()),
      teller_(scripts_.connect(*unheard_)) {}

RedisRelay::~RedisRelay() = default;

std::unique_ptr<redis::Session> RedisRelay::connect(RedisSession& client, redis::Receiver& receiver) {
  const auto link = std::make_shared<Link>(context_, client, receiver);
  auto session = std::make_unique<RelayedSession>(link, receiver);
  link->connect(upstream_);
  return session;
}

void RedisRelay::execute(redis::Session& session, const core::RedisCommand& command) {
  auto& relayed = static_cast<RelayedSession&>(session);
  if (const std::string_view refusal = refusal_of(command); !refusal.empty())
    return relayed.receiver().on_reply(RedisValue::error(refusal));
  learn(command);
  relayed.link().execute(command);
}

void RedisRelay::flush_scripts(redis::Session& session) {
  static_cast<RelayedSession&>(session).link().flush_scripts();
}

/// What EVAL runs, EVALSHA may run after it.
void RedisRelay::learn(const core::RedisCommand& command) {
  const bool loads = command.size() == 3 && is_one_of(command[0], {"script"}) && is_one_of(command[1], {"load"});
  const bool runs = command.size() >= 2 && is_one_of(command[0], {"eval", "eval_ro"});
  if (loads || runs) scripts_.execute(*teller_, {"SCRIPT", "LOAD", loads ? command[2] : command[1]}, {});
}

}  // namespace fakes::wire
