#include "core/production/redis/redis_link.h"

#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>

#include "core/async/spawn.h"
#include "core/check.h"
#include "core/http/http.h"
#include "core/json/input_error.h"

namespace core {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// How many answers the command has: SUBSCRIBE and its kin have one for each channel.
std::size_t confirmations_of(const RedisCommand& command) {
  const std::string_view name = command.front();
  constexpr std::string_view kSuffix = "subscribe";
  if (name.size() < kSuffix.size()) return 0;
  if (!equal_ignoring_case(name.substr(name.size() - kSuffix.size()), kSuffix)) return 0;
  return std::max<std::size_t>(1, command.size() - 1);
}

std::string_view kind_of(const RedisValue& value) {
  if (value.type != RedisType::Array || value.elements.size() < 3) return {};
  return value.elements.front().text;
}

}  // namespace

RedisLink::RedisLink(asio::any_io_executor executor, Clock& clock, std::unique_ptr<RedisStream> stream,
                     std::shared_ptr<RedisInbox> inbox, OnError on_error)
    : executor_(std::move(executor)),
      clock_(clock),
      stream_(std::move(stream)),
      inbox_(std::move(inbox)),
      on_error_(std::move(on_error)),
      timer_(clock.make_timer()) {}

void RedisLink::start() {
  read();
  spawn(executor_, watch(shared_from_this()));
}

asio::awaitable<void> RedisLink::watch(std::shared_ptr<RedisLink> link) {
  while (!link->is_closed_) {
    (void)co_await link->timer_->wait_until(link->next_look_);
    link->check_deadlines();
  }
}

void RedisLink::check_deadlines() {
  const SteadyTime now = clock_.now();
  next_look_ = SteadyTime::max();
  bool is_over = false;
  for (Command& command : commands_) {
    if (!command.handler) continue;
    if (command.deadline <= now) {
      is_over = true;
      complete(std::move(command.handler), {}, RedisError::Timeout);
    } else {
      next_look_ = std::min(next_look_, command.deadline);
    }
  }
  if (is_over) lose("no reply in time");
}

void RedisLink::send(const RedisCommand& command, SteadyTime deadline, Handler handler) {
  if (is_closed_) return complete(std::move(handler), {}, RedisError::Lost);
  if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
    slot.assign([link = weak_from_this(), sequence = sequence_ + commands_.size()](asio::cancellation_type) {
      if (const auto alive = link.lock()) alive->give_up(sequence);
    });
  }
  commands_.push_back({std::move(handler), deadline, &command, nullptr, confirmations_of(command)});
  if (deadline < next_look_) {
    next_look_ = deadline;
    timer_->wake();
  }
  // At once, so that the server works on it while this process does something else; what is sent until that is
  // written goes out together.
  if (!is_flushing_) flush();
}

void RedisLink::flush() {
  outgoing_.clear();
  if (outgoing_.capacity() > 2 * kWriteBytes) outgoing_.shrink_to_fit();
  while (!is_closed_ && written_ < commands_.size() && outgoing_.size() < kWriteBytes) {
    Command& command = commands_[written_++];
    writer_.append(*std::exchange(command.words, nullptr), outgoing_);
    command.kept.reset();
  }
  is_flushing_ = !outgoing_.empty();
  if (!is_flushing_) return;
  stream_->write_all(asio::buffer(outgoing_),
                     [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

void RedisLink::on_written(error_code error) {
  if (error) return lose(error.message());
  flush();
}

void RedisLink::read() {
  stream_->read_some(asio::buffer(incoming_),
                     [self = shared_from_this()](error_code error, std::size_t size) { self->on_read(error, size); });
}

void RedisLink::on_read(error_code error, std::size_t size) {
  if (is_closed_) return;
  if (error) return lose(error == asio::error::eof ? "closed by the server" : error.message());
  reader_.feed({incoming_.data(), size});
  while (!is_closed_) {
    RespNext next = reader_.next();
    if (std::holds_alternative<RespMore>(next)) return read();
    if (auto* broken = std::get_if<RespError>(&next)) return lose(std::move(broken->message));
    receive(std::move(std::get<RedisValue>(next)));
  }
}

void RedisLink::receive(RedisValue value) {
  if (value.is_error()) on_error_(value.text);
  if (receive_push(value)) return;
  // It answers nothing of ours, so that nothing of ours is in it.
  if (written_ == 0) {
    return lose(value.is_error() ? "the server said: " + printable(value.text, 200)
                                 : std::string("a reply that nothing had asked for"));
  }
  answer(std::move(value));
  pop_command();
}

/// RESP2 does not mark what is pushed. A confirmation answers the command that asked for it, but of several the first
/// alone; everything else of this form on a connection that has subscribed is a message.
bool RedisLink::receive_push(RedisValue& value) {
  const bool is_awaited = written_ > 0 && commands_.front().confirmations > 0;
  if (!is_subscriber_ && !is_awaited) return false;
  const std::string_view kind = kind_of(value);
  if (kind.ends_with("message")) {
    if (is_subscriber_) push(std::move(value));
    return is_subscriber_;
  }
  if (!kind.ends_with("subscribe")) return false;
  is_subscriber_ = true;
  if (!is_awaited) {
    push(std::move(value));
    return true;
  }
  if (commands_.front().handler) {
    answer(std::move(value));
  } else {
    push(std::move(value));
  }
  if (--commands_.front().confirmations == 0) pop_command();
  return true;
}

void RedisLink::push(RedisValue value) {
  if (push_handler_) return complete(std::move(push_handler_), {}, std::move(value));
  const std::size_t bytes = reader_.value_bytes();
  inbox_->bytes += bytes;
  inbox_->messages.push_back({std::move(value), bytes});
  if (inbox_->bytes > kMaxInboxBytes) lose("messages came faster than they were taken");
}

void RedisLink::answer(RedisResult result) {
  Command& command = commands_.front();
  if (command.handler) complete(std::move(command.handler), {}, std::move(result));
}

void RedisLink::pop_command() {
  commands_.pop_front();
  --written_;
  ++sequence_;
}

void RedisLink::wait_for_push(Handler handler) {
  if (is_closed_) return complete(std::move(handler), {}, RedisError::Lost);
  if (push_handler_) broken_invariant("two wait for the next message of one connection");
  if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
    slot.assign([link = weak_from_this()](asio::cancellation_type) {
      if (const auto alive = link.lock()) alive->give_up_push();
    });
  }
  // Boost 1.81's move assignment of this type never comes back.
  push_handler_.swap(handler);
}

void RedisLink::give_up(std::uint64_t sequence) {
  const std::uint64_t index = sequence - sequence_;
  if (index >= commands_.size() || !commands_[index].handler) return;
  Command& command = commands_[index];
  if (command.words != nullptr) {
    command.kept = std::make_unique<RedisCommand>(*command.words);
    command.words = command.kept.get();
  }
  complete(std::move(command.handler), asio::error::operation_aborted, RedisError::Lost);
  const auto is_given_up = [](const Command& one) { return !one.handler; };
  if (++given_up_ <= kMaxGivenUp) return;
  // Those that were answered since do not count.
  given_up_ = static_cast<std::size_t>(std::count_if(commands_.begin(), commands_.end(), is_given_up));
  if (given_up_ > kMaxGivenUp) lose("too many commands were given up that are not answered");
}

void RedisLink::give_up_push() {
  if (push_handler_) complete(std::move(push_handler_), asio::error::operation_aborted, RedisError::Lost);
}

void RedisLink::lose(std::string reason) {
  if (std::exchange(is_closed_, true)) return;
  inbox_->end_reason = std::move(reason);
  stream_->close();
  timer_->wake();
  std::deque<Command> commands = std::exchange(commands_, {});
  written_ = 0;
  for (Command& command : commands) {
    if (command.handler) complete(std::move(command.handler), {}, RedisError::Lost);
  }
  if (push_handler_) complete(std::move(push_handler_), {}, RedisError::Lost);
}

/// Later, never inside a call: who is resumed may do anything to this link.
void RedisLink::complete(Handler handler, error_code error, RedisResult result) {
  asio::post(executor_, [handler = std::move(handler), error, result = std::move(result)]() mutable {
    std::move(handler)(error, std::move(result));
  });
}

}  // namespace core
