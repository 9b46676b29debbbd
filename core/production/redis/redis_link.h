// Pipelining on one stream: commands go out in the order in which they were given, each reply goes to the command that
// it answers, messages of subscriptions go to whoever waits for the next. One timer stands over all deadlines.
//
// Who owns it: what is under way on the stream, and the watch over the deadlines. It must not be owned by who waits for
// it, because the waiting coroutines are its own; a RedisConnection holds it weakly.
//
// Memory: a command stays with its caller until there is room for it in the one buffer that is being written, so that
// no more than kWriteBytes and one command are held here. Replies are bounded by RespReader; messages that nobody
// takes, and commands that were given up and never answered, end the connection.
#pragma once

#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "core/production/redis/redis_stream.h"
#include "core/production/resp/resp_reader.h"
#include "core/production/resp/resp_writer.h"
#include "core/redis/redis.h"
#include "core/time/clock.h"

namespace core {

/// Messages that have come and were not asked for yet. They outlive their link.
struct RedisInbox {
  struct Message {
    RedisValue value;
    std::size_t bytes;
  };
  std::deque<Message> messages;
  std::size_t bytes = 0;
  std::string end_reason;  ///< Why the connection was lost; empty as long as it is not.
};

class RedisLink : public std::enable_shared_from_this<RedisLink> {
 public:
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code, RedisResult)>;
  using OnError = std::function<void(const std::string& text)>;

  static constexpr std::size_t kReadBytes = 16 * 1024;
  static constexpr std::size_t kWriteBytes = 256 * 1024;
  static constexpr std::size_t kMaxInboxBytes = 8 * 1024 * 1024;
  static constexpr std::size_t kMaxGivenUp = 10'000;

  /// For one thread: everything runs on `executor`, as must those who wait. `on_error` hears every error reply.
  RedisLink(boost::asio::any_io_executor executor, Clock& clock, std::unique_ptr<RedisStream> stream,
            std::shared_ptr<RedisInbox> inbox, OnError on_error);
  void start();

  /// `command` must live until the handler is called.
  void send(const RedisCommand& command, SteadyTime deadline, Handler handler);
  /// One waiter at a time.
  void wait_for_push(Handler handler);
  /// What is under way ends as Lost.
  void close() { lose("closed"); }

 private:
  /// A command whose reply has not come.
  struct Command {
    Handler handler;  ///< Null: given up, or answered by the first of its confirmations.
    SteadyTime deadline;
    const RedisCommand* words;           ///< Null once it has been written.
    std::unique_ptr<RedisCommand> kept;  ///< Of a command that was given up before.
    std::size_t confirmations = 0;       ///< How many of (UN)SUBSCRIBE's answers are still to come.
  };

  static boost::asio::awaitable<void> watch(std::shared_ptr<RedisLink> link);
  void read();
  void on_read(boost::system::error_code error, std::size_t size);
  void flush();
  void on_written(boost::system::error_code error);
  void receive(RedisValue value);
  bool receive_push(RedisValue& value);
  void push(RedisValue value);
  void answer(RedisResult result);
  void pop_command();
  void give_up(std::uint64_t sequence);
  void give_up_push();
  void check_deadlines();
  void lose(std::string reason);
  void complete(Handler handler, boost::system::error_code error, RedisResult result);

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  std::unique_ptr<RedisStream> stream_;
  std::shared_ptr<RedisInbox> inbox_;
  OnError on_error_;
  std::unique_ptr<Timer> timer_;
  SteadyTime next_look_ = SteadyTime::max();  ///< No deadline is before.

  RespReader reader_;
  RespWriter writer_;
  std::array<char, kReadBytes> incoming_;
  std::string outgoing_;
  std::deque<Command> commands_;
  std::size_t written_ = 0;     ///< How many of `commands_`, from the front, are on their way.
  std::uint64_t sequence_ = 0;  ///< Of the front of `commands_`.
  std::size_t given_up_ = 0;
  Handler push_handler_;
  bool is_flushing_ = false;    ///< A write is under way.
  bool is_subscriber_ = false;  ///< From its first confirmation on.
  bool is_closed_ = false;
};

}  // namespace core
