// What every command begins with.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "cli/stdio.h"
#include "runner/options.h"
#include "runner/runtime.h"

namespace runner {

/// The settings read and prepared; without them every error has been printed.
std::optional<Prepared> prepared_or_told(const CommonOptions& options, Needs needs);

/// For a command that somebody waits for: trouble with Redis is told after a few attempts.
void bound_patience(core::RedisConfig& config);

/// Why Redis did not do it: what its connection met, or what it answered.
std::string trouble_text(const Runtime& runtime, const core::Failure& failure);

/// Whether the Redis of the settings can hold no job (Runtime::wrong_redis() says why). One that cannot be reached may
/// be the right one.
boost::asio::awaitable<bool> is_wrong_redis(Runtime& runtime, const core::RedisConfig& config);

/// Runs the one coroutine, and whatever it waits for, until it ends.
void run_to_end(Runtime& runtime, boost::asio::awaitable<void> command);

}  // namespace runner
