#include "core/production/redis/redis_login.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "core/json/input_error.h"

namespace core {

namespace {

/// A name and a PING are a courtesy, which a server may forbid this user without being of less use to us.
enum class Necessity : std::uint8_t { Required, MayBeForbidden };

struct Step {
  RedisCommand command;
  Necessity necessity = Necessity::Required;
  std::string stage;
};

std::vector<Step> steps_of(const RedisAddress& address, std::string client_name) {
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
  if (!client_name.empty()) {
    steps.push_back({{"CLIENT", "SETNAME", std::move(client_name)}, Necessity::MayBeForbidden, "CLIENT SETNAME"});
  }
  steps.push_back({{"PING"}, Necessity::MayBeForbidden, "PING"});
  return steps;
}

/// Servers quote what they do not understand, and it may be the password that they did not understand.
std::string told(const std::string& error, const std::string& password) {
  const std::string_view unquoted = std::string_view(error).substr(0, error.find_first_of("`'\""));
  const auto holds_password = [&](std::string_view text) {
    return !password.empty() && text.find(password) != std::string_view::npos;
  };
  if (holds_password(unquoted)) {
    const std::string_view code = unquoted.substr(0, unquoted.find(' '));
    return (holds_password(code) ? "an error" : printable(code, 32)) + std::string(" (the rest cannot be shown)");
  }
  return printable(unquoted, 200);
}

bool is_courtesy_refused(const Step& step, const std::string& error) {
  return step.necessity == Necessity::MayBeForbidden &&
         (error.starts_with("NOPERM") || error.starts_with("ERR unknown"));
}

}  // namespace

boost::asio::awaitable<std::optional<std::string>> log_in(RedisConnection& connection, RedisAddress address,
                                                          std::string client_name, SteadyTime deadline,
                                                          std::string& stage) {
  const std::string endpoint = endpoint_of(address);
  for (const Step& step : steps_of(address, std::move(client_name))) {
    stage = fmt::format("the answer of {} to {}", endpoint, step.stage);
    const RedisResult reply = co_await connection.execute(step.command, deadline);
    if (!reply) co_return fmt::format("{} ended the connection before it answered {}", endpoint, step.stage);
    if (!reply->is_error()) continue;
    if (is_courtesy_refused(step, reply->text)) continue;
    co_return fmt::format("{} answered {} with: {}", endpoint, step.stage, told(reply->text, address.password));
  }
  co_return std::nullopt;
}

}  // namespace core
