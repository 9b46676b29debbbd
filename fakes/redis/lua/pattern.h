// The patterns of Lua 5.1's string functions. Lua's own matcher recurses as deep as the pattern is long, and can take
// longer than anybody waits: here the depth has a bound, and the work counts as instructions of the script.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fakes/redis/lua/state.h"

namespace fakes::redis {

class PatternMatcher {
 public:
  /// The text lives longer, and a zero byte ends it, as in a string of Lua's.
  PatternMatcher(lua_State* lua, LuaState& state, std::string_view text)
      : lua_(lua), state_(state), begin_(text.data()), end_(text.data() + text.size()) {}

  const char* begin() const { return begin_; }
  const char* end() const { return end_; }

  /// Where the match of `pattern` that begins at `at` ends; null: there is none. Like Lua 5.1's, a pattern ends at its
  /// first zero byte. Raises what Lua raises of a malformed one.
  const char* match_at(const char* at, const char* pattern) {
    captures_ = 0;
    return match(at, pattern);
  }

  /// Of the last match, which was of `from` to `to`; the whole of it where the pattern has no captures.
  int push_captures(const char* from, const char* to);
  void push_capture(int index, const char* from, const char* to);

  /// Has the script pay for what was done since the last time. May raise.
  void pay();

 private:
  static constexpr int kMaxCaptures = 32;  // As Lua.
  static constexpr int kMaxDepth = 1000;   // Lua 5.1 has no bound, later versions have 200.
  static constexpr std::ptrdiff_t kIsUnfinished = -1, kIsPosition = -2;

  struct Capture {
    const char* begin = nullptr;
    std::ptrdiff_t size = 0;
  };

  const char* match(const char* at, const char* pattern);
  const char* match_items(const char* at, const char* pattern);
  const char* match_most(const char* at, const char* item, const char* item_end);
  const char* match_fewest(const char* at, const char* item, const char* item_end);
  const char* match_balanced(const char* at, const char* pair);
  const char* match_back_reference(const char* at, char digit);
  bool is_at_frontier(const char* at, const char* set, const char* set_end);
  const char* begin_capture(const char* at, const char* pattern, std::ptrdiff_t kind);
  const char* end_capture(const char* at, const char* pattern);
  bool matches_one(const char* at, const char* item, const char* item_end);
  const char* end_of_item(const char* item);
  void work(std::size_t steps) {
    steps_ += steps;
    if (steps_ >= kStepsBetweenPayments) pay();
  }

  static constexpr std::size_t kStepsBetweenPayments = 4096;

  lua_State* lua_;
  LuaState& state_;
  const char* begin_;
  const char* end_;
  std::size_t steps_ = 0;
  int depth_ = 0;
  int captures_ = 0;
  std::array<Capture, kMaxCaptures> capture_;
};

}  // namespace fakes::redis
