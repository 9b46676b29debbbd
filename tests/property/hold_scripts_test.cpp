// How runners tell one another of limits: the script `hold`, and the text of a message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/queue/script_text.h"
#include "core/queue/shared_hold.h"
#include "tests/support/script_client.h"

namespace {

using core::DelaySource;
using core::RedisValue;
using std::chrono::microseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class HoldScript : public testing::Test {
 protected:
  std::vector<std::string> hold(const std::string& name, seconds wait, const std::string& source = "retry_after") {
    const RedisValue reply =
        client_.run(core::kScript_hold, {name, std::to_string(microseconds(wait).count()), source});
    std::vector<std::string> known;
    for (std::size_t i = 0; i + 2 < reply.elements.size(); i += 3) {
      known.push_back(reply.elements[i].text + " " + reply.elements[i + 1].text + " " + reply.elements[i + 2].text);
    }
    return known;
  }
  std::vector<std::string> known() { return hold("", seconds(0)); }
  void listen() {
    client_.call({"HELLO", "3"});
    client_.call({"SUBSCRIBE", "job:wake:holds"});
  }

  tests::ScriptClient client_;
};

TEST_F(HoldScript, tells_of_a_wait_and_whoever_asks_later_what_is_left_of_it) {
  listen();
  EXPECT_THAT(hold("k/llm", seconds(60)), ElementsAre("60000000 retry_after k/llm"));
  EXPECT_THAT(client_.heard, ElementsAre("job:wake:holds 60000000 retry_after k/llm"));
  client_.now += seconds(20);
  EXPECT_THAT(hold("k/installation 7", seconds(10), "rate_limit_reset"),
              ElementsAre("10000000 rate_limit_reset k/installation 7", "40000000 retry_after k/llm"));
  client_.now += seconds(10);
  EXPECT_THAT(known(), ElementsAre("30000000 retry_after k/llm"));
  client_.now += seconds(30);
  EXPECT_THAT(known(), IsEmpty());
  EXPECT_EQ(client_.call({"EXISTS", "job:holds"}).integer, 0) << "Redis forgets it";
}

TEST_F(HoldScript, tells_nothing_that_ends_before_what_is_known) {
  listen();
  hold("k/llm", seconds(60));
  hold("k/llm", seconds(30));
  EXPECT_THAT(known(), ElementsAre("60000000 retry_after k/llm"));
  EXPECT_EQ(client_.heard.size(), 1U);
}

TEST_F(HoldScript, does_without_what_somebody_else_has_put_there) {
  client_.call({"SET", "job:holds", "x"});
  EXPECT_THAT(hold("k/llm", seconds(60)), ElementsAre("60000000 retry_after k/llm"));
  EXPECT_EQ(client_.call({"GET", "job:foreign:holds"}).text, "x");
  for (const char* score : {"99999999999999999", "1e30", "+inf"}) {
    client_.call({"ZADD", "job:holds", score, "nonsense"});
  }
  client_.now += seconds(1);
  EXPECT_THAT(hold("k/app", seconds(90)), testing::SizeIs(2)) << "and others are told all the same";
  client_.now -= seconds(1);
  EXPECT_THAT(known(), testing::Contains("60000000 retry_after k/llm"));
}

TEST(SharedHold, is_read_from_a_message) {
  const auto hold = core::parse_hold("1500000 rate_limit_reset abc/installation 7");
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->wait, std::chrono::milliseconds(1500));
  EXPECT_EQ(hold->source, DelaySource::RateLimitReset);
  EXPECT_EQ(hold->name, "abc/installation 7");
  for (const char* text : {"", "x", "5", "5 ", "5 limit", "5 limit ", "-5 limit a", "0 limit a", "5 nonsense a",
                           "5limit a", "99999999999999999999 limit a", "9223372036854775807 limit a", " 5 limit a"}) {
    EXPECT_FALSE(core::parse_hold(text)) << text;
  }
}

}  // namespace
