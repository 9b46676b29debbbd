// The `cjson` library of scripts, with the spellings and errors of lua-cjson as Redis bundles it.
#include <fmt/format.h>

#include <boost/json/stream_parser.hpp>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <new>

#include "fakes/redis/lua/state.h"

namespace fakes::redis {

namespace {

constexpr int kMaxDepth = 1000;

void append_number(std::string& out, double number) {
  if (std::trunc(number) == number && number > -1e14 && number < 1e14) {
    const fmt::format_int digits(static_cast<std::int64_t>(number));
    out.append(digits.data(), digits.size());
  } else {
    fmt::format_to(std::back_inserter(out), "{:.14g}", number);
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '/':
        out += "\\/";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string_view string_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* data = lua_tolstring(lua, index, &size);
  return {data, size};
}

/// The length of the array that the table at the top is: -1 when it is an object, -2 when its holes are too many.
int array_length(lua_State* lua) {
  double max = 0;
  int items = 0;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pop(lua, 1);
    const double key = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : 0;
    if (key < 1 || std::trunc(key) != key) {
      lua_pop(lua, 1);
      return -1;
    }
    max = std::max(max, key);
    ++items;
  }
  if (max > items * 2.0 && max > 10) return -2;
  return items == 0 ? -1 : static_cast<int>(max);
}

const char* encode_value(lua_State* lua, std::string& out, int depth);

const char* encode_array(lua_State* lua, std::string& out, int length, int depth) {
  out += '[';
  for (int i = 1; i <= length; ++i) {
    if (i > 1) out += ',';
    lua_rawgeti(lua, -1, i);
    if (const char* error = encode_value(lua, out, depth)) return error;
    lua_pop(lua, 1);
  }
  out += ']';
  return nullptr;
}

const char* encode_object(lua_State* lua, std::string& out, int depth) {
  out += '{';
  bool is_first = true;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    if (!is_first) out += ',';
    is_first = false;
    if (lua_type(lua, -2) == LUA_TNUMBER) {
      out += '"';
      append_number(out, lua_tonumber(lua, -2));
      out += '"';
    } else if (lua_type(lua, -2) == LUA_TSTRING) {
      append_string(out, string_at(lua, -2));
    } else {
      return "Cannot serialise table: table key must be a number or string";
    }
    out += ':';
    if (const char* error = encode_value(lua, out, depth)) return error;
    lua_pop(lua, 1);
  }
  out += '}';
  return nullptr;
}

/// Encodes the value at the top, which stays. The error, or null. Raises only where the script has had its share.
const char* encode_value(lua_State* lua, std::string& out, int depth) {
  // One table that is in many places takes its bytes and its time in each, and no memory of Lua's.
  if (out.size() > kScriptMemoryLimit) return "not enough memory";
  LuaState::of(lua).charge(lua, kWorkOfElement);
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
      append_string(out, string_at(lua, -1));
      return nullptr;
    case LUA_TNUMBER:
      if (!std::isfinite(lua_tonumber(lua, -1))) return "Cannot serialise number: must not be NaN or Inf";
      append_number(out, lua_tonumber(lua, -1));
      return nullptr;
    case LUA_TBOOLEAN:
      out += lua_toboolean(lua, -1) != 0 ? "true" : "false";
      return nullptr;
    case LUA_TNIL:
      out += "null";
      return nullptr;
    case LUA_TTABLE: {
      if (depth >= kMaxDepth || lua_checkstack(lua, 8) == 0) return "Cannot serialise, excessive nesting (1001)";
      const int length = array_length(lua);
      if (length == -2) return "Cannot serialise table: excessively sparse array";
      return length == -1 ? encode_object(lua, out, depth + 1) : encode_array(lua, out, length, depth + 1);
    }
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(lua, -1) == nullptr) {
        out += "null";
        return nullptr;
      }
      return "Cannot serialise userdata: type not supported";
    case LUA_TFUNCTION:
      return "Cannot serialise function: type not supported";
    default:
      return "Cannot serialise userdata: type not supported";
  }
}

int encode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  LuaState& state = LuaState::of(lua);
  state.text.clear();
  if (const char* error = encode_value(lua, state.text, 0)) return luaL_error(lua, "%s", error);
  lua_pushlstring(lua, state.text.data(), state.text.size());
  return 1;
}

void push_json(lua_State* lua, const boost::json::value& value) {
  luaL_checkstack(lua, 8, "too many nested data structures");
  switch (value.kind()) {
    case boost::json::kind::null:
      lua_pushlightuserdata(lua, nullptr);
      return;
    case boost::json::kind::bool_:
      lua_pushboolean(lua, value.get_bool() ? 1 : 0);
      return;
    case boost::json::kind::int64:
      lua_pushnumber(lua, static_cast<lua_Number>(value.get_int64()));
      return;
    case boost::json::kind::uint64:
      lua_pushnumber(lua, static_cast<lua_Number>(value.get_uint64()));
      return;
    case boost::json::kind::double_:
      lua_pushnumber(lua, value.get_double());
      return;
    case boost::json::kind::string:
      lua_pushlstring(lua, value.get_string().data(), value.get_string().size());
      return;
    case boost::json::kind::array: {
      lua_createtable(lua, static_cast<int>(value.get_array().size()), 0);
      int index = 0;
      for (const boost::json::value& element : value.get_array()) {
        push_json(lua, element);
        lua_rawseti(lua, -2, ++index);
      }
      return;
    }
    case boost::json::kind::object:
      lua_createtable(lua, 0, static_cast<int>(value.get_object().size()));
      for (const auto& [name, member] : value.get_object()) {
        lua_pushlstring(lua, name.data(), name.size());
        push_json(lua, member);
        lua_rawset(lua, -3);
      }
  }
}

/// Parses into state.decoded; the position of the error (from 1), or 0. Throws std::bad_alloc.
std::size_t parse(LuaState& state, std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  options.allow_invalid_utf8 = true;
  boost::json::stream_parser parser(&state.decode_memory, options);
  parser.reset(&state.decode_memory);
  boost::json::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error && read == text.size()) parser.finish(error);
  if (error || read != text.size()) return read + 1;
  state.decoded.emplace(parser.release());
  return 0;
}

int decode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  std::size_t size = 0;
  const char* data = luaL_checklstring(lua, 1, &size);
  LuaState& state = LuaState::of(lua);
  state.charge(lua, size / kBytesPerInstruction);
  bool has_memory = true;
  std::size_t position = 0;
  try {
    position = parse(state, {data, size});
  } catch (const std::bad_alloc&) {
    has_memory = false;
  }
  if (!has_memory) return luaL_error(lua, "not enough memory");
  if (position != 0) {
    const char* found = position > size ? "T_END" : "invalid token";
    return luaL_error(lua, "Expected value but found %s at character %d", found, static_cast<int>(position));
  }
  push_json(lua, *state.decoded);
  return 1;
}

}  // namespace

void* DecodeMemory::do_allocate(std::size_t size, std::size_t) {
  if (size > kScriptMemoryLimit - used_) throw std::bad_alloc();
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  used_ += size;
  return block;
}

void DecodeMemory::do_deallocate(void* block, std::size_t size, std::size_t) {
  used_ -= size;
  std::free(block);
}

void push_json_library(lua_State* lua) {
  lua_createtable(lua, 0, 4);
  lua_pushcfunction(lua, encode);
  lua_setfield(lua, -2, "encode");
  lua_pushcfunction(lua, decode);
  lua_setfield(lua, -2, "decode");
  lua_pushlightuserdata(lua, nullptr);
  lua_setfield(lua, -2, "null");
}

}  // namespace fakes::redis
