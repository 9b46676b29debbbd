// What the operator's scripts do to a job in each of its states, and when they are repeated.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/queue/script_text.h"
#include "tests/support/script_client.h"

namespace {

using core::RedisValue;
using std::chrono::seconds;

constexpr const char* kLease = "30000000";
constexpr const char* kDay = "86400000";

class OperatorScripts : public testing::Test {
 protected:
  void put_in(const std::string& id) { client_.run(core::kScript_enqueue, {id, "{}", "client"}); }
  std::string claim() {
    const std::string number = std::to_string(++claims_);
    client_.run(core::kScript_claim, {"w/", number, kLease, "1"});
    return "w/" + number;
  }
  std::int64_t claimed() {
    const RedisValue reply = client_.run(core::kScript_claim, {"w/", std::to_string(++claims_), kLease, "10"});
    return static_cast<std::int64_t>(reply.elements.size()) - 2;
  }
  std::int64_t cancel(const std::string& id, const std::string& token = "op/1") {
    return client_.run(core::kScript_cancel, {id, token, "cancelled", kDay}).integer;
  }
  std::int64_t drop(const std::string& id) { return client_.run(core::kScript_drop, {id}).integer; }
  std::vector<std::string> show(const std::string& id) {
    std::vector<std::string> shown;
    for (const RedisValue& field : client_.run(core::kScript_show, {id, "20"}).elements) {
      shown.push_back(field.type == core::RedisType::Integer ? std::to_string(field.integer) : field.text);
    }
    return shown;
  }
  /// Brings the job into that state.
  void make(const std::string& state, const std::string& id = "a") {
    put_in(id);
    if (state == "waiting") return;
    const std::string token = claim();
    if (state == "delayed") client_.run(core::kScript_requeue, {token, id, "5000000", "429"});
    if (state == "completed") client_.run(core::kScript_complete, {kDay, token, id});
    if (state == "failed") client_.run(core::kScript_fail, {token, id, "exhausted", "500"});
  }

  tests::ScriptClient client_;
  int claims_ = 0;
};

TEST_F(OperatorScripts, cancel_a_job_that_has_not_ended_wherever_it_is) {
  for (const std::string id : {"waiting", "running", "delayed"}) {
    make(id, id);
    EXPECT_EQ(show(id).at(0), id);
    EXPECT_EQ(drop(id), 0) << "it has not ended";
    EXPECT_EQ(cancel(id), 1);
    EXPECT_EQ(cancel(id), 1) << "the answer was lost";
    EXPECT_EQ(cancel(id, "op/2"), 0) << "it has ended";
    EXPECT_EQ(show(id).at(0), "failed");
    EXPECT_EQ(show(id).at(9), "cancelled");
    client_.now += seconds(60);
    EXPECT_EQ(claimed(), 0);
    EXPECT_EQ(client_.call({"LLEN", "job:dead"}).integer, 0);
    EXPECT_EQ(client_.run(core::kScript_revive, {id}).integer, 0);
    for (const char* key : {"job:leases", "job:delayed"}) EXPECT_EQ(client_.call({"ZCARD", key}).integer, 0) << key;
    EXPECT_EQ(client_.call({"HLEN", "job:owners"}).integer, 0);
  }
}

TEST_F(OperatorScripts, take_a_cancelled_job_from_its_owner) {
  make("running");
  client_.run(core::kScript_journal, {"w/1", "a", "comment/1", "begun"});
  cancel("a");
  EXPECT_EQ(client_.run(core::kScript_renew, {"w/1", "a", kLease}).integer, 0);
  EXPECT_EQ(client_.run(core::kScript_journal, {"w/1", "a", "comment/1", "done"}).integer, 0);
  EXPECT_EQ(client_.run(core::kScript_requeue, {"w/1", "a", "0", "429"}).integer, 0);
  EXPECT_EQ(client_.run(core::kScript_fail, {"w/1", "a", "exhausted", "500"}).integer, 0);
  EXPECT_EQ(client_.run(core::kScript_release, {"w/1", "a", "0"}).integer, 0);
  EXPECT_EQ(client_.run(core::kScript_complete, {kDay, "w/1", "a"}).elements.at(0).integer, 0);
  EXPECT_EQ(show("a").at(15), "begun") << "an effect in doubt stays journalled";
}

TEST_F(OperatorScripts, keep_a_cancelled_job_for_a_day_and_guard_its_id) {
  make("delayed");
  cancel("a");
  put_in("a");
  EXPECT_EQ(show("a").at(0), "failed");
  client_.now += std::chrono::hours(24) + std::chrono::milliseconds(1);
  EXPECT_EQ(show("a").at(0), "");
  EXPECT_EQ(client_.call({"EXISTS", "job:retry:a"}).integer, 0);
  EXPECT_EQ(cancel("a", "op/3"), -1);
}

TEST_F(OperatorScripts, drop_what_has_ended_and_free_its_id) {
  for (const char* state : {"completed", "failed"}) {
    make(state);
    EXPECT_EQ(cancel("a"), 0) << state;
    EXPECT_EQ(drop("a"), 1) << state;
    EXPECT_EQ(drop("a"), -1) << state;
    EXPECT_EQ(client_.call({"LLEN", "job:dead"}).integer, 0);
    EXPECT_EQ(client_.call({"HLEN", "job:completed_by"}).integer, 0);
    put_in("a");
    EXPECT_EQ(show("a").at(0), "waiting");
    cancel("a");
    EXPECT_EQ(drop("a"), 1) << "cancelled is ended";
  }
}

TEST_F(OperatorScripts, run_a_delayed_job_at_once_with_the_retries_that_it_has_left) {
  make("delayed");
  EXPECT_EQ(client_.run(core::kScript_revive, {"a"}).integer, 1);
  EXPECT_EQ(client_.run(core::kScript_revive, {"a"}).integer, 0) << "it waits for a runner, not for its retry";
  const RedisValue reply = client_.run(core::kScript_claim, {"w/", std::to_string(++claims_), kLease, "10"});
  ASSERT_EQ(reply.elements.size(), 3U);
  EXPECT_EQ(reply.elements[2].elements.at(2).text, "1") << "a retry was spent";
  EXPECT_EQ(client_.run(core::kScript_revive, {"a"}).integer, 0) << "it runs";
}

TEST_F(OperatorScripts, leave_a_job_alone_that_waits_for_its_effect) {
  make("running");
  client_.run(core::kScript_release, {"w/1", "a", "30000000"});
  EXPECT_EQ(client_.run(core::kScript_revive, {"a"}).integer, 0);
  EXPECT_EQ(show("a").at(0), "delayed");
  client_.call({"HDEL", "job:data:a", "held_until"});
  EXPECT_EQ(client_.run(core::kScript_revive, {"a"}).integer, 0) << "a runner of an older version gave it back";
  // The same job may wait for a retry later.
  client_.now += seconds(30);
  client_.run(core::kScript_requeue, {claim(), "a", "5000000", "429"});
  EXPECT_EQ(client_.run(core::kScript_revive, {"a"}).integer, 1);
}

TEST_F(OperatorScripts, give_nothing_out_while_the_queue_is_paused) {
  make("delayed");
  put_in("b");
  EXPECT_EQ(client_.run(core::kScript_pause, {}).integer, 1);
  EXPECT_EQ(client_.run(core::kScript_pause, {}).integer, 0);
  client_.now += seconds(10);
  const RedisValue nothing = client_.run(core::kScript_claim, {"w/", "100", kLease, "10"});
  ASSERT_EQ(nothing.elements.size(), 2U);
  EXPECT_EQ(nothing.elements.at(0).integer, -1) << "nobody is to come back before the queue is resumed";
  EXPECT_EQ(client_.run(core::kScript_resume, {}).integer, 1);
  EXPECT_EQ(client_.run(core::kScript_resume, {}).integer, 0);
  claims_ = 100;
  EXPECT_EQ(claimed(), 2);
}

TEST_F(OperatorScripts, tell_of_leases_and_repeat_claims_while_the_queue_is_paused) {
  make("running");
  client_.run(core::kScript_pause, {});
  const RedisValue again = client_.run(core::kScript_claim, {"w/", "1", kLease, "1"});
  EXPECT_EQ(again.elements.size(), 3U) << "the answer to the claim before the pause was lost";
  EXPECT_EQ(client_.run(core::kScript_claim, {"v/", "1", kLease, "1"}).elements.at(0).integer, 30'000'000);
  client_.now += seconds(30);
  EXPECT_EQ(client_.run(core::kScript_claim, {"v/", "2", kLease, "1"}).elements.at(1).integer, 1);
}

TEST_F(OperatorScripts, show_all_that_is_known_and_leave_long_texts_out) {
  put_in("first");
  client_.run(core::kScript_enqueue, {"a", std::string(21, 'x'), "client"});
  EXPECT_EQ(show("a"),
            (std::vector<std::string>{"waiting", "1", "0", "", "0", "0", "0", "21", "", "", "", "", "", "-1"}));
  claim();
  const std::string token = claim();
  client_.run(core::kScript_journal, {token, "a", "comment/1", std::string(21, 'y')});
  client_.now += seconds(10);
  EXPECT_EQ(show("a"), (std::vector<std::string>{"running", "-1", "20000000", "w/2", "0", "0", "1", "21", "", "", "",
                                                 "", "", "-1", "comment/1", ""}));
  client_.run(core::kScript_requeue, {token, "a", "5000000", "limited"});
  client_.now += seconds(1);
  EXPECT_EQ(show("a"), (std::vector<std::string>{"delayed", "-1", "4000000", "", "1", "0", "1", "21", "", "", "limited",
                                                 "", "", "1000000", "comment/1", ""}));
  EXPECT_EQ(show("nobody").at(0), "");
}

TEST_F(OperatorScripts, take_a_record_of_another_type_for_none) {
  client_.call({"SET", "job:data:a", "foreign"});
  client_.call({"RPUSH", "job:dead", "a"});
  EXPECT_EQ(show("a").at(0), "");
  EXPECT_EQ(cancel("a"), -1);
  EXPECT_EQ(drop("a"), 1) << "it stands on the dead-letter list";
  EXPECT_EQ(client_.call({"EXISTS", "job:data:a"}).integer, 0);
}

}  // namespace
