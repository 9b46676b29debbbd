// The guards that the calls of a worker share, one line each: a new one is its own file and a line here (and settings,
// if it has some: core/config). docs/extending.md walks through it.
#pragma once

#include <array>
#include <memory>

#include "core/config/config.h"
#include "core/guards/shared_guard.h"
#include "core/retry/retry_environment.h"

namespace core::guards {

/// Null: it is off. `config` outlives the guard, and so does what `environment` refers to; the guard keeps a copy of
/// `environment` itself.
using Make = std::unique_ptr<SharedGuard>(const RetryEnvironment& environment, const Config& config);

Make make_breakers, make_budgets, make_limits;

/// In the order in which they are asked: first those that refuse, then those that delay, last those that give out
/// turns.
inline constexpr std::array kAll = {&make_breakers, &make_budgets, &make_limits};

}  // namespace core::guards
