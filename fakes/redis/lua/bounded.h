// Bounded forms of Lua's own functions. Their first upvalue is the state, the second Lua's own function.
#pragma once

#include "fakes/redis/lua/state.h"

namespace fakes::redis {

/// Puts `function` in the place of that field of the table at the top.
void set_bounded(lua_State* lua, const char* name, lua_CFunction function);

/// Within a bounded form: Lua's own function. Called directly it finds its name and its arguments as ever.
inline lua_CFunction lua_own_function(lua_State* lua) {
  return reinterpret_cast<lua_CFunction>(lua_touserdata(lua, lua_upvalueindex(2)));
}

/// Of the globals at the top, and of `string` and `table` in them.
void bound_string_functions(lua_State* lua);
void bound_table_functions(lua_State* lua);

}  // namespace fakes::redis
