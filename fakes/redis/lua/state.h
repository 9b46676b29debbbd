// The inside of the Lua runtime: one thread's state and what its C functions share. Lua is built as C: an error in it
// leaves C++ frames by longjmp, so no frame below a call that can raise may hold an object with a destructor. What such
// a function needs to hold lives here instead.
#pragma once

#include <array>
#include <boost/json/memory_resource.hpp>
#include <boost/json/value.hpp>
#include <lua.hpp>
#include <map>
#include <optional>
#include <string>

#include "fakes/redis/lua/runtime.h"

namespace fakes::redis {

/// Where a C function goes over that many bytes of a text, it counts as an instruction.
inline constexpr std::size_t kBytesPerInstruction = 32;

/// What going over one element of a table counts as.
inline constexpr std::uint64_t kWorkOfElement = 4;

/// The memory of one cjson.decode, which is none of Lua's.
class DecodeMemory final : public boost::json::memory_resource {
  void* do_allocate(std::size_t size, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t size, std::size_t alignment) override;
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override { return this == &other; }

  std::size_t used_ = 0;
};

class LuaState {
 public:
  LuaState();
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  /// Pushes the script's function. On failure pushes Lua's message and returns false.
  bool push_function(const Script& script);
  core::RedisValue run(const Script& script, std::span<const std::string> keys, std::span<const std::string> arguments,
                       ScriptHost& host);

  lua_State* lua() { return lua_; }
  /// Too much is held: better a new state than this one.
  bool is_worn_out() const { return used_bytes_ > kScriptMemoryLimit / 4 || functions_.size() > 1000; }

  // For the C functions.
  static LuaState& of(lua_State* lua);
  /// The same, of a function whose first upvalue it is.
  static LuaState& of_closure(lua_State* lua) {
    return *static_cast<LuaState*>(lua_touserdata(lua, lua_upvalueindex(1)));
  }
  /// The script has done, or is about to do, work that is worth so many instructions. Raises when it has had its share.
  void charge(lua_State* lua, std::uint64_t work) {
    instructions_ += work;
    if (instructions_ >= next_look_) look(lua);
  }
  ScriptHost* host = nullptr;
  /// The redis.call under way is in one of these, chosen by its length so that their strings keep their memory.
  std::array<core::RedisCommand, 8> commands;
  core::RedisValue last_reply;  ///< Of that redis.call, while it is turned into Lua's values.
  std::string text;             ///< Of the cjson.encode or cmsgpack.pack under way.
  DecodeMemory decode_memory;
  std::optional<boost::json::value> decoded;  ///< Of the cjson.decode under way.
  std::uint64_t random_state = 0;
  int random_ordinal = 0;

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void on_instructions(lua_State* lua, lua_Debug* debug);
  void look(lua_State* lua);
  void set_table(const char* name, std::span<const std::string> values);

  std::size_t used_bytes_ = 0;
  bool is_limited_ = false;  ///< While a script runs: only there can Lua report that it has no memory.
  std::uint64_t instructions_ = 0;
  std::uint64_t next_look_ = 0;       ///< When that many have been counted.
  const char* stopped_by_ = nullptr;  ///< The limit that the script has met.
  lua_State* lua_ = nullptr;
  int globals_ = 0, error_handler_ = 0;                ///< References in Lua's registry.
  std::map<std::string, int, std::less<>> functions_;  ///< By SHA-1: references of compiled scripts.
};

/// Opens the libraries a script may use, in a table of globals that scripts see through a locked one.
/// Leaves nothing on the stack; returns the registry's reference of the globals.
int open_sandbox(lua_State* lua);
/// Leaves each library's functions in a table on the top of the stack.
void push_redis_library(lua_State* lua);
void push_json_library(lua_State* lua);
void push_bit_library(lua_State* lua);
void push_msgpack_library(lua_State* lua);

/// Pushes the value as scripts see replies. May raise.
void push_reply(lua_State* lua, const core::RedisValue& value);
/// The value at the top of the stack as a reply; pops it. Never raises.
core::RedisValue take_reply(lua_State* lua);

inline constexpr const char* kReadOnlyTable = "Attempt to modify a readonly table";

}  // namespace fakes::redis
