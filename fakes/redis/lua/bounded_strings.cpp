// Functions on texts whose work does not show in the number of a script's instructions, in a form that has it paid for,
// and those that take the process down in Lua 5.1. Results and errors are Lua's.
#include <algorithm>
#include <cstring>

#include "core/text/ascii.h"
#include "fakes/redis/lua/bounded.h"
#include "fakes/redis/lua/pattern.h"
#include "fakes/redis/lua/state.h"

// No frame here holds anything with a destructor: see state.h.

namespace fakes::redis {

namespace {

constexpr char kEscape = '%';
constexpr const char* kSpecials = "^$*+?.([%-";

/// As kBytesPerInstruction, of functions that go byte by byte.
constexpr std::size_t kBytesOneByOne = 8;

/// Where position `at` of a text lies, counted from 1, or from its end where it is negative.
std::ptrdiff_t counted_from_start(std::ptrdiff_t at, std::size_t size) {
  if (at < 0) at += static_cast<std::ptrdiff_t>(size) + 1;
  return at >= 0 ? at : 0;
}

std::string_view text_argument(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* data = luaL_checklstring(lua, index, &size);
  return {data, size};
}

int find_plain(lua_State* lua, LuaState& state, std::string_view text, std::string_view wanted, std::size_t from) {
  state.charge(lua, (text.size() + wanted.size()) / kBytesPerInstruction);
  // In linear time; std::string_view::find() is not.
  const void* const found = ::memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  if (found == nullptr) {
    lua_pushnil(lua);
    return 1;
  }
  const std::ptrdiff_t place = static_cast<const char*>(found) - text.data();
  lua_pushinteger(lua, place + 1);
  lua_pushinteger(lua, place + static_cast<std::ptrdiff_t>(wanted.size()));
  return 2;
}

int find_or_match(lua_State* lua, bool finds) {
  LuaState& state = LuaState::of_closure(lua);
  const std::string_view text = text_argument(lua, 1), pattern = text_argument(lua, 2);
  const std::ptrdiff_t from = counted_from_start(luaL_optinteger(lua, 3, 1), text.size()) - 1;
  const std::size_t start = from < 0 ? 0 : std::min(static_cast<std::size_t>(from), text.size());
  if (finds && (lua_toboolean(lua, 4) != 0 || std::strpbrk(pattern.data(), kSpecials) == nullptr)) {
    return find_plain(lua, state, text, pattern, start);
  }
  PatternMatcher matcher(lua, state, text);
  const bool is_anchored = pattern.starts_with('^');
  const char* const items = pattern.data() + (is_anchored ? 1 : 0);
  for (const char* at = matcher.begin() + start; at <= matcher.end(); ++at) {
    if (const char* const end = matcher.match_at(at, items)) {
      matcher.pay();
      if (!finds) return matcher.push_captures(at, end);
      lua_pushinteger(lua, at - matcher.begin() + 1);
      lua_pushinteger(lua, end - matcher.begin());
      return matcher.push_captures(nullptr, nullptr) + 2;
    }
    if (is_anchored) break;
  }
  matcher.pay();
  lua_pushnil(lua);
  return 1;
}

int string_find(lua_State* lua) {
  return find_or_match(lua, true);
}

int string_match(lua_State* lua) {
  return find_or_match(lua, false);
}

/// The iterator; its upvalues are the state, the text, the pattern and where to go on.
int next_match(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, lua_upvalueindex(2), &size);
  const char* const pattern = lua_tostring(lua, lua_upvalueindex(3));
  PatternMatcher matcher(lua, state, {text, size});
  for (const char* at = text + lua_tointeger(lua, lua_upvalueindex(4)); at <= matcher.end(); ++at) {
    const char* const end = matcher.match_at(at, pattern);
    if (end == nullptr) continue;
    matcher.pay();
    lua_pushinteger(lua, end - text + (end == at ? 1 : 0));
    lua_replace(lua, lua_upvalueindex(4));
    return matcher.push_captures(at, end);
  }
  matcher.pay();
  return 0;
}

int string_gmatch(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  luaL_checkstring(lua, 1);
  luaL_checkstring(lua, 2);
  lua_settop(lua, 2);
  lua_pushlightuserdata(lua, &state);
  lua_insert(lua, 1);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_match, 4);
  return 1;
}

/// A replacement that is a text: %0 to %9 in it stand for captures.
void add_text(lua_State* lua, PatternMatcher& matcher, luaL_Buffer& out, const char* from, const char* to) {
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, 3, &size);
  for (std::size_t i = 0; i < size; ++i) {
    if (text[i] != kEscape) {
      luaL_addchar(&out, text[i]);
    } else if (++i; !core::is_digit(text[i])) {  // At the end a zero byte follows.
      luaL_addchar(&out, text[i]);
    } else if (text[i] == '0') {
      luaL_addlstring(&out, from, static_cast<std::size_t>(to - from));
    } else {
      matcher.push_capture(text[i] - '1', from, to);
      luaL_addvalue(&out);
    }
  }
}

void add_replacement(lua_State* lua, LuaState& state, PatternMatcher& matcher, luaL_Buffer& out, const char* from,
                     const char* to) {
  const int type = lua_type(lua, 3);
  if (type == LUA_TNUMBER || type == LUA_TSTRING) {
    state.charge(lua, (lua_objlen(lua, 3) + static_cast<std::size_t>(to - from)) / kBytesPerInstruction);
    return add_text(lua, matcher, out, from, to);
  }
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(lua, 3);
    lua_call(lua, matcher.push_captures(from, to), 1);
  } else {
    matcher.push_capture(0, from, to);
    lua_gettable(lua, 3);
  }
  if (lua_toboolean(lua, -1) == 0) {
    lua_pop(lua, 1);
    lua_pushlstring(lua, from, static_cast<std::size_t>(to - from));
  } else if (lua_isstring(lua, -1) == 0) {
    luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
  }
  state.charge(lua, lua_objlen(lua, -1) / kBytesPerInstruction);
  luaL_addvalue(&out);
}

int string_gsub(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  const std::string_view text = text_argument(lua, 1);
  const char* pattern = luaL_checkstring(lua, 2);
  const int type = lua_type(lua, 3);
  const int most = luaL_optint(lua, 4, static_cast<int>(text.size() + 1));
  const bool is_anchored = *pattern == '^';
  if (is_anchored) ++pattern;
  luaL_argcheck(lua, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                "string/function/table expected");
  PatternMatcher matcher(lua, state, text);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  int count = 0;
  const char* at = matcher.begin();
  while (count < most) {
    const char* const end = matcher.match_at(at, pattern);
    matcher.pay();
    if (end != nullptr) {
      ++count;
      add_replacement(lua, state, matcher, out, at, end);
    }
    if (end != nullptr && end > at) {
      at = end;
    } else if (at < matcher.end()) {
      luaL_addchar(&out, *at);
      ++at;
    } else {
      break;
    }
    if (is_anchored) break;
  }
  luaL_addlstring(&out, at, static_cast<std::size_t>(matcher.end() - at));
  luaL_pushresult(&out);
  lua_pushinteger(lua, count);
  return 2;
}

int string_rep(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  const std::string_view text = text_argument(lua, 1);
  const auto times = static_cast<std::size_t>(std::max(luaL_checkint(lua, 2), 0));
  if (text.empty() || times == 0) {
    lua_pushliteral(lua, "");
    return 1;
  }
  if (times > kScriptMemoryLimit / text.size()) return luaL_error(lua, "not enough memory");
  state.charge(lua, times / 8 + times * text.size() / kBytesPerInstruction);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  for (std::size_t i = 0; i < times; ++i) luaL_addlstring(&out, text.data(), text.size());
  luaL_pushresult(&out);
  return 1;
}

/// Lua's own function, which is the second upvalue, in the same frame: it finds its name and arguments as ever.
int measured(lua_State* lua) {
  std::uint64_t work = 0;
  for (int i = 1, count = lua_gettop(lua); i <= count; ++i) {
    if (lua_type(lua, i) == LUA_TSTRING) work += lua_objlen(lua, i) / kBytesOneByOne;
  }
  LuaState::of_closure(lua).charge(lua, work);
  return lua_own_function(lua)(lua);
}

}  // namespace

void bound_string_functions(lua_State* lua) {
  set_bounded(lua, "tonumber", measured);
  lua_getfield(lua, -1, LUA_STRLIBNAME);
  set_bounded(lua, "find", string_find);
  set_bounded(lua, "match", string_match);
  set_bounded(lua, "gmatch", string_gmatch);
  set_bounded(lua, "gsub", string_gsub);
  set_bounded(lua, "rep", string_rep);
  for (const char* name : {"byte", "format", "lower", "reverse", "sub", "upper"}) set_bounded(lua, name, measured);
  lua_pop(lua, 1);
}

}  // namespace fakes::redis
