// What a script finds: Lua's libraries without what reaches out of the script or shows addresses, and Redis' own.
// Libraries and the table of globals are userdata in front of the real tables: no function of Lua can write to them,
// and there is no copying or resetting between two runs.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "fakes/redis/lua/bounded.h"
#include "fakes/redis/lua/state.h"

namespace fakes::redis {

namespace {

int refuse_change(lua_State* lua) {
  return luaL_error(lua, kReadOnlyTable);
}

int unknown_global(lua_State* lua) {
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'", luaL_checkstring(lua, 2));
}

/// Replaces the table at the top by a locked view of it.
void lock(lua_State* lua) {
  lua_newuserdata(lua, 0);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_change);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

/// Redis' own random numbers: the 48-bit generator of POSIX' lrand48, the same in each run of a script.
std::int32_t next_random(LuaState& state) {
  state.random_state = (state.random_state * 0x5DEECE66DULL + 0xB) & 0xFFFFFFFFFFFFULL;
  return static_cast<std::int32_t>(state.random_state >> 17);
}

int math_random(lua_State* lua) {
  constexpr std::int32_t kMax = INT32_MAX;
  const double ratio = static_cast<double>(next_random(LuaState::of(lua)) % kMax) / static_cast<double>(kMax);
  const int given = lua_gettop(lua);
  if (given == 0) {
    lua_pushnumber(lua, ratio);
    return 1;
  }
  if (given > 2) return luaL_error(lua, "wrong number of arguments");
  const lua_Integer low = given == 1 ? 1 : luaL_checkinteger(lua, 1);
  const lua_Integer high = luaL_checkinteger(lua, given);
  luaL_argcheck(lua, low <= high, given, "interval is empty");
  lua_pushnumber(lua, std::floor(ratio * static_cast<double>(high - low + 1)) + static_cast<double>(low));
  return 1;
}

int math_randomseed(lua_State* lua) {
  const auto seed = static_cast<std::uint32_t>(luaL_checkinteger(lua, 1));
  LuaState::of(lua).random_state = (static_cast<std::uint64_t>(seed) << 16) | 0x330E;
  return 0;
}

/// tostring() without addresses.
int to_string(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (luaL_callmeta(lua, 1, "__tostring") != 0) return 1;
  switch (lua_type(lua, 1)) {
    case LUA_TNUMBER:
      lua_pushstring(lua, lua_tostring(lua, 1));
      return 1;
    case LUA_TSTRING:
      lua_pushvalue(lua, 1);
      return 1;
    case LUA_TBOOLEAN:
      lua_pushstring(lua, lua_toboolean(lua, 1) != 0 ? "true" : "false");
      return 1;
    case LUA_TNIL:
      lua_pushliteral(lua, "nil");
      return 1;
    default:
      lua_pushfstring(lua, "%s: 0x0", luaL_typename(lua, 1));
      return 1;
  }
}

/// pcall() as Redis 7 has it: of an error that redis.call raised the script sees the text.
int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  const int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
  if (status != 0 && lua_istable(lua, -1)) {
    lua_pushliteral(lua, "err");
    lua_rawget(lua, -2);
    if (lua_isstring(lua, -1) != 0) {
      lua_replace(lua, -2);
    } else {
      lua_pop(lua, 1);
    }
  }
  lua_pushboolean(lua, status == 0 ? 1 : 0);
  lua_insert(lua, 1);
  return lua_gettop(lua);
}

void remove(lua_State* lua, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, name);
  }
}

void open(lua_State* lua, const char* name, lua_CFunction library) {
  lua_pushcfunction(lua, library);
  lua_pushstring(lua, name);
  lua_call(lua, 1, 0);
}

/// Puts a locked view in the place of globals[name]; the globals are at the top.
void lock_library(lua_State* lua, const char* name) {
  lua_getfield(lua, -1, name);
  lock(lua);
  lua_setfield(lua, -2, name);
}

void adapt_standard_libraries(lua_State* lua) {
  open(lua, "", luaopen_base);
  open(lua, LUA_STRLIBNAME, luaopen_string);
  open(lua, LUA_TABLIBNAME, luaopen_table);
  open(lua, LUA_MATHLIBNAME, luaopen_math);
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  remove(lua, {"dofile", "loadfile", "load", "loadstring", "print", "require", "module", "newproxy", "getfenv",
               "setfenv", "collectgarbage", "gcinfo"});
  lua_pushcfunction(lua, to_string);
  lua_setfield(lua, -2, "tostring");
  lua_pushcfunction(lua, protected_call);
  lua_setfield(lua, -2, "pcall");
  bound_string_functions(lua);
  bound_table_functions(lua);
  lua_getfield(lua, -1, LUA_MATHLIBNAME);
  lua_pushcfunction(lua, math_random);
  lua_setfield(lua, -2, "random");
  lua_pushcfunction(lua, math_randomseed);
  lua_setfield(lua, -2, "randomseed");
  lua_pop(lua, 1);
  lua_getfield(lua, -1, LUA_STRLIBNAME);
  remove(lua, {"dump"});
  lua_pop(lua, 1);
}

/// Strings' methods: ("x"):upper() finds the locked library, and nobody gets at the metatable.
void lock_string_methods(lua_State* lua) {
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_getfield(lua, -3, LUA_STRLIBNAME);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
}

}  // namespace

int open_sandbox(lua_State* lua) {
  adapt_standard_libraries(lua);
  push_redis_library(lua);
  lua_setfield(lua, -2, "redis");
  push_json_library(lua);
  lua_setfield(lua, -2, "cjson");
  push_bit_library(lua);
  lua_setfield(lua, -2, "bit");
  push_msgpack_library(lua);
  lua_setfield(lua, -2, "cmsgpack");
  for (const char* name : {"string", "table", "math", "coroutine", "redis", "cjson", "bit", "cmsgpack"}) {
    lock_library(lua, name);
  }
  lock_string_methods(lua);

  // The real globals answer for what is there; what is not there is an error.
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, unknown_global);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_pushvalue(lua, -1);
  lock(lua);
  lua_setfield(lua, -2, "_G");

  // What the compiled scripts have for globals must be a table: an empty one that nobody can name.
  lua_createtable(lua, 0, 0);
  lua_createtable(lua, 0, 2);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_change);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  lua_replace(lua, LUA_GLOBALSINDEX);
  return luaL_ref(lua, LUA_REGISTRYINDEX);
}

}  // namespace fakes::redis
