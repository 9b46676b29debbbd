// What is accepted as the address of a Redis, and that no error and no display shows a password.
#include "core/production/redis/redis_address.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace core {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string outcome_of(std::string_view text) {
  const auto parsed = parse_redis_address(text);
  if (!parsed) return "error: " + to_text(parsed.error());
  return fmt::format("{} user={} password={}", masked(*parsed), parsed->user, parsed->password);
}

TEST(RedisAddress, is_read) {
  const struct {
    const char* text;
    const char* expected;
  } rows[] = {
      {"redis://localhost", "redis://localhost:6379/0 user= password="},
      {"redis://10.0.0.7:7000", "redis://10.0.0.7:7000/0 user= password="},
      {"redis://h/", "redis://h:6379/0 user= password="},
      {"redis://h/3", "redis://h:6379/3 user= password="},
      {"redis://h?db=3", "redis://h:6379/3 user= password="},
      {"redis://h/?db=3", "redis://h:6379/3 user= password="},
      {"redis://h/3?db=3", "redis://h:6379/3 user= password="},
      {"redis://[::1]", "redis://[::1]:6379/0 user= password="},
      {"redis://[2001:db8::7]:7000/2", "redis://[2001:db8::7]:7000/2 user= password="},
      {"rediss://cache.example.com:6380", "rediss://cache.example.com:6380/0 user= password="},
      {"redis://:secret@h", "redis://:***@h:6379/0 user= password=secret"},
      {"redis://bob:secret@h:1/2", "redis://bob:***@h:1/2 user=bob password=secret"},
      {"redis://:@h", "redis://h:6379/0 user= password="},
      {"redis://b%40b:s%2Fe%3Ac%25@h", "redis://b%40b:***@h:6379/0 user=b@b password=s/e:c%"},
      {"redis://bob:p:w@h", "redis://bob:***@h:6379/0 user=bob password=p:w"},
      {"redis://bob:p@w@h", "redis://bob:***@h:6379/0 user=bob password=p@w"},
      {"unix:///run/redis.sock", "unix:///run/redis.sock?db=0 user= password="},
      {"redis+unix:///run/redis.sock?db=4", "unix:///run/redis.sock?db=4 user= password="},
      {"unix://bob:secret@/run/r%20s.sock", "unix://bob:***@/run/r s.sock?db=0 user=bob password=secret"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome_of(row.text), row.expected) << row.text;
}

TEST(RedisAddress, errors_say_what_was_found_and_what_is_accepted) {
  const struct {
    const char* text;
    const char* found;
    const char* accepted;
  } rows[] = {
      {"", "an empty address", "redis://"},
      {"localhost:6379", "another beginning", "redis://"},
      {"http://localhost", "another beginning", "rediss://"},
      {"redis:/localhost", "another beginning", "redis://"},
      {"redis://h ", "a space", "redis://"},
      {"redis://h\n", "control character", "redis://"},
      {"redis://", "no host", "redis://"},
      {"redis://:6379", "no host", "redis://"},
      {"redis://h:", "a port that is none", "1 to 65535"},
      {"redis://h:0", "a port that is none", "1 to 65535"},
      {"redis://h:65536", "a port that is none", "1 to 65535"},
      {"redis://h:6379x", "a port that is none", "1 to 65535"},
      {"redis://h:-1", "a port that is none", "1 to 65535"},
      {"redis://h!", "the host \"h!\"", "a name"},
      {"redis://::1", "no host", "redis://"},
      {"redis://2001:db8::7", "a host with more than one colon", "in brackets"},
      {"redis://[::1", "a bracket without an IPv6 address", "[::1]:6379"},
      {"redis://[::1]x", "a bracket without an IPv6 address", "[::1]:6379"},
      {"redis://[fe80::1%\xc2\x9b]", "a bracket without an IPv6 address", "[::1]:6379"},
      {"redis://[h]", "a bracket without an IPv6 address", "[::1]:6379"},
      {"redis://h/x", "a database that is none", "a number from 0"},
      {"redis://h/-1", "a database that is none", "a number from 0"},
      {"redis://h/1/", "a database that is none", "a number from 0"},
      {"redis://h/99999999999", "a database that is none", "a number from 0"},
      {"redis://h?db=", "a database that is none", "a number from 0"},
      {"redis://h/1?db=2", "the databases 1 and 2", "one database"},
      {"redis://h?family=6", "an option after the ? that is not db", "?db=NUMBER"},
      {"redis://h?db=1&tls=no", "an option after the ? that is not db", "?db=NUMBER"},
      {"redis://h#x", "a #", "redis://"},
      {"redis://bob@h", "a user without a password", ":password@"},
      {"redis://bob:@h", "a user with an empty password", "user:password@"},
      {"redis+sentinel://h:26379/mymaster", "a Redis Sentinel", "the Redis itself"},
      {"unix://run/redis.sock", "a host before the path", "three slashes"},
      {"unix:///", "the path", "absolute path"},
      {"unix:///a%00b", "the path", "absolute path"},
      {"unix:///run/redis.sock/3?db=x", "a database that is none", "a number from 0"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(outcome_of(row.text), testing::AllOf(HasSubstr("error: "), HasSubstr(row.found),
                                                     HasSubstr("; accepted: "), HasSubstr(row.accepted)))
        << row.text;
  }
}

/// Every way in which a password ends up where another part was expected.
TEST(RedisAddress, no_error_shows_a_password) {
  for (const char* text : {"redis://:hunter2/x@h",
                           "redis://:hunter2?x@h",
                           "redis://:hunter2#x@h",
                           "redis://bob:hunter2/@h/0",
                           "redis://:hunter2%zz@h",
                           "redis://:hunter2%4@h",
                           "redis://hunter2@h",
                           "redis:hunter2@h",
                           "hunter2@h:6379",
                           "redis//:hunter2@h",
                           "hunter2://h",
                           "redis://:hunter2 @h",
                           "redis://:hunter2\n@h",
                           "redis://:hunter2@:6379",
                           "redis://:hunter2@h:x",
                           "redis://:hunter2@h/x",
                           "redis://:hunter2@h?db=x",
                           "redis://:hunter2@h?password=hunter2",
                           "redis://h?password=hunter2",
                           "redis://h/0?user=bob&password=hunter2",
                           "redis://default:hunter2",
                           "redis://bob:hun:hunter2",
                           "redis://default:7272727272727",
                           "redis://bob:hunter2:6379",
                           "redis://[hunter2",
                           "redis://[bob:hunter2]",
                           "redis://h/hunter2",
                           "unix://:hunter2@h/x",
                           "unix://hunter2@/run/s",
                           "unix://:hunter2@",
                           "unix:///run/s?password=hunter2"}) {
    EXPECT_THAT(outcome_of(text),
                testing::AllOf(HasSubstr("error: "), Not(HasSubstr("hunter2")), Not(HasSubstr("7272"))))
        << text;
  }
}

TEST(RedisAddress, the_masked_form_hides_the_password_and_keeps_everything_else) {
  const RedisAddress address = *parse_redis_address("rediss://bob:hunter2@[::1]:7000/5");
  EXPECT_EQ(masked(address), "rediss://bob:***@[::1]:7000/5");
  EXPECT_EQ(endpoint_of(address), "[::1]:7000");
}

TEST(RedisAddress, follows_what_cluster_nodes_say) {
  const RedisAddress from = *parse_redis_address("rediss://bob:secret@h:7000");
  const auto place_of = [&](std::string_view error) {
    const auto target = moved_address(from, error);
    return target ? masked(*target) : "none";
  };
  EXPECT_EQ(place_of("MOVED 3999 127.0.0.1:6381"), "rediss://bob:***@127.0.0.1:6381/0");
  EXPECT_EQ(place_of("MOVED 3999 2001:db8::1:6381"), "rediss://bob:***@[2001:db8::1]:6381/0");
  EXPECT_EQ(place_of("MOVED 3999 fe80::1%eth0:6381"), "rediss://bob:***@[fe80::1%eth0]:6381/0");
  EXPECT_EQ(place_of("MOVED 3999 node-2.example.com:6381"), "rediss://bob:***@node-2.example.com:6381/0");
  EXPECT_EQ(place_of("MOVED 3999 :6381"), "rediss://bob:***@h:6381/0");
  EXPECT_EQ(place_of("MOVED 3999 ?:6381"), "rediss://bob:***@h:6381/0");
  using namespace std::string_view_literals;
  EXPECT_EQ(place_of("MOVED 3999 ::1\0\x1b[2J:1"sv), "none");
  for (const char* error :
       {"MOVED", "MOVED ", "MOVED 3999", "MOVED 3999 h", "MOVED 3999 h:", "MOVED 3999 h:0", "MOVED 3999 h:99999",
        "MOVED 3999 h!x:1", "MOVED 3999 fe80::1%\x1b[2J:1", "ASK 3999 127.0.0.1:6381", "ERR MOVED 1 h:1"}) {
    EXPECT_EQ(place_of(error), "none") << error;
  }
}

TEST(RedisAddress, is_followed_where_no_password_goes_over_the_network_in_clear) {
  const auto is_followed = [](const char* configured, const char* place, FollowMoved follow = FollowMoved::SameHost) {
    const auto from = parse_redis_address(configured);
    const auto target = moved_address(*from, fmt::format("MOVED 1 {}", place));
    const std::string why_not = why_not_followed(*from, *target, follow);
    EXPECT_EQ(why_not.find("hunter2"), std::string::npos) << why_not;
    return why_not.empty();
  };
  EXPECT_FALSE(is_followed("redis://:hunter2@h", "203.0.113.5:6379"));
  EXPECT_FALSE(is_followed("redis://:hunter2@h", "h2:6379"));
  EXPECT_FALSE(is_followed("redis://:hunter2@h", "128.0.0.1:6379"));
  EXPECT_FALSE(is_followed("redis://:hunter2@h", "127.0.0.1.example:6379"));
  EXPECT_FALSE(is_followed("redis://:hunter2@h", "2001:db8::1:6379"));
  EXPECT_FALSE(is_followed("unix://:hunter2@/run/redis.sock", "h:6379"));
  EXPECT_TRUE(is_followed("redis://:hunter2@h", "203.0.113.5:6379", FollowMoved::Any));
  EXPECT_TRUE(is_followed("rediss://:hunter2@h", "203.0.113.5:6379"));
  EXPECT_TRUE(is_followed("redis://h", "203.0.113.5:6379"));
  EXPECT_TRUE(is_followed("redis://:hunter2@h", "H:7000"));
  EXPECT_TRUE(is_followed("redis://:hunter2@h", ":7000"));
  for (const char* place : {"127.0.0.1:1", "127.9.9.9:1", "::1:1", "localhost:1", "LOCALHOST:1"}) {
    EXPECT_TRUE(is_followed("redis://:hunter2@h", place)) << place;
    EXPECT_TRUE(is_followed("unix://:hunter2@/run/redis.sock", place)) << place;
  }
}

TEST(RedisAddress, says_what_to_set_where_it_is_not_followed) {
  const auto from = parse_redis_address("redis://bob:hunter2@h:1");
  EXPECT_EQ(why_not_followed(*from, *moved_address(*from, "MOVED 3999 203.0.113.5:2"), FollowMoved::SameHost),
            "h:1 says that our keys are at 203.0.113.5:2 (MOVED), where the password would be sent without TLS: it is "
            "not followed; give a rediss:// address, or set runner.redis_follow_moved to any");
}

}  // namespace
}  // namespace core
