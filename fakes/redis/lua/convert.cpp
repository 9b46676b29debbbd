// Values between RESP and Lua, by the rules of Redis' documentation ("Lua to RESP2 type conversion" and its relatives).
#include <algorithm>

#include "fakes/redis/lua/state.h"

namespace fakes::redis {

using core::RedisType;
using core::RedisValue;

namespace {

constexpr int kMaxDepth = 200;

void push_field(lua_State* lua, const char* name, const std::string& text) {
  lua_createtable(lua, 0, 1);
  lua_pushlstring(lua, text.data(), text.size());
  lua_setfield(lua, -2, name);
}

/// Room for one more level of nesting: whoever pushes a value has that for the value itself.
void check_stack(lua_State* lua) {
  luaL_checkstack(lua, 8, "reached lua stack limit");
}

void push_array(lua_State* lua, const std::vector<RedisValue>& elements) {
  check_stack(lua);
  lua_createtable(lua, static_cast<int>(elements.size()), 0);
  int index = 0;
  for (const RedisValue& element : elements) {
    push_reply(lua, element);
    lua_rawseti(lua, -2, ++index);
  }
}

void push_map(lua_State* lua, const RedisValue& value) {
  check_stack(lua);
  lua_createtable(lua, 0, 1);
  lua_createtable(lua, 0, static_cast<int>(value.elements.size() / 2));
  for (std::size_t i = 0; i + 1 < value.elements.size(); i += 2) {
    push_reply(lua, value.elements[i]);
    push_reply(lua, value.elements[i + 1]);
    lua_rawset(lua, -3);
  }
  lua_setfield(lua, -2, "map");
}

void push_set(lua_State* lua, const RedisValue& value) {
  check_stack(lua);
  lua_createtable(lua, 0, 1);
  lua_createtable(lua, 0, static_cast<int>(value.elements.size()));
  for (const RedisValue& element : value.elements) {
    push_reply(lua, element);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
  }
  lua_setfield(lua, -2, "set");
}

/// A script's reply while it is made. One table that is in many places takes its memory in each.
class ReplySize {
 public:
  void add(std::size_t bytes) { bytes_ += sizeof(RedisValue) + bytes; }
  bool is_over() const { return bytes_ > kScriptMemoryLimit; }

 private:
  std::size_t bytes_ = 0;
};

RedisValue reply_at_top(lua_State* lua, int depth, ReplySize& size);

/// Pushes the table's own field; false, with nothing pushed, when it is not of that type.
bool push_raw_field(lua_State* lua, const char* name, int type) {
  lua_pushstring(lua, name);
  lua_rawget(lua, -2);
  if (lua_type(lua, -1) == type) return true;
  lua_pop(lua, 1);
  return false;
}

std::string take_line(lua_State* lua) {
  std::size_t size = 0;
  const char* data = lua_tolstring(lua, -1, &size);
  std::string line(data, size);
  for (char& c : line) {
    if (c == '\r' || c == '\n') c = ' ';
  }
  lua_pop(lua, 1);
  return line;
}

/// The pairs of the table at the top, which stays.
RedisValue pairs_reply(lua_State* lua, RedisType type, int depth, ReplySize& size) {
  RedisValue reply = RedisValue::array({});
  reply.type = type;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    if (size.is_over()) {
      lua_pop(lua, 2);
      return reply;
    }
    lua_pushvalue(lua, -2);
    reply.elements.push_back(reply_at_top(lua, depth + 1, size));
    lua_pop(lua, 1);
    if (type == RedisType::Map) {
      reply.elements.push_back(reply_at_top(lua, depth + 1, size));
    }
    lua_pop(lua, 1);
  }
  return reply;
}

RedisValue table_reply(lua_State* lua, int depth, ReplySize& size) {
  if (push_raw_field(lua, "err", LUA_TSTRING)) return RedisValue::error(take_line(lua));
  if (push_raw_field(lua, "ok", LUA_TSTRING)) return RedisValue::status(take_line(lua));
  if (push_raw_field(lua, "double", LUA_TNUMBER)) {
    RedisValue reply;
    reply.type = RedisType::Double;
    reply.number = lua_tonumber(lua, -1);
    lua_pop(lua, 1);
    return reply;
  }
  for (const auto& [name, type] : {std::pair("map", RedisType::Map), std::pair("set", RedisType::Set)}) {
    if (!push_raw_field(lua, name, LUA_TTABLE)) continue;
    RedisValue reply = pairs_reply(lua, type, depth, size);
    lua_pop(lua, 1);
    return reply;
  }
  RedisValue reply = RedisValue::array({});
  // The length can be far more than there is.
  reply.elements.reserve(std::min<std::size_t>(lua_objlen(lua, -1), 1024));
  for (int index = 1;; ++index) {
    lua_rawgeti(lua, -1, index);
    if (lua_isnil(lua, -1) || size.is_over()) {
      lua_pop(lua, 1);
      return reply;
    }
    reply.elements.push_back(reply_at_top(lua, depth + 1, size));
    lua_pop(lua, 1);
  }
}

/// Leaves the stack as it was.
RedisValue reply_at_top(lua_State* lua, int depth, ReplySize& size) {
  size.add(lua_type(lua, -1) == LUA_TSTRING ? lua_objlen(lua, -1) : 0);
  if (depth > kMaxDepth || lua_checkstack(lua, 8) == 0) return RedisValue::error("ERR reached lua stack limit");
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
      std::size_t length = 0;
      const char* data = lua_tolstring(lua, -1, &length);
      return RedisValue::bulk({data, length});
    }
    case LUA_TNUMBER: {
      const double number = lua_tonumber(lua, -1);
      const bool fits = number > -9.2e18 && number < 9.2e18;
      return RedisValue::integer_of(fits ? static_cast<std::int64_t>(number) : INT64_MIN);
    }
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, -1) != 0 ? RedisValue::integer_of(1) : RedisValue::null();
    case LUA_TTABLE:
      return table_reply(lua, depth, size);
    default:
      return RedisValue::null();
  }
}

}  // namespace

void push_reply(lua_State* lua, const RedisValue& value) {
  switch (value.type) {
    case RedisType::Null:
    case RedisType::NullArray:
      lua_pushboolean(lua, 0);
      return;
    case RedisType::Status:
      return push_field(lua, "ok", value.text);
    case RedisType::Error:
      return push_field(lua, "err", value.text);
    case RedisType::Integer:
      lua_pushnumber(lua, static_cast<lua_Number>(value.integer));
      return;
    case RedisType::Bulk:
      lua_pushlstring(lua, value.text.data(), value.text.size());
      return;
    case RedisType::Array:
    case RedisType::Push:
      return push_array(lua, value.elements);
    case RedisType::Map:
      return push_map(lua, value);
    case RedisType::Set:
      return push_set(lua, value);
    case RedisType::Double:
      lua_createtable(lua, 0, 1);
      lua_pushnumber(lua, value.number);
      lua_setfield(lua, -2, "double");
      return;
    case RedisType::Boolean:
      lua_pushboolean(lua, value.integer != 0 ? 1 : 0);
      return;
  }
}

RedisValue take_reply(lua_State* lua) {
  ReplySize size;
  RedisValue reply = reply_at_top(lua, 0, size);
  lua_pop(lua, 1);
  if (size.is_over()) return RedisValue::error("ERR the script's reply is too large");
  return reply;
}

}  // namespace fakes::redis
