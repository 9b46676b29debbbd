// Rules of the program's own that are checked in every build: where one does not hold, going on would make it worse.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace core {

/// Ends the program. `what` says which rule does not hold; it holds no secret.
[[noreturn]] inline void broken_invariant(const char* what) {
  std::fprintf(stderr, "broken invariant: %s\n", what);
  std::abort();
}

/// Ends the program unless the rule holds. For what a caller must see to, never for what comes from outside.
inline void check(bool holds, const char* rule) {
  if (!holds) [[unlikely]]
    broken_invariant(rule);
}

}  // namespace core
