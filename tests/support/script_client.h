// A client of a fake Redis in virtual time that runs the queue's scripts.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/redis/script.h"
#include "fakes/redis/server.h"

namespace tests {

class ScriptClient final : public fakes::redis::Receiver {
 public:
  core::RedisValue run(const core::Script& script, std::vector<std::string> arguments) {
    const core::RedisValue reply = ask(script, std::move(arguments));
    EXPECT_FALSE(reply.is_error()) << reply.text;
    return reply;
  }
  /// The answer may be an error.
  core::RedisValue ask(const core::Script& script, std::vector<std::string> arguments) {
    core::RedisCommand command{"EVAL", script.text, "1", "job:"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    if (const std::size_t of_script = arguments_of(script)) command.resize(4 + std::max(of_script, arguments.size()));
    server_.execute(*session_, command, now);
    return reply_;
  }
  core::RedisValue call(const core::RedisCommand& command) {
    server_.execute(*session_, command, now);
    EXPECT_FALSE(reply_.is_error()) << reply_.text;
    return reply_;
  }
  void on_reply(core::RedisValue reply) override { reply_ = std::move(reply); }
  void on_push(core::RedisValue push) override {
    if (push.elements.size() != 3 || push.elements[0].text != "message") return;
    heard.push_back(push.elements[1].text + " " + push.elements[2].text);
  }

  core::SteadyTime now;
  std::vector<std::string> heard;  ///< Channel and message, once it has subscribed.

 private:
  /// How many a script needs of which tests leave out the last ones: they are empty then. 0: any number.
  static std::size_t arguments_of(const core::Script& script) {
    const std::string_view name = script.name;
    return name == "claim" || name == "requeue" || name == "fail" ? 6 : name == "enqueue" ? 4 : 0;
  }

  fakes::redis::Server server_{core::WallTime(std::chrono::seconds(1'767'225'600))};
  std::unique_ptr<fakes::redis::Session> session_ = server_.connect(*this);
  core::RedisValue reply_;
};

}  // namespace tests
