// Clients of the fake Redis for tests, and traces: one command a line with the reply it must get, `GET a -> nil`.
// Several clients take part as `@b GET a -> nil`; the first is `a`. Replies are written +status, -error, :integer,
// "bulk", nil, nilarray, [elements ], #double; what is pushed is looked at by the test itself.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/redis/server.h"

namespace fakes::redis {

inline constexpr core::WallTime kStart{std::chrono::seconds(1'700'000'000)};

inline core::SteadyTime at(core::Duration time) {
  return core::SteadyTime(time);
}

inline std::string show(const core::RedisValue& value) {
  using core::RedisType;
  const auto list = [&](std::string_view open, std::string_view close) {
    std::string text(open);
    for (const core::RedisValue& element : value.elements) text += show(element) + " ";
    return text + std::string(close);
  };
  switch (value.type) {
    case RedisType::Null:
      return "nil";
    case RedisType::NullArray:
      return "nilarray";
    case RedisType::Status:
      return "+" + value.text;
    case RedisType::Error:
      return "-" + value.text;
    case RedisType::Integer:
      return fmt::format(":{}", value.integer);
    case RedisType::Bulk: {
      std::string text = "\"";
      for (const char c : value.text) {
        const auto byte = static_cast<unsigned char>(c);
        text += byte < 32 || byte > 126 ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
      }
      return text + "\"";
    }
    case RedisType::Array:
      return list("[", "]");
    case RedisType::Map:
      return list("{", "}");
    case RedisType::Set:
      return list("~[", "]");
    case RedisType::Push:
      return list(">[", "]");
    case RedisType::Double:
      return fmt::format("#{}", value.number);
    case RedisType::Boolean:
      return value.integer != 0 ? "#t" : "#f";
  }
  return "";
}

/// Words, with "..." (and its escapes \n \") and '...' around what holds spaces.
inline core::RedisCommand parse_command(std::string_view line) {
  core::RedisCommand command;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    std::string word;
    if (line[i] == '"' || line[i] == '\'') {
      const char quote = line[i++];
      for (; i < line.size() && line[i] != quote; ++i) {
        if (quote == '"' && line[i] == '\\' && i + 1 < line.size()) {
          word += line[++i] == 'n' ? '\n' : line[i];
        } else {
          word += line[i];
        }
      }
      ++i;
    } else {
      while (i < line.size() && line[i] != ' ') word += line[i++];
    }
    command.push_back(std::move(word));
  }
  return command;
}

class Client final : public Receiver {
 public:
  explicit Client(Server& server) : server_(server), session_(server.connect(*this)) {}

  void on_reply(core::RedisValue reply) override { log.push_back(show(reply)); }
  void on_push(core::RedisValue push) override { log.push_back("push " + show(push)); }

  /// The last reply (or push) that the command caused, or "waits".
  std::string operator()(std::string_view line, core::SteadyTime now = {}) {
    const std::size_t before = log.size();
    server_.execute(*session_, parse_command(line), now);
    return log.size() == before ? "waits" : log.back();
  }
  std::vector<std::string> take_log() { return std::exchange(log, {}); }
  Session& session() { return *session_; }
  void disconnect() { session_.reset(); }

  std::vector<std::string> log;

 private:
  Server& server_;
  std::unique_ptr<Session> session_;
};

/// The SHA-1 that an error names is written SHA in traces.
inline std::string without_sha(std::string text) {
  const std::size_t at = text.find(" script: ");
  if (at != std::string::npos && text.size() >= at + 49) text.replace(at + 9, 40, "SHA");
  return text;
}

/// Runs a trace. A command that waits is given its timeout at once.
inline void expect_trace(std::string_view trace) {
  Server server(kStart);
  std::map<std::string, std::unique_ptr<Client>> clients;
  std::size_t lines = 0;
  while (!trace.empty()) {
    const std::size_t end = std::min(trace.find('\n'), trace.size());
    const std::string_view line = trace.substr(0, end);
    trace.remove_prefix(std::min(end + 1, trace.size()));
    if (line.empty()) continue;
    const std::size_t arrow = line.rfind(" -> ");
    if (arrow == std::string_view::npos) {
      ADD_FAILURE() << "no reply is expected of: " << line;
      continue;
    }
    std::string_view command = line.substr(0, arrow);
    std::string name = "a";
    if (command.starts_with('@')) {
      name = command.substr(1, 1);
      command.remove_prefix(3);
    }
    auto& client = clients[name];
    if (!client) client = std::make_unique<Client>(server);
    std::string reply = (*client)(command);
    if (reply == "waits" && server.next_deadline()) {
      server.advance(*server.next_deadline());
      reply = client->log.back();
    }
    EXPECT_EQ(without_sha(reply), line.substr(arrow + 4)) << line;
    ++lines;
  }
  EXPECT_GT(lines, 0U);
}

}  // namespace fakes::redis
