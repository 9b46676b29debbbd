// The `redis` and `bit` libraries of scripts.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fakes/redis/lua/state.h"

namespace fakes::redis {

namespace {

constexpr std::uint64_t kWorkOfCall = 8;

int push_error(lua_State* lua, const char* text) {
  lua_createtable(lua, 0, 1);
  lua_pushstring(lua, text);
  lua_setfield(lua, -2, "err");
  return 1;
}

/// The arguments, in the state's memory; null when one is neither a string nor a number.
const core::RedisCommand* read_command(lua_State* lua, LuaState& state, int count) {
  core::RedisCommand& command = state.commands[std::min<std::size_t>(count, state.commands.size()) - 1];
  command.resize(static_cast<std::size_t>(count));
  for (int i = 1; i <= count; ++i) {
    std::string& argument = command[static_cast<std::size_t>(i - 1)];
    const int type = lua_type(lua, i);
    if (type == LUA_TNUMBER) {
      const double number = lua_tonumber(lua, i);
      const bool is_negative_zero = number == 0 && std::signbit(number);
      const bool is_whole = number > -9e15 && number < 9e15 && std::trunc(number) == number && !is_negative_zero;
      argument = is_whole ? fmt::format_int(static_cast<std::int64_t>(number)).str() : fmt::format("{:.17g}", number);
    } else if (type == LUA_TSTRING) {
      std::size_t size = 0;
      const char* data = lua_tolstring(lua, i, &size);
      argument.assign(data, size);
    } else {
      return nullptr;
    }
  }
  return &command;
}

/// Pushes the reply; false when it is an error.
bool call(lua_State* lua) {
  LuaState& state = *static_cast<LuaState*>(lua_touserdata(lua, lua_upvalueindex(1)));
  const int count = lua_gettop(lua);
  if (count == 0) return push_error(lua, "ERR Please specify at least one argument for this redis lib call") == 0;
  const core::RedisCommand* const command = read_command(lua, state, count);
  if (command == nullptr) {
    return push_error(lua, "ERR Lua redis lib command arguments must be strings or integers") == 0;
  }
  state.last_reply = state.host->call(*command);
  state.charge(lua,
               kWorkOfCall + state.last_reply.elements.size() + state.last_reply.text.size() / kBytesPerInstruction);
  lua_settop(lua, 0);
  push_reply(lua, state.last_reply);
  return !state.last_reply.is_error();
}

int redis_call(lua_State* lua) {
  return call(lua) ? 1 : lua_error(lua);
}

int redis_pcall(lua_State* lua) {
  call(lua);
  return 1;
}

int error_reply(lua_State* lua) {
  if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING)
    return push_error(lua, "ERR wrong number or type of arguments");
  const char* text = lua_tostring(lua, 1);
  if (*text == '-') ++text;
  // Without a code of its own the error gets Redis' general one.
  const bool has_code = std::string_view(text).find(' ') != std::string_view::npos;
  lua_createtable(lua, 0, 1);
  lua_pushfstring(lua, has_code ? "%s" : "ERR %s", text);
  lua_setfield(lua, -2, "err");
  return 1;
}

int status_reply(lua_State* lua) {
  if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING)
    return push_error(lua, "ERR wrong number or type of arguments");
  lua_createtable(lua, 0, 1);
  lua_pushvalue(lua, 1);
  lua_setfield(lua, -2, "ok");
  return 1;
}

int raise(lua_State* lua, const char* text) {
  push_error(lua, text);
  return lua_error(lua);
}

void push_sha1(lua_State* lua, const char* data, std::size_t size) {
  char digits[41];
  {
    const std::string text = sha1_hex({data, size});
    text.copy(digits, 40);
  }
  lua_pushlstring(lua, digits, 40);
}

int sha1hex(lua_State* lua) {
  if (lua_gettop(lua) != 1) return raise(lua, "ERR wrong number of arguments");
  std::size_t size = 0;
  const char* data = lua_tolstring(lua, 1, &size);
  LuaState::of_closure(lua).charge(lua, size / 2);
  push_sha1(lua, data == nullptr ? "" : data, size);
  return 1;
}

int log(lua_State* lua) {
  if (lua_gettop(lua) < 2) return raise(lua, "ERR redis.log() requires two arguments or more.");
  if (lua_isnumber(lua, 1) == 0) return raise(lua, "ERR First argument must be a number (log level).");
  if (lua_tonumber(lua, 1) < 0 || lua_tonumber(lua, 1) > 3) return raise(lua, "ERR Invalid debug level.");
  return 0;
}

int setresp(lua_State* lua) {
  if (lua_gettop(lua) != 1) return raise(lua, "ERR redis.setresp() requires one argument.");
  const double version = lua_tonumber(lua, 1);
  if (version != 2 && version != 3) return raise(lua, "ERR RESP version must be 2 or 3.");
  LuaState::of(lua).host->set_protocol(version == 2 ? 2 : 3);
  return 0;
}

int replicate_commands(lua_State* lua) {
  lua_pushboolean(lua, 1);
  return 1;
}

int set_repl(lua_State*) {
  return 0;
}

std::uint32_t bits(lua_State* lua, int index) {
  const double number = luaL_checknumber(lua, index);
  const double wrapped = std::fmod(std::trunc(number), 4294967296.0);
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(wrapped));
}

int push_bits(lua_State* lua, std::uint32_t value) {
  lua_pushnumber(lua, static_cast<std::int32_t>(value));
  return 1;
}

int bit_tobit(lua_State* lua) {
  return push_bits(lua, bits(lua, 1));
}
int bit_bnot(lua_State* lua) {
  return push_bits(lua, ~bits(lua, 1));
}

template <class Combine>
int fold(lua_State* lua, Combine combine) {
  std::uint32_t value = bits(lua, 1);
  for (int i = 2; i <= lua_gettop(lua); ++i) value = combine(value, bits(lua, i));
  return push_bits(lua, value);
}
int bit_band(lua_State* lua) {
  return fold(lua, [](std::uint32_t a, std::uint32_t b) { return a & b; });
}
int bit_bor(lua_State* lua) {
  return fold(lua, [](std::uint32_t a, std::uint32_t b) { return a | b; });
}
int bit_bxor(lua_State* lua) {
  return fold(lua, [](std::uint32_t a, std::uint32_t b) { return a ^ b; });
}
int bit_lshift(lua_State* lua) {
  return push_bits(lua, bits(lua, 1) << (bits(lua, 2) & 31));
}
int bit_rshift(lua_State* lua) {
  return push_bits(lua, bits(lua, 1) >> (bits(lua, 2) & 31));
}
int bit_arshift(lua_State* lua) {
  return push_bits(lua, static_cast<std::uint32_t>(static_cast<std::int32_t>(bits(lua, 1)) >> (bits(lua, 2) & 31)));
}

}  // namespace

void push_redis_library(lua_State* lua) {
  lua_createtable(lua, 0, 20);
  const auto add = [&](const char* name, lua_CFunction function) {
    lua_pushlightuserdata(lua, &LuaState::of(lua));
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
  };
  add("call", redis_call);
  add("pcall", redis_pcall);
  add("error_reply", error_reply);
  add("status_reply", status_reply);
  add("sha1hex", sha1hex);
  add("log", log);
  add("setresp", setresp);
  add("replicate_commands", replicate_commands);
  add("set_repl", set_repl);
  const auto constant = [&](const char* name, int value) {
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
  };
  constant("LOG_DEBUG", 0);
  constant("LOG_VERBOSE", 1);
  constant("LOG_NOTICE", 2);
  constant("LOG_WARNING", 3);
  constant("REPL_NONE", 0);
  constant("REPL_AOF", 1);
  constant("REPL_SLAVE", 2);
  constant("REPL_REPLICA", 2);
  constant("REPL_ALL", 3);
  constant("REDIS_VERSION_NUM", 0x0007000F);
  lua_pushliteral(lua, "7.0.15");
  lua_setfield(lua, -2, "REDIS_VERSION");
}

void push_bit_library(lua_State* lua) {
  lua_createtable(lua, 0, 8);
  constexpr luaL_Reg kFunctions[] = {{"tobit", bit_tobit},   {"bnot", bit_bnot},      {"band", bit_band},
                                     {"bor", bit_bor},       {"bxor", bit_bxor},      {"lshift", bit_lshift},
                                     {"rshift", bit_rshift}, {"arshift", bit_arshift}};
  for (const auto& [name, function] : kFunctions) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
}

}  // namespace fakes::redis
