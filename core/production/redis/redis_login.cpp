#include "core/production/redis/redis_login.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "core/json/input_error.h"
#include "core/redis/error_reply.h"

namespace core {

namespace {

/// A name and a PING are a courtesy, which a server may forbid this user without being of less use to us.
enum class Necessity : std::uint8_t { Required, MayBeForbidden };

struct Step {
  RedisCommand command;
  Necessity necessity = Necessity::Required;
  std::string stage;
};

std::vector<Step> steps_of(const RedisLogin& login) {
  const RedisAddress& address = login.address;
  std::vector<Step> steps;
  if (!address.password.empty()) {
    RedisCommand command{"AUTH"};
    if (!address.user.empty()) command.push_back(address.user);
    command.push_back(address.password);
    steps.push_back({std::move(command), Necessity::Required, "AUTH"});
  }
  if (address.database != 0) {
    std::string number = std::to_string(address.database);
    std::string stage = "SELECT " + number;
    steps.push_back({{"SELECT", std::move(number)}, Necessity::Required, std::move(stage)});
  }
  if (!login.client_name.empty()) {
    steps.push_back({{"CLIENT", "SETNAME", login.client_name}, Necessity::MayBeForbidden, "CLIENT SETNAME"});
  }
  steps.push_back({{"PING"}, Necessity::MayBeForbidden, "PING"});
  return steps;
}

/// Servers quote what they do not understand, and it may be the password that they did not understand.
std::string told(const std::string& error, const std::string& password) {
  const std::string shown = first_words(error);
  const auto holds_password = [&](std::string_view text) {
    return !password.empty() && text.find(password) != std::string_view::npos;
  };
  if (holds_password(shown)) {
    const std::string_view code = std::string_view(shown).substr(0, shown.find(' '));
    return (holds_password(code) ? "an error" : printable(code, 32)) + std::string(" (the rest cannot be shown)");
  }
  return shown;
}

bool is_courtesy_refused(const Step& step, const std::string& error) {
  return step.necessity == Necessity::MayBeForbidden &&
         (error.starts_with("NOPERM") || error.starts_with("ERR unknown"));
}

/// "standalone", "cluster" or "sentinel": what HELLO says, which everybody may ask. Empty: a server before 6.0, or a
/// proxy.
std::string_view mode_in(const RedisValue& greeting) {
  const std::vector<RedisValue>& fields = greeting.elements;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i].text == "mode") return fields[i + 1].text;
  }
  return {};
}

/// Whether Redis takes the slot of all keys with this prefix from the text between its braces.
bool has_tag(std::string_view prefix) {
  const std::size_t open = prefix.find('{');
  if (open == std::string_view::npos) return false;
  const std::size_t close = prefix.find('}', open);
  return close != std::string_view::npos && close > open + 1;
}

std::optional<RedisRefusal> refusal_of(std::string_view mode, const std::string& endpoint, std::string_view prefix) {
  if (mode == "sentinel") {
    return RedisRefusal{endpoint + " is a Redis Sentinel, which holds no jobs: give the address of the Redis itself",
                        true};
  }
  if (mode != "cluster" || has_tag(prefix)) return std::nullopt;
  return RedisRefusal{endpoint +
                          " is a node of a cluster, which may have a job's keys on several nodes: give "
                          "redis.key_prefix a {tag}, such as \"{rehearse}:\"",
                      true};
}

}  // namespace

boost::asio::awaitable<std::optional<RedisRefusal>> log_in(RedisConnection& connection, RedisLogin login,
                                                           SteadyTime deadline, std::string& stage) {
  const std::string endpoint = endpoint_of(login.address);
  for (const Step& step : steps_of(login)) {
    stage = fmt::format("the answer of {} to {}", endpoint, step.stage);
    const RedisResult reply = co_await connection.execute(step.command, deadline);
    if (!reply) {
      co_return RedisRefusal{fmt::format("{} ended the connection before it answered {}", endpoint, step.stage)};
    }
    if (!reply->is_error()) continue;
    if (is_courtesy_refused(step, reply->text)) continue;
    co_return RedisRefusal{
        fmt::format("{} answered {} with: {}", endpoint, step.stage, told(reply->text, login.address.password))};
  }
  if (!login.key_prefix) co_return std::nullopt;
  stage = fmt::format("the answer of {} to HELLO", endpoint);
  const RedisCommand hello{"HELLO"};
  const RedisResult greeting = co_await connection.execute(hello, deadline);
  if (!greeting) co_return RedisRefusal{endpoint + " ended the connection before it answered HELLO"};
  co_return refusal_of(mode_in(*greeting), endpoint, *login.key_prefix);
}

}  // namespace core
