// RESP in both directions: what is read is the same however the bytes come, what is held is bounded, and no argument
// can begin a command of its own.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "core/production/resp/resp_reader.h"
#include "core/production/resp/resp_writer.h"
#include "core/random/random.h"
#include "tests/wire/redis_text.h"

namespace core {
namespace {

/// All that comes out of the bytes when `step` of them are fed at a time.
std::string read_in_steps(std::string_view bytes, std::size_t step, std::size_t max_value_bytes = 100'000) {
  RespReader reader(max_value_bytes);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.feed(bytes.substr(at, step));
    for (;;) {
      const RespNext next = reader.next();
      if (std::holds_alternative<RespMore>(next)) break;
      if (const auto* error = std::get_if<RespError>(&next)) return text + "error: " + error->message;
      text += tests::text_of(std::get<RedisValue>(next)) + ";";
    }
  }
  return text;
}

std::string nested(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) bytes += "*1\r\n";
  return bytes + ":1\r\n";
}

const std::string kBroken = "error: what was received is not Redis' protocol";
const std::string kTooLarge = "error: a reply is larger than is accepted";

TEST(RespReader, reads_the_same_however_the_bytes_come) {
  const struct {
    std::string bytes;
    std::string expected;
  } rows[] = {
      {"+OK\r\n", "+OK;"},
      {"-ERR no\r\n", "-ERR no;"},
      {":-9223372036854775808\r\n", "-9223372036854775808;"},
      {"$0\r\n\r\n", ";"},
      {"$5\r\na\r\nbc\r\n", "a\r\nbc;"},
      {"$-1\r\n*-1\r\n", "null;null array;"},
      {"*0\r\n", "[];"},
      {"*3\r\n:1\r\n*2\r\n+a\r\n$-1\r\n$1\r\nb\r\n+next\r\n", "[1 [+a null] b];+next;"},
      {nested(8), "[[[[[[[[1]]]]]]]];"},
      {nested(9), kBroken},
      {"HTTP/1.1 400 Bad Request\r\n", kBroken},
      {":abc\r\n", kBroken},
      {"$abc\r\n", kBroken},
      {"$-2\r\n", kBroken},
      {"*-2\r\n", kBroken},
      {"%1\r\n+a\r\n+b\r\n", kBroken},
      {"+OK\r\nxyz", "+OK;" + kBroken},
      {"*2147483648\r\n", kBroken},
      {"$100001\rx", ""},
  };
  for (const auto& row : rows) {
    for (const std::size_t step : {1, 2, 3, 7, 1000}) {
      EXPECT_EQ(read_in_steps(row.bytes, step), row.expected) << row.bytes << " in steps of " << step;
    }
  }
}

TEST(RespReader, refuses_what_would_take_too_much_memory) {
  std::string many = "*100000\r\n";
  for (int i = 0; i < 100'000; ++i) many += ":1\r\n";
  const struct {
    const char* name;
    std::string bytes;
  } rows[] = {
      {"a text that is announced", "$100001\r\n"},
      {"a text that is announced, within an array", "*2\r\n$50000\r\n" + std::string(50'000, 'x') + "\r\n$50000\r\n"},
      {"a line without end", std::string(70'000, '+')},
      {"a length without end", "$1" + std::string(70'000, ' ')},
      {"many elements", many},
      {"texts that are too much together", "*2\r\n$60000\r\n" + std::string(60'000, 'x') + "\r\n$60000\r\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(read_in_steps(row.bytes, 4096), kTooLarge) << row.name;
}

/// Whatever a broken server sends: no crash, and the same outcome whatever the segments were.
TEST(RespReader, damaged_bytes_read_the_same_however_they_come) {
  const std::string whole = "*3\r\n:1\r\n*2\r\n+a\r\n$-1\r\n$3\r\nb\r\n\r\n-ERR no\r\n$5\r\nhello\r\n*-1\r\n*0\r\n";
  constexpr std::string_view kBytes = "*$:+-0123456789\r\nax\0\xff";
  std::set<std::string> outcomes;
  for (std::uint64_t world = 0; world < 20'000; ++world) {
    const Random random = Random(1).fork(world);
    std::string bytes = whole;
    const std::uint64_t changes = random.between(1, 4, 0);
    for (std::uint64_t i = 0; i < changes; ++i) {
      bytes[random.between(0, bytes.size() - 1, 2 * i + 2)] = kBytes[random.between(0, kBytes.size() - 1, 2 * i + 3)];
    }
    const std::string outcome = read_in_steps(bytes, bytes.size());
    ASSERT_EQ(read_in_steps(bytes, 1 + random.between(0, 4, 1)), outcome) << bytes;
    outcomes.insert(outcome);
  }
  EXPECT_GT(outcomes.size(), 1000U);
}

TEST(RespReader, an_announced_size_takes_no_memory_by_itself) {
  // Two milliards of elements would be 160 GB.
  EXPECT_EQ(read_in_steps("*2147483647\r\n:1\r\n", 1000), "");
}

TEST(RespReader, the_bound_is_for_each_value_and_not_for_all) {
  const std::string one = fmt::format("$50000\r\n{}\r\n", std::string(50'000, 'x'));
  std::string all;
  for (int i = 0; i < 10; ++i) all += one;
  EXPECT_EQ(read_in_steps(all, 4096).size(), 10U * 50'001);
}

TEST(RespReader, stays_broken_after_an_error) {
  RespReader reader;
  reader.feed("?\r\n");
  EXPECT_TRUE(std::holds_alternative<RespError>(reader.next()));
  reader.feed("+OK\r\n");
  EXPECT_TRUE(std::holds_alternative<RespError>(reader.next()));
}

TEST(RespWriter, writes_any_bytes_as_they_are) {
  RespWriter writer;
  std::string out = "before ";
  writer.append({"SET", "k\r\nPING\r\n", std::string("\0\xff", 2), ""}, out);
  using namespace std::string_literals;
  EXPECT_EQ(out, "before *4\r\n$3\r\nSET\r\n$9\r\nk\r\nPING\r\n\r\n$2\r\n\0\xff\r\n$0\r\n\r\n"s);
}

}  // namespace
}  // namespace core
