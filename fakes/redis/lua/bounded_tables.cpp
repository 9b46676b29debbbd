// Functions on tables whose work does not show in the number of a script's instructions, in a form that has it paid
// for. Results and errors are Lua's. A table's length is no measure of its size: a few keys can make it 2^30.
#include <algorithm>
#include <bit>
#include <climits>

#include "fakes/redis/lua/bounded.h"

// No frame here holds anything with a destructor: see state.h.

namespace fakes::redis {

namespace {

constexpr std::uint64_t kWorkOfShift = 2;

std::int64_t length_of(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  return static_cast<std::int64_t>(lua_objlen(lua, 1));
}

int table_insert(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  const std::int64_t size = length_of(lua);
  const int given = lua_gettop(lua);
  if (given != 2 && given != 3) return luaL_error(lua, "wrong number of arguments to 'insert'");
  // Lua's own takes the position as an int.
  const std::int64_t place = given == 2 ? size + 1 : static_cast<int>(luaL_checkinteger(lua, 2));
  if (place <= size) state.charge(lua, (static_cast<std::uint64_t>(size - place) + 1) * kWorkOfShift);
  for (std::int64_t i = size + 1; i > place; --i) {
    lua_rawgeti(lua, 1, static_cast<int>(i - 1));
    lua_rawseti(lua, 1, static_cast<int>(i));
  }
  lua_rawseti(lua, 1, static_cast<int>(place));
  return 0;
}

int unpack_table(lua_State* lua) {
  const std::int64_t size = length_of(lua);
  // As Lua's own takes them: as an int each; their difference is more than one holds.
  const std::int64_t first = luaL_optint(lua, 2, 1);
  const std::int64_t last = lua_isnoneornil(lua, 3) ? size : luaL_checkint(lua, 3);
  if (first > last) return 0;
  const std::int64_t count = last - first + 1;
  if (count >= INT_MAX || lua_checkstack(lua, static_cast<int>(count)) == 0) {
    return luaL_error(lua, "too many results to unpack");
  }
  for (std::int64_t i = first; i <= last; ++i) lua_rawgeti(lua, 1, static_cast<int>(i));
  return static_cast<int>(count);
}

int table_remove(lua_State* lua) {
  const std::int64_t size = length_of(lua);
  const std::int64_t place = lua_isnoneornil(lua, 2) ? size : luaL_checkint(lua, 2);
  if (place < 1 || place > size) return 0;
  LuaState::of_closure(lua).charge(lua, static_cast<std::uint64_t>(size - place) * kWorkOfShift);
  lua_rawgeti(lua, 1, static_cast<int>(place));
  for (std::int64_t i = place; i < size; ++i) {
    lua_rawgeti(lua, 1, static_cast<int>(i + 1));
    lua_rawseti(lua, 1, static_cast<int>(i));
  }
  lua_pushnil(lua);
  lua_rawseti(lua, 1, static_cast<int>(size));
  return 1;
}

int table_concat(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  std::size_t separator_size = 0;
  const char* const separator = luaL_optlstring(lua, 2, "", &separator_size);
  const std::int64_t size = length_of(lua);
  const std::int64_t first = luaL_optint(lua, 3, 1);
  const std::int64_t last = lua_isnoneornil(lua, 4) ? size : luaL_checkint(lua, 4);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  for (std::int64_t i = first; i <= last; ++i) {
    lua_rawgeti(lua, 1, static_cast<int>(i));
    if (lua_isstring(lua, -1) == 0) {
      return luaL_error(lua, "invalid value (%s) at index %d in table for 'concat'", luaL_typename(lua, -1),
                        static_cast<int>(i));
    }
    state.charge(lua, 1 + (lua_objlen(lua, -1) + separator_size) / kBytesPerInstruction);
    luaL_addvalue(&out);
    if (i < last) luaL_addlstring(&out, separator, separator_size);
  }
  luaL_pushresult(&out);
  return 1;
}

/// Goes over all keys, not only those up to the length.
int table_maxn(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_Number most = 0;
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    state.charge(lua, kWorkOfElement);
    lua_pop(lua, 1);
    if (lua_type(lua, -1) == LUA_TNUMBER) most = std::max(most, lua_tonumber(lua, -1));
  }
  lua_pushnumber(lua, most);
  return 1;
}

int table_foreach(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    state.charge(lua, kWorkOfElement);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -3);
    lua_pushvalue(lua, -3);
    lua_call(lua, 2, 1);
    if (!lua_isnil(lua, -1)) return 1;
    lua_pop(lua, 2);
  }
  return 0;
}

int table_foreachi(lua_State* lua) {
  LuaState& state = LuaState::of_closure(lua);
  const std::int64_t size = length_of(lua);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  for (std::int64_t i = 1; i <= size; ++i) {
    state.charge(lua, kWorkOfElement);
    lua_pushvalue(lua, 2);
    lua_pushinteger(lua, i);
    lua_rawgeti(lua, 1, static_cast<int>(i));
    lua_call(lua, 2, 1);
    if (!lua_isnil(lua, -1)) return 1;
    lua_pop(lua, 1);
  }
  return 0;
}

int table_sort(lua_State* lua) {
  const auto size = static_cast<std::uint64_t>(length_of(lua));
  LuaState::of_closure(lua).charge(lua, size * static_cast<std::uint64_t>(std::bit_width(size)));
  return lua_own_function(lua)(lua);
}

}  // namespace

void set_bounded(lua_State* lua, const char* name, lua_CFunction function) {
  lua_getfield(lua, -1, name);
  const lua_CFunction own = lua_tocfunction(lua, -1);
  lua_pop(lua, 1);
  lua_pushlightuserdata(lua, &LuaState::of(lua));
  lua_pushlightuserdata(lua, reinterpret_cast<void*>(own));
  lua_pushcclosure(lua, function, 2);
  lua_setfield(lua, -2, name);
}

void bound_table_functions(lua_State* lua) {
  set_bounded(lua, "unpack", unpack_table);
  lua_getfield(lua, -1, LUA_TABLIBNAME);
  set_bounded(lua, "concat", table_concat);
  set_bounded(lua, "foreach", table_foreach);
  set_bounded(lua, "foreachi", table_foreachi);
  set_bounded(lua, "insert", table_insert);
  set_bounded(lua, "maxn", table_maxn);
  set_bounded(lua, "remove", table_remove);
  set_bounded(lua, "sort", table_sort);
  lua_pop(lua, 1);
}

}  // namespace fakes::redis
