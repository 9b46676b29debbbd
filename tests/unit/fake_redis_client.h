// Clients of the fake Redis for tests, in the words of redis_trace.h; what is pushed is looked at by the test itself.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/redis/server.h"
#include "tests/support/redis_trace.h"

namespace fakes::redis {

using tests::parse_command;
using tests::show;

inline constexpr core::WallTime kStart{std::chrono::seconds(1'700'000'000)};

inline core::SteadyTime at(core::Duration time) {
  return core::SteadyTime(time);
}

class Client final : public Receiver {
 public:
  explicit Client(Server& server) : server_(server), session_(server.connect(*this)) {}

  void on_reply(core::RedisValue reply) override { log.push_back(show(reply)); }
  void on_push(core::RedisValue push) override { log.push_back("push " + show(push)); }

  /// The last reply (or push) that the command caused, or "waits".
  std::string operator()(const core::RedisCommand& command, core::SteadyTime now = {}) {
    const std::size_t before = log.size();
    server_.execute(*session_, command, now);
    return log.size() == before ? "waits" : log.back();
  }
  std::string operator()(std::string_view line, core::SteadyTime now = {}) { return (*this)(parse_command(line), now); }
  std::vector<std::string> take_log() { return std::exchange(log, {}); }
  Session& session() { return *session_; }
  void disconnect() { session_.reset(); }

  std::vector<std::string> log;

 private:
  Server& server_;
  std::unique_ptr<Session> session_;
};

/// `command` waits for a second and a half.
inline void expect_that_waiting_ends_at_its_timeout(Server& server, Client& client, std::string_view command) {
  using std::chrono::milliseconds;
  EXPECT_EQ(client(command, at(std::chrono::seconds(10))), "waits");
  EXPECT_EQ(server.next_deadline(), at(milliseconds(11'500)));
  server.advance(at(milliseconds(11'499)));
  EXPECT_TRUE(client.log.empty());
  server.advance(at(milliseconds(11'500)));
  EXPECT_EQ(client.take_log(), std::vector<std::string>{"nilarray"});
  EXPECT_FALSE(server.next_deadline());
}

}  // namespace fakes::redis
