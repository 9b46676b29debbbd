// Lua's string and table functions as the fake bounds them, against those of a real redis-server: random texts and
// patterns, malformed ones among them, and the same results and errors.
#include <gtest/gtest.h>
// rapidcheck's own header wants gtest first.
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/production/resp/resp_reader.h"
#include "core/production/resp/resp_writer.h"
#include "fakes/redis/server.h"
#include "tests/support/redis_server.h"
#include "tests/support/redis_trace.h"
#include "tests/wire/served.h"

namespace tests {
namespace {

using core::RedisCommand;

/// What each function says of a text, a pattern and a replacement, or the error that it raises.
constexpr const char* kFunctions = R"(
local s, p, r, from = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local out = {}
local function try(f, ...)
  for _, value in ipairs({pcall(f, ...)}) do out[#out + 1] = tostring(value) end
  out[#out + 1] = '|'
end
try(string.find, s, p)
try(string.find, s, p, from)
try(string.find, s, p, from, true)
try(string.match, s, p)
try(string.match, s, p, from)
try(string.gsub, s, p, r)
try(string.gsub, s, p, r, from)
try(string.gsub, s, p, {a = 'A', b = false, ab = 1})
try(string.gsub, s, p, function(a, b) return b or a end)
try(function()
  local n = 0
  for a, b in string.gmatch(s, p) do
    n = n + 1
    out[#out + 1] = tostring(a) .. ',' .. tostring(b)
    if n > 20 then break end
  end
end)
try(string.rep, s, from)
local t = {}
for i = 1, #s do t[i] = s:sub(i, i) end
try(table.concat, t, r, from)
try(table.insert, t, math.max(from, -3), r)
try(table.concat, t, ',')
try(table.remove, t, from)
try(table.concat, t, ',')
try(table.concat, t, ',', 1, from)
try(table.maxn, t)
try(unpack, t, from, 3)
return table.concat(out, ' ')
)";

/// Both servers, and a client of each.
class Both final : public fakes::redis::Receiver {
 public:
  Both() : wire_(real_.port(), 20s), fake_(core::WallTime()), session_(fake_.connect(*this)) {}

  std::string ask_real(const RedisCommand& command) {
    std::string bytes;
    writer_.append(command, bytes);
    wire_.send(bytes);
    while (true) {
      core::RespNext next = reader_.next();
      if (auto* value = std::get_if<core::RedisValue>(&next)) return show(*value);
      const std::string more = wire_.read_some();
      if (more.empty()) return "no reply";
      reader_.feed(more);
    }
  }
  std::string ask_fake(const RedisCommand& command) {
    fake_.execute(*session_, command, core::SteadyTime());
    return show(reply_);
  }
  void on_reply(core::RedisValue reply) override { reply_ = std::move(reply); }
  void on_push(core::RedisValue) override {}

 private:
  RedisServer real_;
  Wire wire_;
  core::RespReader reader_;
  core::RespWriter writer_;
  fakes::redis::Server fake_;
  std::unique_ptr<fakes::redis::Session> session_;
  core::RedisValue reply_;
};

rc::Gen<std::string> text_of_some(std::string_view letters, std::size_t most) {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, most + 1), [letters](std::size_t size) {
    return rc::gen::container<std::string>(size, rc::gen::elementOf(std::string(letters)));
  });
}

TEST(RedisPatterns, are_those_of_a_real_server) {
  Both both;
  rc::check([&both] {
    const std::string text = *text_of_some(std::string_view("aabbA1.-%( )\n\0\xc3", 15), 8);
    const std::string pattern = *text_of_some(std::string_view("aab.%%()[]^$*+-?1fbdsw\0", 23), 7);
    const std::string with = *text_of_some("ab%%012", 4);
    const int from = *rc::gen::inRange(-6, 7);
    const RedisCommand command{"EVAL", kFunctions, "0", text, pattern, with, std::to_string(from)};
    RC_ASSERT(both.ask_fake(command) == both.ask_real(command));
  });
}

}  // namespace
}  // namespace tests
