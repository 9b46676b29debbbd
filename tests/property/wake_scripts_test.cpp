// Whom the queue's scripts wake, and what they tell those that wait for jobs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/queue/script_text.h"
#include "tests/support/script_client.h"

namespace {

using core::RedisValue;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kLease = "30000000";

/// A client that stands for workers a/, b/, ..., each of which hears on its own channel, and for all others.
class QueueScriptsWake : public testing::Test {
 protected:
  QueueScriptsWake() {
    client_.call({"HELLO", "3"});
    client_.call({"SUBSCRIBE", "job:wake"});
  }

  /// Each finds that there is nothing to do.
  void wait_for_jobs(const std::vector<std::string>& workers) {
    for (const std::string& worker : workers) {
      client_.call({"SUBSCRIBE", "job:wake:" + worker});
      claim(worker);
    }
    client_.heard.clear();
  }
  void die(const std::string& worker) { client_.call({"UNSUBSCRIBE", "job:wake:" + worker}); }

  RedisValue claim(const std::string& worker, const char* most = "1", const char* most_bytes = "1000000",
                   const char* has_more_room = "0") {
    last_token_ = worker + std::to_string(++claims_);
    return client_.run(core::kScript_claim,
                       {worker, std::to_string(claims_), kLease, most, most_bytes, "drawn", has_more_room});
  }
  void enqueue(const std::string& id) { client_.run(core::kScript_enqueue, {id, "{}", "client/" + id}); }
  void requeue(const std::string& token, const std::string& id, const char* delay) {
    client_.run(core::kScript_requeue, {token, id, delay, "429"});
  }
  std::vector<std::string> waiting() { return texts(client_.call({"ZRANGEBYSCORE", "job:waiting", "0", "0"})); }
  std::vector<std::string> known() { return texts(client_.call({"ZRANGE", "job:waiting", "0", "-1"})); }

  /// "wake:a/ now", in the order in which they were sent.
  std::vector<std::string> heard() {
    std::vector<std::string> texts;
    for (const std::string& text : std::exchange(client_.heard, {})) texts.push_back(text.substr(4));
    return texts;
  }

  tests::ScriptClient client_;
  std::string last_token_;  ///< Of the last claim.

 private:
  static std::vector<std::string> texts(const RedisValue& list) {
    std::vector<std::string> found;
    for (const RedisValue& each : list.elements) found.push_back(each.text);
    return found;
  }

  int claims_ = 0;
};

TEST_F(QueueScriptsWake, one_that_waits_and_have_the_watchers_guard_it) {
  wait_for_jobs({"e/", "d/", "c/", "b/", "a/"});
  enqueue("1");
  EXPECT_THAT(heard(),
              ElementsAre("wake:a/ now", "wake:b/ guard 500000", "wake:c/ guard 500000", "wake:e/ guard 500000"));
  enqueue("2");
  EXPECT_THAT(heard(),
              ElementsAre("wake:b/ now", "wake:c/ guard 500000", "wake:d/ guard 500000", "wake:e/ guard 500000"));
}

TEST_F(QueueScriptsWake, nobody_who_is_at_work) {
  wait_for_jobs({"a/"});
  enqueue("1");
  heard();
  enqueue("2");
  EXPECT_THAT(heard(), IsEmpty());
  claim("a/");
  enqueue("3");
  EXPECT_THAT(heard(), IsEmpty());
  claim("a/", "10");  // It got fewer than it asked for, so it has room.
  enqueue("4");
  EXPECT_THAT(heard(), ElementsAre("wake:a/ now"));
}

TEST_F(QueueScriptsWake, one_with_room_that_took_the_last_ready_job) {
  enqueue("1");
  enqueue("2");
  client_.call({"SUBSCRIBE", "job:wake:a/"});
  EXPECT_EQ(claim("a/", "1", "1000000", "1").elements.at(0).integer, 0);  // There is another.
  EXPECT_THAT(waiting(), IsEmpty());
  EXPECT_EQ(claim("a/", "1", "1000000", "1").elements.at(0).integer, 30'000'000);  // The lease of the first.
  EXPECT_THAT(waiting(), ElementsAre("a/"));
  heard();
  enqueue("3");
  EXPECT_THAT(heard(), ElementsAre("wake:a/ now"));
}

TEST_F(QueueScriptsWake, another_where_the_first_has_died) {
  wait_for_jobs({"a/", "b/", "c/", "d/", "e/", "f/"});
  for (const char* dead : {"a/", "b/", "d/"}) die(dead);
  enqueue("1");
  EXPECT_THAT(heard(), ElementsAre("wake:c/ now", "wake:e/ guard 500000", "wake:f/ guard 500000"));
  EXPECT_THAT(known(), ElementsAre("e/", "f/", "c/"));
}

TEST_F(QueueScriptsWake, nobody_a_second_time_for_a_call_that_is_repeated) {
  wait_for_jobs({"a/", "b/"});
  enqueue("1");
  heard();
  enqueue("1");
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(QueueScriptsWake, everybody_for_the_first_job_where_nobody_waits) {
  wait_for_jobs({"a/", "b/"});
  client_.call({"FLUSHALL"});
  enqueue("1");
  EXPECT_THAT(heard(), ElementsAre("wake now"));
  enqueue("2");  // They have heard it.
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(QueueScriptsWake, nobody_by_name_who_is_not_counted_as_listening) {
  client_.call({"PSUBSCRIBE", "*"});  // Somebody looks on.
  claim("a/");
  enqueue("1");
  EXPECT_THAT(heard(), ElementsAre("wake now"));
  EXPECT_THAT(known(), IsEmpty());
}

TEST_F(QueueScriptsWake, as_many_again_when_several_who_were_told_have_died) {
  wait_for_jobs({"a/", "b/", "c/", "d/", "e/", "f/", "g/"});
  for (const char* id : {"1", "2", "3"}) enqueue(id);
  heard();
  client_.now += core::Duration(std::chrono::milliseconds(499));
  claim("d/");  // Somebody looks early. a/, b/ and c/ may be on their way.
  EXPECT_THAT(heard(), ElementsAre("wake:e/ due 30000000", "wake:f/ due 30000000", "wake:g/ due 30000000",
                                   "wake:e/ guard 500000", "wake:f/ guard 500000", "wake:g/ guard 500000"));
  client_.now += core::Duration(std::chrono::milliseconds(1));
  claim("e/");
  EXPECT_THAT(heard(),
              ElementsAre("wake:f/ due 29999000", "wake:g/ due 29999000", "wake:f/ now", "wake:g/ guard 500000"));
  // What they were told is forgotten after a minute.
  EXPECT_THAT(known(), ElementsAre("g/", "a/", "b/", "c/", "f/"));
  client_.now += seconds(70);
  client_.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});
  EXPECT_THAT(known(), ElementsAre("g/"));
}

TEST_F(QueueScriptsWake, end_the_guard_when_all_is_taken) {
  wait_for_jobs({"a/", "b/", "c/", "d/", "e/"});
  enqueue("1");
  enqueue("2");
  heard();
  claim("a/");
  EXPECT_THAT(heard(), ElementsAre("wake:c/ due 30000000", "wake:d/ due 30000000", "wake:e/ due 30000000",
                                   "wake:c/ guard 500000", "wake:d/ guard 500000", "wake:e/ guard 500000"));
  client_.now += seconds(1);
  claim("b/");
  EXPECT_THAT(heard(), ElementsAre("wake:c/ taken 29000000", "wake:d/ taken 29000000", "wake:e/ taken 29000000"));
}

TEST_F(QueueScriptsWake, tell_watchers_when_a_job_is_due_before_all_others) {
  enqueue("1");
  enqueue("2");
  claim("w/");
  const std::string first = last_token_;
  claim("w/");
  const std::string second = last_token_;
  wait_for_jobs({"a/", "b/", "c/", "d/"});
  requeue(first, "1", "5000000");
  EXPECT_THAT(heard(), ElementsAre("wake:a/ due 5000000", "wake:b/ due 5000000", "wake:d/ due 5000000"));
  requeue(second, "2", "6000000");  // They look before that.
  EXPECT_THAT(heard(), IsEmpty());
  client_.now += seconds(5);
  EXPECT_EQ(claim("a/").elements.size(), 3U);
  EXPECT_THAT(heard(), ElementsAre("wake:b/ taken 1000000", "wake:c/ taken 1000000", "wake:d/ taken 1000000"));
  client_.run(core::kScript_release, {last_token_, "1", "500000"});
  EXPECT_THAT(heard(), ElementsAre("wake:b/ due 500000", "wake:c/ due 500000", "wake:d/ due 500000"));
}

TEST_F(QueueScriptsWake, not_the_one_that_gives_a_job_back) {
  wait_for_jobs({"a/", "b/"});
  enqueue("1");
  claim("a/", "2");
  EXPECT_THAT(waiting(), ElementsAre("a/", "b/"));
  heard();
  client_.run(core::kScript_release, {last_token_, "1", "0"});
  EXPECT_THAT(heard(), ElementsAre("wake:b/ now"));
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(QueueScriptsWake, as_many_as_jobs_were_recovered) {
  for (const char* id : {"1", "2", "3", "4"}) enqueue(id);
  claim("w/", "4");
  wait_for_jobs({"a/", "b/", "c/", "d/", "e/"});
  client_.now += seconds(30);
  client_.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});
  EXPECT_THAT(heard(), ElementsAre("wake:a/ now", "wake:b/ now", "wake:c/ now", "wake:d/ now", "wake:e/ guard 500000"));
  client_.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});  // The answer was lost.
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(QueueScriptsWake, nobody_for_a_job_whose_recovering_worker_claims_it) {
  enqueue("1");
  claim("w/");
  wait_for_jobs({"a/", "b/", "c/", "d/"});
  client_.now += seconds(30);
  // The watchers look at once. What an answer says second is whether to recover.
  EXPECT_EQ(claim("a/").elements.at(1).integer, 1);
  EXPECT_EQ(claim("b/").elements.at(1).integer, 0);
  EXPECT_EQ(claim("d/").elements.at(1).integer, 0);
  EXPECT_THAT(heard(), ElementsAre("wake:b/ guard 500000", "wake:d/ guard 500000"));
  EXPECT_THAT(waiting(), ElementsAre("b/", "c/", "d/"));
  client_.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});
  EXPECT_THAT(heard(), ElementsAre("wake:b/ guard 500000", "wake:c/ guard 500000", "wake:d/ guard 500000"));
  claim("a/");
  EXPECT_THAT(heard(), ElementsAre("wake:b/ taken 30000000", "wake:c/ taken 30000000", "wake:d/ taken 30000000"));
}

TEST_F(QueueScriptsWake, another_recovers_when_the_first_has_not_come_for_half_a_second) {
  enqueue("1");
  claim("w/");
  wait_for_jobs({"a/", "b/", "c/"});
  client_.now += seconds(30);
  EXPECT_EQ(claim("a/").elements.at(1).integer, 1);
  EXPECT_EQ(claim("b/").elements.at(1).integer, 0);
  client_.now += std::chrono::milliseconds(500);
  EXPECT_EQ(claim("b/").elements.at(1).integer, 1);
}

TEST_F(QueueScriptsWake, one_for_a_job_that_is_brought_back) {
  enqueue("1");
  claim("w/");
  client_.run(core::kScript_fail, {last_token_, "1", "malformed", ""});
  wait_for_jobs({"a/", "b/"});
  client_.run(core::kScript_revive, {"1"});
  EXPECT_THAT(heard(), ElementsAre("wake:a/ now", "wake:b/ guard 500000"));
}

TEST_F(QueueScriptsWake, others_when_more_is_due_than_is_taken) {
  for (const char* id : {"1", "2", "3"}) enqueue(id);
  claim("w/", "3");
  for (const char* id : {"1", "2", "3"}) requeue(last_token_, id, "5000000");
  wait_for_jobs({"a/", "b/", "c/", "d/"});
  client_.now += seconds(5);
  claim("a/");
  EXPECT_THAT(heard(), ElementsAre("wake:b/ due 30000000", "wake:c/ due 30000000", "wake:d/ due 30000000",
                                   "wake:b/ now", "wake:c/ now", "wake:d/ guard 500000"));
}

TEST_F(QueueScriptsWake, others_when_a_claim_leaves_something_for_want_of_bytes) {
  wait_for_jobs({"a/", "b/", "c/"});
  for (const char* id : {"1", "2"}) client_.run(core::kScript_enqueue, {id, std::string(100, 'x'), id});
  heard();
  client_.now += seconds(1);  // Those that were told to look do not come.
  claim("a/", "10", "150");
  EXPECT_THAT(heard(), ElementsAre("wake:c/ due 30000000", "wake:c/ now"));
  EXPECT_THAT(waiting(), IsEmpty());  // a/ comes again at once.
}

TEST_F(QueueScriptsWake, as_many_as_have_work_after_a_pause_and_the_watchers) {
  wait_for_jobs({"a/", "b/", "c/", "d/", "e/"});
  client_.run(core::kScript_pause, {});
  enqueue("1");
  EXPECT_EQ(claim("a/").elements.size(), 2U);
  heard();
  client_.run(core::kScript_resume, {});
  EXPECT_THAT(heard(), ElementsAre("wake:a/ now", "wake:b/ guard 500000", "wake:c/ guard 500000",
                                   "wake:e/ guard 500000", "wake:b/ due 0", "wake:c/ due 0", "wake:e/ due 0"));
  client_.run(core::kScript_resume, {});  // It was not paused.
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(QueueScriptsWake, others_in_place_of_one_that_takes_no_more) {
  enqueue("1");
  claim("w/");
  wait_for_jobs({"a/", "b/", "c/"});
  client_.run(core::kScript_leave, {"a/"});  // It knew when the lease runs out.
  EXPECT_THAT(heard(), ElementsAre("wake:b/ due 30000000", "wake:c/ due 30000000"));
  EXPECT_THAT(waiting(), ElementsAre("b/", "c/"));
  enqueue("2");
  heard();
  client_.run(core::kScript_leave, {"b/"});  // It has been woken, and does not look.
  EXPECT_THAT(heard(), ElementsAre("wake:c/ due 30000000", "wake:c/ now"));
}

TEST_F(QueueScriptsWake, nobody_where_a_claim_is_repeated_because_it_comes_again_at_once) {
  wait_for_jobs({"a/"});
  enqueue("1");
  claim("a/", "2");  // The answer is lost.
  const RedisValue again = client_.run(core::kScript_claim, {"a/", last_token_.substr(2), kLease, "2", "1000000"});
  EXPECT_EQ(again.elements.at(0).integer, 0);
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(QueueScriptsWake, nobody_but_the_watchers_where_nothing_is_ready) {
  wait_for_jobs({"a/", "b/", "c/", "d/"});
  client_.run(core::kScript_pause, {});
  client_.run(core::kScript_resume, {});
  EXPECT_THAT(heard(), ElementsAre("wake:a/ due 0", "wake:b/ due 0", "wake:d/ due 0"));
  enqueue("1");
  claim("w/");
  client_.now += seconds(30);
  heard();
  client_.run(core::kScript_recover, {"r", "60000", "0", "recovered_too_often"});  // It goes to the dead-letter list.
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(QueueScriptsWake, have_those_who_do_not_watch_look_a_little_later) {
  wait_for_jobs({"a/", "b/", "c/", "d/", "e/"});
  enqueue("1");
  claim("w/");
  const auto look_in = [this](const char* worker) { return claim(worker).elements.at(0).integer; };
  for (const char* watcher : {"a/", "b/", "e/"}) EXPECT_EQ(look_in(watcher), 30'000'000) << watcher;
  EXPECT_EQ(look_in("c/"), 37'000'000);
  EXPECT_EQ(look_in("d/"), 38'000'000);
  die("b/");
  EXPECT_EQ(look_in("d/"), 37'000'000);
  EXPECT_THAT(known(), ElementsAre("a/", "c/", "d/", "e/"));
  client_.run(core::kScript_fail, {"w/6", "1", "malformed", ""});
  EXPECT_EQ(look_in("d/"), 600'000'000);  // Nobody knows of anything that is due.
}

TEST_F(QueueScriptsWake, take_in_one_that_does_not_listen_yet) {
  wait_for_jobs({"a/", "b/", "c/", "d/"});
  EXPECT_EQ(claim("bb/").elements.at(0).integer, 540'000'000);
  EXPECT_THAT(waiting(), ElementsAre("a/", "b/", "bb/", "c/", "d/"));
}

}  // namespace
