#include "core/retry/failure.h"

#include <array>

namespace core {

namespace {
constexpr std::array<std::string_view, 10> kKindNames = {"rate_limited", "unavailable", "server_error", "timeout",
                                                         "connection",   "malformed",   "unauthorized", "forbidden",
                                                         "not_found",    "client_error"};
}  // namespace

std::string_view name_of(FailureKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::optional<FailureKind> failure_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i) {
    if (kKindNames[i] == name) return static_cast<FailureKind>(i);
  }
  return std::nullopt;
}

std::string_view name_of(DelaySource source) {
  switch (source) {
    case DelaySource::Backoff:
      return "backoff";
    case DelaySource::RetryAfter:
      return "retry_after";
    case DelaySource::RateLimitReset:
      return "rate_limit_reset";
  }
  return {};
}

}  // namespace core
