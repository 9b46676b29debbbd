// What the script that counts the queue's jobs says, on the fake Redis and its clock.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "core/queue/script_text.h"
#include "tests/support/script_client.h"

namespace {

using core::RedisValue;
using std::chrono::seconds;

class QueueCounts : public testing::Test {
 protected:
  void run(const core::Script& script, std::vector<std::string> arguments) {
    client_.run(script, std::move(arguments));
  }
  void enqueue(const std::string& id) { run(core::kScript_enqueue, {id, "{}", "client"}); }
  void claim(const std::string& number, const std::string& most) {
    run(core::kScript_claim, {"w/", number, "30000000", most});
  }

  /// "ready delayed running dead", and the age in microseconds.
  std::string counts() {
    const auto fields = client_.run(core::kScript_count, {}).elements;
    return fmt::format("{} {} {} {}, {}", fields.at(0).integer, fields.at(1).integer, fields.at(2).integer,
                       fields.at(3).integer, fields.at(4).integer);
  }

  tests::ScriptClient client_;
};

TEST_F(QueueCounts, are_those_of_each_state) {
  EXPECT_EQ(counts(), "0 0 0 0, -1");
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) enqueue(id);
  claim("1", "6");
  run(core::kScript_requeue, {"w/1", "a", "2000000", "429"});
  run(core::kScript_requeue, {"w/1", "b", "2000000", "429"});
  run(core::kScript_fail, {"w/1", "c", "exhausted", "503"});
  EXPECT_EQ(counts(), "4 2 3 1, 0");
  EXPECT_EQ(client_.run(core::kScript_count, {}).elements.at(5).integer, 0);
  run(core::kScript_pause, {});
  EXPECT_EQ(client_.run(core::kScript_count, {}).elements.at(5).integer, 1);
}

TEST_F(QueueCounts, tell_for_how_long_the_oldest_ready_job_has_waited) {
  enqueue("a");
  client_.now += seconds(2);
  enqueue("b");
  client_.now += seconds(3);
  EXPECT_EQ(counts(), "2 0 0 0, 5000000");
  claim("1", "1");
  EXPECT_EQ(counts(), "1 0 1 0, 3000000");
  // One that is given back, or recovered, keeps its age.
  run(core::kScript_release, {"w/1", "a", "0"});
  EXPECT_EQ(counts(), "2 0 0 0, 5000000");
  client_.now += seconds(1);
  claim("2", "2");
  EXPECT_EQ(counts(), "0 0 2 0, -1");
}

TEST_F(QueueCounts, tell_nothing_of_the_time_before_a_job_that_was_put_off_is_due) {
  enqueue("a");
  client_.now += seconds(5);
  claim("1", "1");
  run(core::kScript_release, {"w/1", "a", "3600000000"});
  client_.now += seconds(3601);
  EXPECT_EQ(counts(), "0 1 0 0, 1000000");
  enqueue("b");
  claim("2", "1");
  EXPECT_EQ(counts(), "1 0 1 0, 1000000");
}

TEST_F(QueueCounts, take_a_job_that_is_due_for_ready_from_then_on) {
  enqueue("a");
  client_.now += seconds(10);
  claim("1", "1");
  run(core::kScript_requeue, {"w/1", "a", "4000000", "429"});
  client_.now += seconds(3);
  EXPECT_EQ(counts(), "0 1 0 0, -1");
  client_.now += seconds(3);
  EXPECT_EQ(counts(), "0 1 0 0, 2000000");
  enqueue("b");
  EXPECT_EQ(counts(), "1 1 0 0, 2000000");
  // A claim makes it ready; it stands behind b.
  claim("2", "1");
  EXPECT_EQ(counts(), "1 0 1 0, 2000000");
}

TEST_F(QueueCounts, count_anew_for_a_job_that_an_operator_brings_back) {
  enqueue("a");
  claim("1", "1");
  run(core::kScript_fail, {"w/1", "a", "exhausted", "503"});
  client_.now += seconds(100);
  run(core::kScript_revive, {"a"});
  client_.now += seconds(1);
  EXPECT_EQ(counts(), "1 0 0 0, 1000000");
}

TEST_F(QueueCounts, say_where_the_age_is_not_known) {
  client_.call({"RPUSH", "job:ready", "foreign"});
  EXPECT_EQ(counts(), "1 0 0 0, -2");
  client_.call({"SET", "job:data:foreign", "no record"});
  EXPECT_EQ(counts(), "1 0 0 0, -2");
  // Reviving it makes no record where there is none.
  client_.call({"DEL", "job:data:foreign", "job:ready"});
  client_.call({"RPUSH", "job:dead", "foreign"});
  run(core::kScript_revive, {"foreign"});
  EXPECT_EQ(client_.call({"EXISTS", "job:data:foreign"}).integer, 0);
}

}  // namespace
