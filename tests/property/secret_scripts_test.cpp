// The secret of a job, which the marks of its effects are made with: drawn once for each job, whoever put it in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/queue/script_text.h"
#include "tests/support/script_client.h"

namespace {

using core::RedisValue;
using std::chrono::seconds;

constexpr const char* kSecond = "1000000";

class SecretOfAJob : public testing::Test {
 protected:
  void put_in(const std::string& token, const std::string& secret) {
    client_.run(core::kScript_enqueue, {"a", "{}", token, secret});
  }
  /// What a new claim is told; the claim brings `secret` for jobs that have none.
  std::string claimed(const std::string& secret) {
    const RedisValue reply =
        client_.run(core::kScript_claim, {"w/", std::to_string(++claims_), kSecond, "1", "1000", secret});
    return reply.elements.size() < 3 ? "no job" : reply.elements[2].elements.at(4).text;
  }
  std::string owner() const { return "w/" + std::to_string(claims_); }

  tests::ScriptClient client_;
  int claims_ = 0;
};

TEST_F(SecretOfAJob, is_the_producers_and_the_same_in_each_run) {
  put_in("client/1", "secret-1");
  put_in("client/1", "secret-2");  // The answer was lost.
  put_in("client/2", "secret-3");  // It is there.
  EXPECT_EQ(claimed("c1"), "secret-1");
  client_.run(core::kScript_requeue, {owner(), "a", "0", "429"});
  EXPECT_EQ(claimed("c2"), "secret-1");
  client_.run(core::kScript_release, {owner(), "a", "0"});
  EXPECT_EQ(claimed("c3"), "secret-1");
  client_.now += seconds(2);
  client_.run(core::kScript_recover, {"r", "60000", "9", "recovered_too_often"});
  EXPECT_EQ(claimed("c4"), "secret-1");
  client_.run(core::kScript_fail, {owner(), "a", "exhausted", "500"});
  client_.run(core::kScript_revive, {"a"});
  EXPECT_EQ(claimed("c5"), "secret-1");
}

TEST_F(SecretOfAJob, is_anew_for_an_id_that_is_put_in_again) {
  put_in("client/1", "secret-1");
  claimed("c1");
  client_.run(core::kScript_fail, {owner(), "a", "exhausted", "500"});
  client_.run(core::kScript_drop, {"a"});
  put_in("client/2", "secret-2");
  EXPECT_EQ(claimed("c2"), "secret-2");
}

TEST_F(SecretOfAJob, is_drawn_by_the_first_claim_where_another_producer_put_it_in) {
  for (const char* id : {"a", "b"}) {
    client_.call({"HSET", std::string("job:data:") + id, "payload", "{}"});
    client_.call({"RPUSH", "job:ready", id});
  }
  const RedisValue reply = client_.run(core::kScript_claim, {"w/", "1", kSecond, "2", "1000", "drawn"});
  const std::string a = reply.elements.at(2).elements.at(4).text, b = reply.elements.at(3).elements.at(4).text;
  EXPECT_THAT(a, testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(a, b) << "each job has its own";
  // The claim made again, because its answer was lost, and every later claim find the same.
  const RedisValue again = client_.run(core::kScript_claim, {"w/", "1", kSecond, "2", "1000", "another"});
  EXPECT_EQ(again.elements.at(2).elements.at(4).text, a);
  client_.run(core::kScript_requeue, {"w/1", "a", "0", "429"});
  claims_ = 1;
  EXPECT_EQ(claimed("another"), a);
}

TEST_F(SecretOfAJob, differs_by_the_claim_that_draws_it) {
  std::string before;
  for (const char* drawn : {"drawn", "drawn anew"}) {
    client_.call({"DEL", "job:data:a"});
    client_.call({"HSET", "job:data:a", "payload", "{}"});
    client_.call({"RPUSH", "job:ready", "a"});
    const std::string secret = claimed(drawn);
    EXPECT_NE(secret, before);
    before = secret;
  }
}

}  // namespace
