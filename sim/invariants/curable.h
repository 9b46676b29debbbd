// Which failures a later attempt may cure, as readings 6 and 28 of docs/readings.md say: written a second time on
// purpose, because it judges what core/retry decides.
#pragma once

#include "core/retry/failure.h"

namespace sim {

constexpr bool is_curable(core::FailureKind failure) {
  using core::FailureKind;
  switch (failure) {
    case FailureKind::RateLimited:
    case FailureKind::Unavailable:
    case FailureKind::ServerError:
    case FailureKind::Timeout:
    case FailureKind::Connection:
    case FailureKind::Malformed:
    case FailureKind::EmptyAnswer:
      return true;
    case FailureKind::Unauthorized:
    case FailureKind::Forbidden:
    case FailureKind::NotFound:
    case FailureKind::ClientError:
    case FailureKind::Redirected:
      return false;
  }
  return false;
}

}  // namespace sim
