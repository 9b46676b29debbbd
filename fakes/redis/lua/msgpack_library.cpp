// The `cmsgpack` library of scripts: MessagePack with the choices of encoding and the errors of the one in Redis.
#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "fakes/redis/lua/state.h"

namespace fakes::redis {

namespace {

/// Tables within tables beyond this are nil, which also ends those that hold themselves.
constexpr int kMaxDepth = 16;

/// The lowest `bytes` bytes of the value, the highest first.
void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void append_tagged(std::string& out, unsigned tag, std::uint64_t value, int bytes) {
  out += static_cast<char>(tag);
  append_big_endian(out, value, bytes);
}

void append_integer(std::string& out, std::int64_t value) {
  const auto raw = static_cast<std::uint64_t>(value);
  if (value >= -32 && value <= 127) {
    append_big_endian(out, raw, 1);
  } else if (value > 0) {
    if (value <= UINT8_MAX) return append_tagged(out, 0xcc, raw, 1);
    if (value <= UINT16_MAX) return append_tagged(out, 0xcd, raw, 2);
    if (value <= UINT32_MAX) return append_tagged(out, 0xce, raw, 4);
    append_tagged(out, 0xcf, raw, 8);
  } else {
    if (value >= INT8_MIN) return append_tagged(out, 0xd0, raw, 1);
    if (value >= INT16_MIN) return append_tagged(out, 0xd1, raw, 2);
    if (value >= INT32_MIN) return append_tagged(out, 0xd2, raw, 4);
    append_tagged(out, 0xd3, raw, 8);
  }
}

void append_number(std::string& out, double number) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (number >= -kLimit && number < kLimit && std::trunc(number) == number) {
    return append_integer(out, static_cast<std::int64_t>(number));
  }
  const auto single = static_cast<float>(number);
  if (static_cast<double>(single) == number) {
    append_tagged(out, 0xca, std::bit_cast<std::uint32_t>(single), 4);
  } else {
    append_tagged(out, 0xcb, std::bit_cast<std::uint64_t>(number), 8);
  }
}

void append_string(std::string& out, std::string_view text) {
  if (text.size() < 32) {
    out += static_cast<char>(0xa0 | text.size());
  } else if (text.size() <= UINT8_MAX) {
    append_tagged(out, 0xd9, text.size(), 1);
  } else if (text.size() <= UINT16_MAX) {
    append_tagged(out, 0xda, text.size(), 2);
  } else {
    append_tagged(out, 0xdb, text.size(), 4);
  }
  out += text;
}

/// The head of an array (short form 0x90, long 0xdc) or of a map (0x80, 0xde).
void append_head(std::string& out, unsigned short_tag, unsigned long_tag, std::size_t size) {
  if (size <= 15) {
    out += static_cast<char>(short_tag | size);
  } else if (size <= UINT16_MAX) {
    append_tagged(out, long_tag, size, 2);
  } else {
    append_tagged(out, long_tag + 1, size, 4);
  }
}

struct TableShape {
  std::size_t size = 0;
  bool is_array = true;  ///< The keys are 1 to size. An empty table is one.
};

/// Of the table at the top.
TableShape shape_of(lua_State* lua) {
  TableShape shape;
  double max = 0;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pop(lua, 1);
    ++shape.size;
    const double key = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : 0;
    if (key < 1 || key > INT_MAX || std::trunc(key) != key) shape.is_array = false;
    max = std::max(max, key);
  }
  if (max != static_cast<double>(shape.size)) shape.is_array = false;
  return shape;
}

void pack_value(lua_State* lua, std::string& out, int depth);

void pack_table(lua_State* lua, std::string& out, int depth) {
  const TableShape shape = shape_of(lua);
  if (shape.is_array) {
    append_head(out, 0x90, 0xdc, shape.size);
    for (std::size_t i = 1; i <= shape.size; ++i) {
      lua_rawgeti(lua, -1, static_cast<int>(i));
      pack_value(lua, out, depth + 1);
      lua_pop(lua, 1);
    }
    return;
  }
  append_head(out, 0x80, 0xde, shape.size);
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pushvalue(lua, -2);
    pack_value(lua, out, depth + 1);
    lua_pop(lua, 1);
    pack_value(lua, out, depth + 1);
    lua_pop(lua, 1);
  }
}

/// Packs the value at the top, which stays. May raise: what it writes to must outlive that.
void pack_value(lua_State* lua, std::string& out, int depth) {
  // One table that is in many places takes its bytes in each, and no memory of Lua's.
  if (out.size() > kScriptMemoryLimit) luaL_error(lua, "not enough memory");
  LuaState::of(lua).charge(lua, kWorkOfElement);
  luaL_checkstack(lua, 8, "in function pack");
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* data = lua_tolstring(lua, -1, &size);
      append_string(out, {data, size});
      return;
    }
    case LUA_TBOOLEAN:
      out += static_cast<char>(lua_toboolean(lua, -1) != 0 ? 0xc3 : 0xc2);
      return;
    case LUA_TNUMBER:
      append_number(out, lua_tonumber(lua, -1));
      return;
    case LUA_TTABLE:
      if (depth < kMaxDepth) return pack_table(lua, out, depth);
      break;
    default:
      break;
  }
  out += static_cast<char>(0xc0);
}

int pack(lua_State* lua) {
  const int count = lua_gettop(lua);
  if (count == 0) return luaL_argerror(lua, 0, "MessagePack pack needs input.");
  std::string& out = LuaState::of(lua).text;
  out.clear();
  for (int i = 1; i <= count; ++i) {
    lua_pushvalue(lua, i);
    pack_value(lua, out, 0);
    lua_pop(lua, 1);
  }
  lua_pushlstring(lua, out.data(), out.size());
  return 1;
}

/// What is left of the input. Bytes that are missing or mean nothing are raised.
class Input {
 public:
  Input(lua_State* lua, std::string_view bytes) : lua_(lua), left_(bytes) {}

  std::size_t left() const { return left_.size(); }

  std::string_view take(std::size_t count) {
    if (count > left_.size()) luaL_error(lua_, "Missing bytes in input.");
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::uint64_t take_number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

 private:
  lua_State* lua_;
  std::string_view left_;
};

void unpack_value(lua_State* lua, Input& input);

void unpack_array(lua_State* lua, Input& input, std::size_t size) {
  lua_newtable(lua);
  luaL_checkstack(lua, 4, "in function mp_decode_to_lua_array");
  for (std::size_t i = 1; i <= size; ++i) {
    unpack_value(lua, input);
    lua_rawseti(lua, -2, static_cast<int>(i));
  }
}

void unpack_map(lua_State* lua, Input& input, std::size_t size) {
  lua_newtable(lua);
  luaL_checkstack(lua, 4, "in function mp_decode_to_lua_hash");
  for (std::size_t i = 0; i < size; ++i) {
    unpack_value(lua, input);
    unpack_value(lua, input);
    lua_settable(lua, -3);  // It has no metatable; but unlike a raw set it refuses nil and NaN.
  }
}

void push_string(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

/// The numbers from tag 0xca to 0xd3.
double take_tagged_number(Input& input, unsigned tag) {
  if (tag == 0xca) return std::bit_cast<float>(static_cast<std::uint32_t>(input.take_number(4)));
  if (tag == 0xcb) return std::bit_cast<double>(input.take_number(8));
  const std::size_t bytes = std::size_t{1} << (tag & 3);
  const std::uint64_t raw = input.take_number(bytes);
  // Without a sign all but the widest are as they are; in those Redis sees one nevertheless.
  if (tag < 0xcf) return static_cast<double>(raw);
  const auto shift = static_cast<int>(64 - 8 * bytes);
  return static_cast<double>(static_cast<std::int64_t>(raw << shift) >> shift);
}

/// The next value, onto the stack.
void unpack_value(lua_State* lua, Input& input) {
  luaL_checkstack(lua, 1, "in function mp_decode_to_lua_type");
  const auto tag = static_cast<unsigned>(input.take_number(1));
  if (tag < 0x80) return lua_pushinteger(lua, static_cast<lua_Integer>(tag));
  if (tag < 0x90) return unpack_map(lua, input, tag & 0xf);
  if (tag < 0xa0) return unpack_array(lua, input, tag & 0xf);
  if (tag < 0xc0) return push_string(lua, input.take(tag & 0x1f));
  if (tag >= 0xe0) return lua_pushinteger(lua, static_cast<lua_Integer>(tag) - 256);
  if (tag >= 0xca && tag <= 0xd3) return lua_pushnumber(lua, take_tagged_number(input, tag));
  switch (tag) {
    case 0xc0:
      return lua_pushnil(lua);
    case 0xc2:
    case 0xc3:
      return lua_pushboolean(lua, tag == 0xc3 ? 1 : 0);
    case 0xd9:
    case 0xda:
    case 0xdb:
      return push_string(lua, input.take(input.take_number(std::size_t{1} << (tag - 0xd9))));
    case 0xdc:
    case 0xdd:
      return unpack_array(lua, input, input.take_number(tag == 0xdc ? 2 : 4));
    case 0xde:
    case 0xdf:
      return unpack_map(lua, input, input.take_number(tag == 0xde ? 2 : 4));
    default:
      luaL_error(lua, "Bad data format in input.");
  }
}

/// Values from `offset` on, at most `limit`, above the one argument on the stack; where the next would be comes first.
int unpack_some(lua_State* lua, lua_Integer limit, lua_Integer offset) {
  std::size_t size = 0;
  const char* data = luaL_checklstring(lua, 1, &size);
  if (offset < 0 || limit < 0) {
    return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.", static_cast<int>(offset),
                      static_cast<int>(size));
  }
  if (static_cast<std::size_t>(offset) > size) {
    return luaL_error(lua, "Start offset %d greater than input length %d.", static_cast<int>(offset),
                      static_cast<int>(size));
  }
  LuaState::of(lua).charge(lua, size / 8);
  // As in Redis, nothing asked for is all.
  const bool takes_all = limit == 0 && offset == 0;
  if (takes_all) limit = INT_MAX;
  Input input(lua, std::string_view(data, size).substr(static_cast<std::size_t>(offset)));
  int count = 0;
  for (; input.left() > 0 && count < limit; ++count) unpack_value(lua, input);
  if (takes_all) return count;
  lua_pushinteger(lua, input.left() == 0 ? -1 : static_cast<lua_Integer>(size - input.left()));
  lua_insert(lua, 2);
  return count + 1;
}

int unpack(lua_State* lua) {
  return unpack_some(lua, 0, 0);
}

int unpack_one(lua_State* lua) {
  const lua_Integer offset = luaL_optinteger(lua, 2, 0);
  lua_settop(lua, 1);
  return unpack_some(lua, 1, offset);
}

int unpack_limit(lua_State* lua) {
  const lua_Integer limit = luaL_checkinteger(lua, 2);
  const lua_Integer offset = luaL_optinteger(lua, 3, 0);
  lua_settop(lua, 1);
  return unpack_some(lua, limit, offset);
}

}  // namespace

void push_msgpack_library(lua_State* lua) {
  lua_createtable(lua, 0, 4);
  constexpr luaL_Reg kFunctions[] = {
      {"pack", pack}, {"unpack", unpack}, {"unpack_one", unpack_one}, {"unpack_limit", unpack_limit}};
  for (const auto& [name, function] : kFunctions) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
}

}  // namespace fakes::redis
