// Speaks of steady_clock::now(), rand(), std::sort(a, b), new, delete, thread_local and double, and uses none of them.
/* float, std::unordered_map<int, int>, is_simulated(), using namespace std; */
#pragma once

#include <new>
#include <unordered_map>

namespace core {

inline const char* kText = "double x = rand(); // new World; /* std::hash */";
inline const char* kRaw = R"lua(
  local sum = 0 -- "double" time(0) delete
  #include <iostream>
  )" not yet the end
)lua";
inline constexpr char kQuote = '"';
inline constexpr int kMillion = 1'000'000;
inline constexpr const char* kAfter = "float";

struct Owner {
  Owner(const Owner&) = delete;
  void* operator new(std::size_t) = delete;
  void operator delete(void*);
  int new_value = 1;
  int timeout = std::max(timeout_of(0), strand(1));
  double_t doubled(int time);
};

}  // namespace core
