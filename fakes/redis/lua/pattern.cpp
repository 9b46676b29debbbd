#include "fakes/redis/lua/pattern.h"

#include <cstring>

#include "core/text/ascii.h"

// No frame here holds anything with a destructor: see state.h.

namespace fakes::redis {

namespace {

constexpr std::size_t kStepsPerInstruction = 2;
constexpr char kEscape = '%';

bool is_printed(char c) {
  return c > ' ' && c <= '~';
}

/// Whether `c` is of the class that `%name` stands for, of ASCII; any other name stands for itself.
bool is_of_class(char c, char name) {
  bool is = false;
  switch (core::to_lower(name)) {
    case 'a':
      is = core::is_letter(c);
      break;
    case 'c':
      is = (c >= 0 && c < ' ') || c == 0x7f;
      break;
    case 'd':
      is = core::is_digit(c);
      break;
    case 'l':
      is = c >= 'a' && c <= 'z';
      break;
    case 'p':
      is = is_printed(c) && !core::is_letter_or_digit(c);
      break;
    case 's':
      is = c == ' ' || (c >= '\t' && c <= '\r');
      break;
    case 'u':
      is = c >= 'A' && c <= 'Z';
      break;
    case 'w':
      is = core::is_letter_or_digit(c);
      break;
    case 'x':
      is = core::is_digit(c) || (core::to_lower(c) >= 'a' && core::to_lower(c) <= 'f');
      break;
    case 'z':
      is = c == 0;
      break;
    default:
      return name == c;
  }
  return (name >= 'A' && name <= 'Z') != is;
}

/// `set` begins at its bracket, `last` is its closing one.
bool is_in_set(char c, const char* set, const char* last) {
  const bool is_negated = set[1] == '^';
  if (is_negated) ++set;
  const auto code = static_cast<unsigned char>(c);
  while (++set < last) {
    bool is = false;
    if (*set == kEscape) {
      is = is_of_class(c, *++set);
    } else if (set[1] == '-' && set + 2 < last) {
      is = static_cast<unsigned char>(set[0]) <= code && code <= static_cast<unsigned char>(set[2]);
      set += 2;
    } else {
      is = *set == c;
    }
    if (is) return !is_negated;
  }
  return is_negated;
}

}  // namespace

void PatternMatcher::pay() {
  const std::size_t steps = steps_;
  steps_ = 0;
  state_.charge(lua_, steps / kStepsPerInstruction);
}

const char* PatternMatcher::match(const char* at, const char* pattern) {
  if (++depth_ > kMaxDepth) luaL_error(lua_, "pattern too complex");
  work(1);
  const char* const end = match_items(at, pattern);
  --depth_;
  return end;
}

const char* PatternMatcher::match_items(const char* at, const char* pattern) {
  for (;; work(1)) {
    if (*pattern == '\0') return at;
    if (*pattern == '(') {
      const bool is_position = pattern[1] == ')';
      return begin_capture(at, pattern + (is_position ? 2 : 1), is_position ? kIsPosition : kIsUnfinished);
    }
    if (*pattern == ')') return end_capture(at, pattern + 1);
    if (*pattern == '$' && pattern[1] == '\0') return at == end_ ? at : nullptr;
    if (*pattern == kEscape && (pattern[1] == 'b' || core::is_digit(pattern[1]))) {
      const bool is_balance = pattern[1] == 'b';
      at = is_balance ? match_balanced(at, pattern + 2) : match_back_reference(at, pattern[1]);
      if (at == nullptr) return nullptr;
      pattern += is_balance ? 4 : 2;
      continue;
    }
    if (*pattern == kEscape && pattern[1] == 'f') {
      pattern += 2;
      if (*pattern != '[') luaL_error(lua_, "missing '[' after '%%f' in pattern");
      const char* const set_end = end_of_item(pattern);
      if (!is_at_frontier(at, pattern, set_end)) return nullptr;
      pattern = set_end;
      continue;
    }
    const char* const item_end = end_of_item(pattern);
    const bool matches = matches_one(at, pattern, item_end);
    switch (*item_end) {
      case '?':
        if (const char* end = matches ? match(at + 1, item_end + 1) : nullptr) return end;
        pattern = item_end + 1;
        break;
      case '*':
        return match_most(at, pattern, item_end);
      case '+':
        return matches ? match_most(at + 1, pattern, item_end) : nullptr;
      case '-':
        return match_fewest(at, pattern, item_end);
      default:
        if (!matches) return nullptr;
        ++at;
        pattern = item_end;
    }
  }
}

const char* PatternMatcher::end_of_item(const char* item) {
  if (*item == kEscape) {
    if (item[1] == '\0') luaL_error(lua_, "malformed pattern (ends with '%%')");
    return item + 2;
  }
  if (*item != '[') return item + 1;
  const char* at = item + 1;
  if (*at == '^') ++at;
  do {  // A bracket that comes first is one of the set.
    if (*at == '\0') luaL_error(lua_, "malformed pattern (missing ']')");
    if (*at++ == kEscape && *at != '\0') ++at;
  } while (*at != ']');
  work(static_cast<std::size_t>(at - item) / 16);
  return at + 1;
}

bool PatternMatcher::matches_one(const char* at, const char* item, const char* item_end) {
  if (at >= end_) return false;
  switch (*item) {
    case '.':
      return true;
    case kEscape:
      return is_of_class(*at, item[1]);
    case '[':
      work(static_cast<std::size_t>(item_end - item) / 16);
      return is_in_set(*at, item, item_end - 1);
    default:
      return *item == *at;
  }
}

bool PatternMatcher::is_at_frontier(const char* at, const char* set, const char* set_end) {
  work(static_cast<std::size_t>(set_end - set) / 8);
  const char before = at == begin_ ? '\0' : at[-1];
  return !is_in_set(before, set, set_end - 1) && is_in_set(*at, set, set_end - 1);
}

const char* PatternMatcher::match_balanced(const char* at, const char* pair) {
  if (pair[0] == '\0' || pair[1] == '\0') luaL_error(lua_, "unbalanced pattern");
  if (*at != pair[0]) return nullptr;
  std::size_t open = 1;
  while (++at < end_) {
    work(1);
    if (*at == pair[1]) {
      if (--open == 0) return at + 1;
    } else if (*at == pair[0]) {
      ++open;
    }
  }
  return nullptr;
}

const char* PatternMatcher::match_most(const char* at, const char* item, const char* item_end) {
  const char* last = at;
  for (; matches_one(last, item, item_end); ++last) work(1);
  for (; last >= at; --last) {
    if (const char* end = match(last, item_end + 1)) return end;
  }
  return nullptr;
}

const char* PatternMatcher::match_fewest(const char* at, const char* item, const char* item_end) {
  for (;; ++at) {
    if (const char* end = match(at, item_end + 1)) return end;
    if (!matches_one(at, item, item_end)) return nullptr;
  }
}

const char* PatternMatcher::begin_capture(const char* at, const char* pattern, std::ptrdiff_t kind) {
  if (captures_ >= kMaxCaptures) luaL_error(lua_, "too many captures");
  capture_[static_cast<std::size_t>(captures_++)] = {at, kind};
  const char* const end = match(at, pattern);
  if (end == nullptr) --captures_;
  return end;
}

const char* PatternMatcher::end_capture(const char* at, const char* pattern) {
  int index = captures_ - 1;
  while (index >= 0 && capture_[static_cast<std::size_t>(index)].size != kIsUnfinished) --index;
  if (index < 0) luaL_error(lua_, "invalid pattern capture");
  Capture& capture = capture_[static_cast<std::size_t>(index)];
  capture.size = at - capture.begin;
  const char* const end = match(at, pattern);
  if (end == nullptr) capture.size = kIsUnfinished;
  return end;
}

const char* PatternMatcher::match_back_reference(const char* at, char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= captures_ || capture_[static_cast<std::size_t>(index)].size == kIsUnfinished) {
    luaL_error(lua_, "invalid capture index");
  }
  const Capture& capture = capture_[static_cast<std::size_t>(index)];
  if (capture.size < 0 || end_ - at < capture.size) return nullptr;  // A position matches nothing.
  const auto size = static_cast<std::size_t>(capture.size);
  work(size / 16);
  return std::memcmp(capture.begin, at, size) == 0 ? at + size : nullptr;
}

void PatternMatcher::push_capture(int index, const char* from, const char* to) {
  if (index >= captures_) {
    if (index != 0) luaL_error(lua_, "invalid capture index");
    lua_pushlstring(lua_, from, static_cast<std::size_t>(to - from));
    return;
  }
  const Capture& capture = capture_[static_cast<std::size_t>(index)];
  if (capture.size == kIsUnfinished) luaL_error(lua_, "unfinished capture");
  if (capture.size == kIsPosition) {
    lua_pushinteger(lua_, capture.begin - begin_ + 1);
  } else {
    work(static_cast<std::size_t>(capture.size) / 16);
    lua_pushlstring(lua_, capture.begin, static_cast<std::size_t>(capture.size));
  }
}

int PatternMatcher::push_captures(const char* from, const char* to) {
  const int count = captures_ == 0 && from != nullptr ? 1 : captures_;
  luaL_checkstack(lua_, count, "too many captures");
  for (int i = 0; i < count; ++i) push_capture(i, from, to);
  return count;
}

}  // namespace fakes::redis
