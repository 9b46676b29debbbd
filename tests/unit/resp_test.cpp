// RESP as bytes: what a client may send, in pieces of any size, what is refused in which words, and how replies look in
// both versions of the protocol. The words are those of redis-server 7.0.15, to which the same bytes were sent.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

#include "fakes/redis/protocol/encode.h"
#include "fakes/redis/protocol/request_parser.h"
#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

using Outcome = RequestParser::Outcome;

/// Every command as [a|b], then what comes last: "" or the error.
std::string parse_all(std::string_view bytes, std::size_t piece) {
  RequestParser parser;
  std::string text;
  for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
    std::string_view input = bytes.substr(begin, piece);
    while (true) {
      const Outcome outcome = parser.parse(input);
      if (outcome == Outcome::ProtocolError) return text + parser.error();
      if (outcome == Outcome::NeedsMore) break;
      text += fmt::format("[{}]", fmt::join(parser.command(), "|"));
    }
    EXPECT_TRUE(input.empty());
  }
  return text;
}

TEST(RespRequest, whatever_the_pieces_the_commands_are_the_same) {
  struct Row {
    std::string_view bytes;
    std::string_view expected;
  };
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"*1\r\n$4\r\nPING\r\n", "[PING]"},
      {"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n", "[SET|a|][PING]"},
      {"*2\r\n$4\r\nECHO\r\n$4\r\n\r\n*1\r\n", "[ECHO|\r\n*1]"},
      {"*1\r\n$0\r\n\r\n", "[]"},
      {"*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n", "[PING]"},
      {"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", "[PING][PING]"},
      {"*1\rX$4\r\nPING\r\n", "[PING]"},
      {"*1\r\n$4\r\nPING\r\n*0\r*1\r\n$4\r\nPING\r\n", "[PING][1][$4][PING]"},
      {"*1\r\n$4\r\nPING\r\n*0\r\n*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n", "[PING][PING][PING]"},
      {"*2\r\n$4\r\nECHO\r\n$12\r\nabcdefghijkl\r\n*1\r\n$4\r\nPING\r\n", "[ECHO|abcdefghijkl][PING]"},
      {"PING\r\n", "[PING]"},
      {"PING\nPING\r\r\n", "[PING][PING]"},
      {"\r\n\n  \r\n SET  a\tb \r\n", "[SET|a|b]"},
      {R"(ECHO "a\x41\n\q\"" 'it\'s\n')"
       "\r\n",
       "[ECHO|aA\nq\"|it's\\n]"},
      {"ECHO \"\" ''\r\n", "[ECHO||]"},
      {"PING\r\n*1\r\nx\r\n", "[PING]ERR Protocol error: expected '$', got 'x'"},
      {"*a\r\n", "ERR Protocol error: invalid multibulk length"},
      {"*\r\n", "ERR Protocol error: invalid multibulk length"},
      {"* 1\r\n", "ERR Protocol error: invalid multibulk length"},
      {"*+1\r\n", "ERR Protocol error: invalid multibulk length"},
      {"*01\r\n", "ERR Protocol error: invalid multibulk length"},
      {"*1048577\r\n", "ERR Protocol error: invalid multibulk length"},
      {"*3000000000\r\n", "ERR Protocol error: invalid multibulk length"},
      {"*9223372036854775808\r\n", "ERR Protocol error: invalid multibulk length"},
      {"*1\r\nPING\r\n", "ERR Protocol error: expected '$', got 'P'"},
      {"*1\r\n\r\n", "ERR Protocol error: expected '$', got ' '"},
      {"*1\r\n$-1\r\n", "ERR Protocol error: invalid bulk length"},
      {"*1\r\n$x\r\n", "ERR Protocol error: invalid bulk length"},
      {"*1\r\n$04\r\nPING\r\n", "ERR Protocol error: invalid bulk length"},
      {"*1\r\n$4x\nPING\r\n*1\r\n", "ERR Protocol error: invalid bulk length"},
      {"*1\r\n$67108865\r\n", "ERR Protocol error: invalid bulk length"},
      {"PING \"a\n", "ERR Protocol error: unbalanced quotes in request"},
      {"PING 'a'b\r\n", "ERR Protocol error: unbalanced quotes in request"},
      {"*1\r\n$4\r\nPI", ""},
      {"PING", ""},
  };
  for (const auto& [bytes, expected] : rows) {
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      EXPECT_EQ(parse_all(bytes, piece), expected) << bytes << " in pieces of " << piece;
    }
  }
}

/// Ten thousand idle connections would make it far too much.
TEST(RespRequest, memory_of_a_large_command_is_given_back) {
  std::string many = "*1000\r\n";
  for (int i = 0; i < 1000; ++i) many += "$1\r\nx\r\n";
  const std::string long_one = fmt::format("*2\r\n$4\r\nECHO\r\n$1000000\r\n{}\r\n", std::string(1'000'000, 'x'));
  RequestParser parser;
  for (const std::string& text : {many, long_one}) {
    std::string_view begun(text.data(), text.size() - 4);
    ASSERT_EQ(parser.parse(begun), Outcome::NeedsMore);
    EXPECT_GT(parser.unfinished_bytes(), 30'000U);
    std::string_view rest = std::string_view(text).substr(text.size() - 4);
    ASSERT_EQ(parser.parse(rest), Outcome::Command);
    parser.forget_command();
    EXPECT_EQ(parser.command().capacity(), 0U);
    EXPECT_EQ(parser.unfinished_bytes(), 0U);
  }
}

TEST(RespRequest, lines_are_bounded) {
  const std::string longest(RequestParser::kMaxLineBytes, 'a');
  EXPECT_EQ(parse_all(longest, 1000), "");
  EXPECT_EQ(parse_all(longest + "\r\n", 1000), "[" + longest + "]");
  EXPECT_EQ(parse_all(longest + "a", 1000), "ERR Protocol error: too big inline request");
  const std::string digits(RequestParser::kMaxLineBytes, '1');
  EXPECT_EQ(parse_all("*" + digits, 1000), "ERR Protocol error: too big mbulk count string");
  EXPECT_EQ(parse_all("*1\r\n$" + digits, 1000), "ERR Protocol error: too big bulk count string");
}

TEST(RespRequest, memory_grows_with_what_arrives_and_a_command_is_bounded) {
  RequestParser parser;
  std::string_view announced = "*1048576\r\n$67108864\r\nx";
  EXPECT_EQ(parser.parse(announced), Outcome::NeedsMore);
  EXPECT_EQ(parser.command().capacity(), 1u);
  EXPECT_LT(parser.command()[0].capacity(), 100u);
  RequestParser at_once;
  announced = "*9999\r\n$9999\r\nx";
  EXPECT_EQ(at_once.parse(announced), Outcome::NeedsMore);
  EXPECT_EQ(at_once.command().capacity(), 1u);

  RequestParser large;
  const std::string bulk =
      fmt::format("${}\r\n{}\r\n", RequestParser::kMaxBulkBytes, std::string(RequestParser::kMaxBulkBytes, 'x'));
  std::string_view count = "*4\r\n";
  large.parse(count);
  for (std::string_view input : {std::string_view(bulk), std::string_view(bulk)}) {
    EXPECT_EQ(large.parse(input), Outcome::NeedsMore);
  }
  std::string_view one_more = "$1\r\n";
  EXPECT_EQ(large.parse(one_more), Outcome::ProtocolError);
}

std::string encode(const core::RedisValue& value, int protocol) {
  std::string out;
  append_resp(out, value, protocol);
  return out;
}

core::RedisValue with(core::RedisType type, std::vector<core::RedisValue> elements) {
  core::RedisValue value = core::RedisValue::array(std::move(elements));
  value.type = type;
  return value;
}

core::RedisValue number(double number) {
  core::RedisValue value;
  value.type = core::RedisType::Double;
  value.number = number;
  return value;
}

core::RedisValue boolean(bool is_true) {
  core::RedisValue value = core::RedisValue::integer_of(is_true ? 1 : 0);
  value.type = core::RedisType::Boolean;
  return value;
}

TEST(RespReply, every_type_in_both_versions) {
  using core::RedisType;
  using core::RedisValue;
  const RedisValue a = RedisValue::bulk("a"), one = RedisValue::integer_of(1);
  const double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    RedisValue value;
    std::string_view resp2, resp3;
  };
  const Row rows[] = {
      {RedisValue::null(), "$-1\r\n", "_\r\n"},
      {RedisValue::null_array(), "*-1\r\n", "_\r\n"},
      {RedisValue::status("OK"), "+OK\r\n", "+OK\r\n"},
      {RedisValue::error("ERR a\r\nb"), "-ERR a  b\r\n", "-ERR a  b\r\n"},
      {RedisValue::integer_of(INT64_MIN), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
      {RedisValue::bulk(""), "$0\r\n\r\n", "$0\r\n\r\n"},
      {RedisValue::bulk("a\r\nb"), "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
      {RedisValue::array({}), "*0\r\n", "*0\r\n"},
      {RedisValue::array({a, RedisValue::array({one})}), "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
       "*2\r\n$1\r\na\r\n*1\r\n:1\r\n"},
      {with(RedisType::Map, {a, one}), "*2\r\n$1\r\na\r\n:1\r\n", "%1\r\n$1\r\na\r\n:1\r\n"},
      {with(RedisType::Set, {a}), "*1\r\n$1\r\na\r\n", "~1\r\n$1\r\na\r\n"},
      {with(RedisType::Push, {a, one}), "*2\r\n$1\r\na\r\n:1\r\n", ">2\r\n$1\r\na\r\n:1\r\n"},
      {number(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"},
      {number(3), "$1\r\n3\r\n", ",3\r\n"},
      {number(infinity), "$3\r\ninf\r\n", ",inf\r\n"},
      {number(-infinity), "$4\r\n-inf\r\n", ",-inf\r\n"},
      {boolean(true), ":1\r\n", "#t\r\n"},
      {boolean(false), ":0\r\n", "#f\r\n"},
      {with(RedisType::Map, {a, RedisValue::null()}), "*2\r\n$1\r\na\r\n$-1\r\n", "%1\r\n$1\r\na\r\n_\r\n"},
  };
  for (const auto& [value, resp2, resp3] : rows) {
    EXPECT_EQ(encode(value, 2), resp2) << show(value);
    EXPECT_EQ(encode(value, 3), resp3) << show(value);
  }
}

}  // namespace
}  // namespace fakes::redis
