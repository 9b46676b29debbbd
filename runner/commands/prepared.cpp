#include "runner/commands/prepared.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <exception>

namespace runner {

namespace {

std::vector<std::string> names_of_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    names.emplace_back(text.substr(0, text.find('=')));
  }
  std::sort(names.begin(), names.end());  // total order: two of one name are alike
  return names;
}

}  // namespace

SettingsInput settings_input(const CommonOptions& options) {
  return {.config_file = options.config_file,
          .assignments = options.assignments,
          .variable = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return std::string(value);
          },
          .variable_names = names_of_environment};
}

std::optional<Prepared> prepared_or_told(const CommonOptions& options, Needs needs) {
  Preparation preparation = prepare(settings_input(options), needs);
  for (const core::InputError& warning : preparation.warnings) {
    cli::print_message("warning: " + core::to_text(warning));
  }
  for (const core::InputError& error : preparation.errors) cli::print_message("error: " + core::to_text(error));
  return std::move(preparation.prepared);
}

void bound_patience(core::RedisConfig& config) {
  constexpr std::uint32_t kAttempts = 5;
  if (!config.retry.attempts) config.retry.attempts = kAttempts;
}

void run_to_end(Runtime& runtime, boost::asio::awaitable<void> command) {
  std::exception_ptr failure;
  boost::asio::co_spawn(runtime.loop(), std::move(command), [&](std::exception_ptr error) {
    failure = std::move(error);
    runtime.loop().stop();
  });
  runtime.loop().run();
  if (failure) std::rethrow_exception(failure);
}

std::string trouble_text(const Runtime& runtime, const core::Failure& failure) {
  // Of a connection that was lost, or a reply that does not come, the failure alone tells.
  const bool is_told = failure.code != "ECONNABORTED" && failure.code != "ECONNRESET";
  return is_told && !runtime.redis_trouble().empty() ? runtime.redis_trouble() : failure.message;
}

boost::asio::awaitable<bool> is_wrong_redis(Runtime& runtime, const core::RedisConfig& config) {
  const core::Environment& environment = runtime.environment();
  const auto connection =
      co_await environment.redis.connect(core::saturating_add(environment.clock.now(), config.timeout));
  co_return !connection && !runtime.wrong_redis().empty();
}

}  // namespace runner
