// Tests of the served Redis: what they say to it, and the two that may do the commands.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/redis_server.h"
#include "tests/wire/served.h"

namespace tests {

inline std::string command(std::initializer_list<std::string_view> words) {
  std::string bytes = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return bytes;
}

inline fakes::RedisRule rule(fakes::RedisAction action, std::string on = "*", core::Duration latency = {}) {
  fakes::RedisRule made;
  made.on = std::move(on);
  made.action = std::move(action);
  made.latency = latency;
  return made;
}

inline fakes::wire::HostOptions with_rule(fakes::RedisRule made) {
  fakes::wire::HostOptions options;
  options.redis = {std::move(made)};
  return options;
}

enum class DoneBy { Fake, Real };

class ServedRedis : public testing::TestWithParam<DoneBy> {
 protected:
  /// A real one is new and empty.
  fakes::wire::HostOptions backed(fakes::wire::HostOptions options = {}) {
    if (GetParam() == DoneBy::Fake) return options;
    real_.emplace();
    options.redis_upstream = boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), real_->port());
    return options;
  }

  std::optional<RedisServer> real_;
};

/// The reply to one command, which must be a line.
inline std::string line(Wire& wire, std::initializer_list<std::string_view> words) {
  wire.send(command(words));
  return wire.read_until("\r\n");
}

inline std::string name_of(const testing::TestParamInfo<DoneBy>& each) {
  return each.param == DoneBy::Fake ? "by_the_fake_one" : "by_a_real_one";
}

}  // namespace tests
