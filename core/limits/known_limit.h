// What a worker knows of a limit, for people: metrics and pages are made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time/time.h"

namespace core {

/// What is known of one operation of one credential. The texts live until the limits are used again.
struct KnownLimit {
  std::string_view credential;
  std::string_view api;                ///< Empty: nothing was called with the credential yet.
  Duration held{};                     ///< For so long from now the service wants no call of the credential.
  std::optional<std::uint32_t> calls;  ///< That pass in a window; nothing until a refusal has taught it.
  std::optional<Duration> window;
  std::size_t waiting = 0;  ///< Calls.
};

}  // namespace core
