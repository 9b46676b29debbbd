// Maps of what is known of jobs, and of jobs' runs. A world may have a million jobs: finding one costs the same then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/text/text_hash.h"

namespace sim {

// Whoever goes through all of one of these does for each what has nothing to do with the others, or sorts first.
template <class V>
// never iterated where the order reaches anything
using JobMap = std::unordered_map<std::string, V, core::TextHash, std::equal_to<>>;
// never iterated
using JobSet = std::unordered_set<std::string, core::TextHash, std::equal_to<>>;

using RunKey = std::pair<std::string, std::string>;                ///< Runner and job.
using RunKeyView = std::pair<std::string_view, std::string_view>;  ///< To look one up.

struct HashRun {
  using is_transparent = void;
  std::size_t operator()(const RunKeyView& run) const {
    constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15ULL;
    return core::TextHash()(run.first) * kSpread + core::TextHash()(run.second);
  }
};
struct SameRun {
  using is_transparent = void;
  bool operator()(const RunKeyView& a, const RunKeyView& b) const { return a == b; }
};

template <class V>
// never iterated where the order reaches anything
using RunMap = std::unordered_map<RunKey, V, HashRun, SameRun>;

/// What is known of that run, or a new V.
template <class V>
V& known_of(RunMap<V>& map, std::string_view runner, std::string_view job) {
  const auto found = map.find(RunKeyView(runner, job));
  return found != map.end() ? found->second : map.try_emplace(RunKey(runner, job)).first->second;
}

template <class V>
void forget_run(RunMap<V>& map, std::string_view runner, std::string_view job) {
  if (const auto found = map.find(RunKeyView(runner, job)); found != map.end()) map.erase(found);
}

}  // namespace sim
