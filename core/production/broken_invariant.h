// The end of a program whose own rules do not hold: going on would make it worse.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace core {

[[noreturn]] inline void broken_invariant(const char* what) {
  std::fprintf(stderr, "broken invariant: %s\n", what);
  std::abort();
}

}  // namespace core
