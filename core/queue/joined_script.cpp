#include "core/queue/joined_script.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "core/async/notifier.h"
#include "core/async/spawn.h"

namespace core {

namespace {

/// A script must not keep Redis from others for long, and Lua takes no more than some thousand arguments at once.
constexpr std::size_t kMostCalls = 500;

}  // namespace

struct JoinedScript::Batch {
  explicit Batch(Clock& clock) : answered(clock) {}

  std::vector<std::string> arguments;
  std::size_t calls = 0;
  Notifier answered;
  std::optional<RedisAttempt> answer;
};

JoinedScript::JoinedScript(const Environment& environment, RedisSession& session, const Script& script, std::string key,
                           std::string shared, Mending mending)
    : environment_(environment),
      session_(session),
      script_(script),
      key_(std::move(key)),
      shared_(std::move(shared)),
      mending_(mending) {}

JoinedScript::~JoinedScript() = default;

boost::asio::awaitable<RedisAttempt> JoinedScript::run(std::vector<std::string> arguments) {
  if (!open_ || open_->calls == kMostCalls) {
    open_ = std::make_shared<Batch>(environment_.clock);
    open_->arguments.push_back(shared_);
    spawn(environment_.executor, send(open_));
  }
  const std::shared_ptr<Batch> batch = open_;
  const std::size_t place = batch->calls++;
  for (std::string& argument : arguments) batch->arguments.push_back(std::move(argument));
  while (!batch->answer) co_await batch->answered.wait();
  RedisAttempt& answer = *batch->answer;
  if (!answer) co_return AttemptFailure{answer.error()};
  std::vector<RedisValue>& answers = answer->value.value.elements;
  RedisValue own = place < answers.size() ? std::move(answers[place]) : RedisValue{};
  co_return Success<RedisReply>{{std::move(own), answer->value.sent_at}, std::nullopt};
}

boost::asio::awaitable<void> JoinedScript::send(std::shared_ptr<Batch> batch) {
  // Whatever is ready to run now may have more calls to make.
  co_await boost::asio::post(environment_.executor, boost::asio::use_awaitable);
  if (open_ == batch) open_.reset();
  batch->answer.emplace(co_await run_mended(session_, script_, key_, std::move(batch->arguments), mending_));
  batch->answered.notify_all();
}

}  // namespace core
