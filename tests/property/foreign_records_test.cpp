// What the queue's scripts make of values that others have put where the queue keeps its own. All keys, types and
// values, beside a runner that works, are tried in tests/runner/foreign_records_test.py.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/queue/script_text.h"
#include "tests/support/script_client.h"

namespace {

using core::RedisValue;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kLease = "30000000";

class ForeignRecords : public testing::Test {
 protected:
  void put_in(const std::string& id) { client_.run(core::kScript_enqueue, {id, "{}", "client", "secret"}); }
  RedisValue claim() {
    return client_.run(core::kScript_claim, {"w/", std::to_string(++claims_), kLease, "10", "1000", "drawn"});
  }
  std::string owner() const { return "w/" + std::to_string(claims_); }
  std::int64_t requeue(const std::string& id) {
    return client_.run(core::kScript_requeue, {owner(), id, "0", "429"}).integer;
  }
  std::string told_of_dead() {
    const RedisValue dead = client_.run(core::kScript_list, {"dead", "0", "9"});
    std::string text;
    for (std::size_t i = 2; i < dead.elements.size(); ++i) {
      const std::vector<RedisValue>& job = dead.elements[i].elements;
      text += fmt::format("{}: {}, {}", job[0].text, job[4].text, job[5].text);
    }
    return text;
  }
  std::string text(const core::RedisCommand& command) { return client_.call(command).text; }
  std::chrono::microseconds lease_left(const std::string& id) {
    const std::vector<RedisValue> time = client_.call({"TIME"}).elements;
    const auto now = seconds(std::stoll(time.at(0).text)) + std::chrono::microseconds(std::stoll(time.at(1).text));
    return std::chrono::microseconds(std::stoll(text({"ZSCORE", "job:leases", id}))) - now;
  }

  tests::ScriptClient client_;
  int claims_ = 0;
};

TEST_F(ForeignRecords, are_kept_under_another_name_and_what_was_there_is_told) {
  client_.call({"RPUSH", "job:data:list", "x"});
  for (const char* id : {"list", "none"}) client_.call({"RPUSH", "job:ready", id});
  put_in("of-us");
  for (const char* time : {"first", "again"}) {
    SCOPED_TRACE(time);
    const RedisValue claimed = claim();
    --claims_;  // The second time the answer was lost.
    ASSERT_EQ(claimed.elements.size(), 5U);
    const std::vector<RedisValue>& list = claimed.elements[2].elements[1].elements;
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].text,
              "job:data:list held a value of the type list instead of a hash; it is now called job:foreign:data:list");
    EXPECT_THAT(claimed.elements[3].elements[1].elements.at(0).text, HasSubstr("job:data:none is not there"));
    EXPECT_EQ(claimed.elements[4].elements[1].text, "{}");
  }
  ++claims_;
  EXPECT_EQ(text({"LINDEX", "job:foreign:data:list", "0"}), "x");
  EXPECT_EQ(client_.run(core::kScript_fail, {owner(), "list", "malformed", "what was there"}).integer, 1);
  EXPECT_EQ(told_of_dead(), "list: malformed, what was there");
  EXPECT_EQ(client_.run(core::kScript_drop, {"list"}).integer, 1);
  EXPECT_EQ(client_.call({"EXISTS", "job:data:list", "job:foreign:data:list"}).integer, 0);
}

TEST_F(ForeignRecords, tell_of_an_age_from_the_first_claim_on_where_no_time_is) {
  client_.now += seconds(1000);
  client_.call({"HSET", "job:data:theirs", "payload", "{}"});
  client_.call({"RPUSH", "job:ready", "theirs"});
  const auto age = [this] { return claim().elements.at(2).elements.at(5).text; };
  EXPECT_EQ(age(), "0");
  EXPECT_EQ(requeue("theirs"), 1);
  client_.now += seconds(7);
  EXPECT_EQ(age(), "7000000");
  for (const char* value : {"x", "", "-5", "99999999999999999999", "1e3", "nan"}) {
    SCOPED_TRACE(value);
    EXPECT_GT(requeue("theirs"), 0);
    client_.call({"HSET", "job:data:theirs", "put_in_at", value, "ready_at", value});
    EXPECT_EQ(age(), "0");
  }
}

TEST_F(ForeignRecords, count_as_no_requeue_where_no_count_is) {
  for (const char* value : {"x", "", "-5", "4294967295", "9223372036854775807", "99999999999999999999", "1e3", "nan"}) {
    SCOPED_TRACE(value);
    put_in("a");
    claim();
    client_.call({"SET", "job:retry:a", value});
    EXPECT_EQ(requeue("a"), 1);
    EXPECT_EQ(client_.run(core::kScript_requeue, {owner(), "a", "0", "429"}).integer, 1) << "the answer was lost";
    EXPECT_EQ(claim().elements.at(2).elements.at(2).text, "1");
    EXPECT_EQ(requeue("a"), 2);
    claim();
    client_.run(core::kScript_fail, {owner(), "a", "exhausted", "429"});
    client_.run(core::kScript_drop, {"a"});
  }
  put_in("a");
  claim();
  client_.call({"RPUSH", "job:retry:a", "1"});
  EXPECT_EQ(requeue("a"), 1);
}

TEST_F(ForeignRecords, do_not_make_recoveries_endless) {
  for (const char* value : {"x", "-1000000", "9223372036854775807"}) {
    SCOPED_TRACE(value);
    put_in("a");
    client_.call({"HSET", "job:data:a", "recoveries", value});
    std::string ends;
    for (int recovery = 0; recovery < 3; ++recovery) {
      claim();
      client_.now += seconds(30);
      const RedisValue reply = client_.run(core::kScript_recover, {owner(), "60000", "2", "recovered_too_often"});
      ends += " " + reply.elements.at(0).text;
    }
    EXPECT_EQ(ends, " ready:a ready:a failed:a");
    client_.run(core::kScript_drop, {"a"});
  }
}

TEST_F(ForeignRecords, that_come_in_mid_run_do_not_stop_the_journal) {
  put_in("a");
  claim();
  client_.call({"SET", "job:data:a", "x"});
  EXPECT_EQ(client_.run(core::kScript_journal, {owner(), "a", "comment/1", "begun", "1000"}).integer, 1);
  EXPECT_EQ(text({"HGET", "job:data:a", "effect:comment/1"}), "begun");
  EXPECT_EQ(text({"GET", "job:foreign:data:a"}), "x");
  // A later run has no payload, and ends by name.
  client_.now += seconds(30);
  client_.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});
  EXPECT_THAT(claim().elements.at(2).elements.at(1).elements.at(0).text, HasSubstr("held a value of the type string"));
}

TEST_F(ForeignRecords, in_the_queues_own_keys_are_named_and_set_aside) {
  put_in("a");
  claim();
  client_.call({"SET", "job:leases", "x"});
  client_.call({"SADD", "job:dead", "y"});
  tests::ScriptClient& client = client_;
  const auto mend = [&client](const char* how) { return client.ask(core::kScript_mend, {how}).text; };
  const std::string found =
      "WRONGTYPE job:dead held a value of the type set instead of a list{}; job:leases held a value of the type string "
      "instead of a zset{}";
  EXPECT_EQ(mend("0"), fmt::format(fmt::runtime(found), "", ""));
  EXPECT_EQ(text({"GET", "job:leases"}), "x") << "who looks changes nothing";
  EXPECT_EQ(mend("1"), fmt::format(fmt::runtime(found), "; it is now called job:foreign:dead",
                                   "; it is now called job:foreign:leases"));
  EXPECT_EQ(text({"GET", "job:foreign:leases"}), "x");
  EXPECT_FALSE(client_.ask(core::kScript_mend, {"1"}).is_error()) << "there is nothing any more";
  // The job that runs is leased as before; where the caller has not said for how long, for an hour.
  EXPECT_EQ(lease_left("a"), std::chrono::hours(1));
  EXPECT_EQ(client_.call({"ZRANGE", "job:leases", "0", "-1"}).elements.at(0).text, "a");
  EXPECT_EQ(client_.run(core::kScript_fail, {owner(), "a", "exhausted", "500"}).integer, 1);
}

/// An owner renews its lease after a third of it: an hour would be over before that.
TEST_F(ForeignRecords, in_the_place_of_the_leases_shorten_none) {
  put_in("a");
  claim();
  for (const auto& [lease, lasts] : {std::pair{std::chrono::minutes(1), std::chrono::minutes(60)},
                                     {std::chrono::minutes(300), std::chrono::minutes(300)}}) {
    client_.call({"SET", "job:leases", "x"});
    client_.ask(core::kScript_mend, {"1", std::to_string(std::chrono::microseconds(lease).count())});
    EXPECT_EQ(lease_left("a"), lasts);
  }
}

}  // namespace
