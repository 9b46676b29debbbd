#include "fakes/redis/lua/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "fakes/redis/lua/state.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

constexpr int kInstructionsPerLook = 1000;
constexpr int kCollectorPause = 400;  // In percent of what is in use; Lua's own is 200.
constexpr const char* kTooManyInstructions = "script exceeded its limit of instructions";
constexpr const char* kTooMuchTime = "script exceeded its limit of time";

/// The thread's state, made anew when the old one holds too much.
LuaState& thread_state() {
  thread_local std::unique_ptr<LuaState> state;
  if (!state || state->is_worn_out()) state = std::make_unique<LuaState>();
  return *state;
}

/// Makes a table of whatever was raised and adds where: {err, source, line}.
int add_place(lua_State* lua) {
  if (!lua_istable(lua, 1)) {
    const char* message = lua_tostring(lua, 1);
    lua_createtable(lua, 0, 3);
    lua_pushfstring(lua, "ERR %s", message == nullptr ? luaL_typename(lua, 1) : message);
    lua_setfield(lua, -2, "err");
  }
  lua_Debug place;
  int level = 1;
  while (lua_getstack(lua, level, &place) != 0 && lua_getinfo(lua, "Sl", &place) != 0 && *place.what == 'C') ++level;
  if (lua_getstack(lua, level, &place) != 0) {
    lua_pushinteger(lua, place.currentline);
    lua_pushstring(lua, "line");
    lua_insert(lua, -2);
    lua_rawset(lua, -3);
  }
  return 1;
}

std::string error_text(lua_State* lua, const Script& script) {
  if (!lua_istable(lua, -1)) {  // Out of memory, or an error in the handler.
    const char* message = lua_tostring(lua, -1);
    return fmt::format("ERR {} script: {}, on @user_script:0.", message == nullptr ? "unknown error" : message,
                       script.sha);
  }
  lua_pushstring(lua, "line");
  lua_rawget(lua, -2);
  const auto line = static_cast<int>(lua_tointeger(lua, -1));
  lua_pop(lua, 1);
  lua_pushstring(lua, "err");
  lua_rawget(lua, -2);
  std::size_t size = 0;
  const char* message = lua_tolstring(lua, -1, &size);
  std::string text = message == nullptr ? "ERR unknown error" : std::string(message, size);
  lua_pop(lua, 1);
  return fmt::format("{} script: {}, on @user_script:{}.", text, script.sha, line);
}

}  // namespace

LuaState::LuaState() : lua_(lua_newstate(allocate, this)) {
  // Next to what the libraries hold, scripts leave little behind.
  lua_gc(lua_, LUA_GCSETPAUSE, kCollectorPause);
  lua_pushlightuserdata(lua_, this);
  lua_setfield(lua_, LUA_REGISTRYINDEX, "fakes.redis.state");
  globals_ = open_sandbox(lua_);
  lua_pushcfunction(lua_, add_place);
  error_handler_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
}

LuaState::~LuaState() {
  lua_close(lua_);
}

LuaState& LuaState::of(lua_State* lua) {
  lua_getfield(lua, LUA_REGISTRYINDEX, "fakes.redis.state");
  auto* state = static_cast<LuaState*>(lua_touserdata(lua, -1));
  lua_pop(lua, 1);
  return *state;
}

void* LuaState::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& state = *static_cast<LuaState*>(self);
  if (new_size == 0) {
    std::free(block);
    state.used_bytes_ -= old_size;
    return nullptr;
  }
  const bool is_over = new_size > old_size && state.used_bytes_ + (new_size - old_size) > kScriptMemoryLimit;
  if (is_over && state.is_limited_) return nullptr;
  void* result = block == nullptr ? std::malloc(new_size) : std::realloc(block, new_size);
  if (result != nullptr) state.used_bytes_ += new_size - old_size;
  return result;
}

void LuaState::on_instructions(lua_State* lua, lua_Debug*) {
  of(lua).charge(lua, kInstructionsPerLook);
}

void LuaState::look(lua_State* lua) {
  if (stopped_by_ == nullptr && instructions_ >= kScriptInstructionLimit) stopped_by_ = kTooManyInstructions;
  if (stopped_by_ == nullptr && host->is_out_of_time()) stopped_by_ = kTooMuchTime;
  if (stopped_by_ == nullptr) {
    next_look_ = std::min(instructions_ + kInstructionsPerLook, kScriptInstructionLimit);
    return;
  }
  // From now on at every instruction, so that a script that catches the error ends as well.
  lua_sethook(lua, on_instructions, LUA_MASKCOUNT, 1);
  lua_sethook(lua_, on_instructions, LUA_MASKCOUNT, 1);
  luaL_error(lua, stopped_by_);
}

bool LuaState::push_function(const Script& script) {
  if (const auto found = functions_.find(script.sha); found != functions_.end()) {
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, found->second);
    return true;
  }
  std::string_view code = script.text;
  if (code.starts_with("#!")) code.remove_prefix(std::min(code.find('\n'), code.size()));  // Lines keep their numbers.
  if (code.starts_with(LUA_SIGNATURE)) code = "=";  // Bytecode may do anything: not even Redis' own is taken.
  is_limited_ = true;
  const int status = luaL_loadbuffer(lua_, code.data(), code.size(), "@user_script");
  is_limited_ = false;
  if (status != 0) return false;
  lua_pushvalue(lua_, -1);
  functions_.emplace(script.sha, luaL_ref(lua_, LUA_REGISTRYINDEX));
  return true;
}

void LuaState::set_table(const char* name, std::span<const std::string> values) {
  lua_createtable(lua_, static_cast<int>(values.size()), 0);
  int index = 0;
  for (const std::string& value : values) {
    lua_pushlstring(lua_, value.data(), value.size());
    lua_rawseti(lua_, -2, ++index);
  }
  lua_setfield(lua_, -2, name);
}

RedisValue LuaState::run(const Script& script, std::span<const std::string> keys,
                         std::span<const std::string> arguments, ScriptHost& its_host) {
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, error_handler_);
  if (!push_function(script)) {
    lua_settop(lua_, 0);
    return RedisValue::error(*compile_error(script));
  }
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, globals_);
  set_table("KEYS", keys);
  set_table("ARGV", arguments);
  lua_pop(lua_, 1);
  host = &its_host;
  random_state = 0x330E;  // As srand48(0).
  instructions_ = 0;
  next_look_ = kInstructionsPerLook;
  stopped_by_ = nullptr;
  lua_sethook(lua_, on_instructions, LUA_MASKCOUNT, kInstructionsPerLook);
  is_limited_ = true;
  const int status = lua_pcall(lua_, 0, 1, 1);
  is_limited_ = false;
  lua_sethook(lua_, nullptr, 0, 0);
  RedisValue reply = status == 0 ? take_reply(lua_) : RedisValue::error(error_text(lua_, script));
  lua_settop(lua_, 0);
  host = nullptr;
  decoded.reset();
  return reply;
}

namespace {

/// "#!lua flags=no-writes,allow-oom" and nothing else, with Redis' errors.
std::optional<std::string> shebang_error(std::string_view text) {
  if (!text.starts_with("#!")) return std::nullopt;
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return "ERR Invalid script shebang";
  std::string_view line = text.substr(0, end);
  const auto take_word = [&line](char separator) {
    const std::size_t size = std::min(line.find(separator), line.size());
    const std::string_view word = line.substr(0, size);
    line.remove_prefix(std::min(size + 1, line.size()));
    return word;
  };
  if (const auto engine = take_word(' '); engine != "#!lua") {
    return fmt::format("ERR Unexpected engine in script shebang: {}", engine);
  }
  if (line.empty()) return std::nullopt;
  if (!line.starts_with("flags=")) return fmt::format("ERR Unknown lua shebang option: {}", line);
  line.remove_prefix(6);
  while (!line.empty()) {
    const std::string_view flag = take_word(',');
    constexpr std::array<std::string_view, 5> kFlags = {"no-writes", "allow-oom", "allow-stale", "no-cluster",
                                                        "allow-cross-slot-keys"};
    if (std::find(kFlags.begin(), kFlags.end(), flag) == kFlags.end()) {
      return fmt::format("ERR Unexpected flag in script shebang: {}", flag);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> compile_error(const Script& script) {
  if (auto error = shebang_error(script.text)) return error;
  LuaState& state = thread_state();
  std::optional<std::string> error;
  if (!state.push_function(script)) {
    error = fmt::format("ERR Error compiling script (new function): {}", lua_tostring(state.lua(), -1));
  }
  lua_settop(state.lua(), 0);
  return error;
}

RedisValue run_script(const Script& script, std::span<const std::string> keys, std::span<const std::string> arguments,
                      ScriptHost& host) {
  return thread_state().run(script, keys, arguments, host);
}

}  // namespace fakes::redis
