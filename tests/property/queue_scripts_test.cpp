// What single scripts of the queue promise beyond the model of queue_property_test.cpp. Whom they wake is tested in
// wake_scripts_test.cpp.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/queue/script_text.h"
#include "tests/support/script_client.h"

namespace {

using core::RedisValue;
using std::chrono::seconds;
using Client = tests::ScriptClient;

TEST(QueueScripts, forget_completed_jobs_after_their_time) {
  Client client;
  int claims = 0;
  const auto claim = [&] {
    const std::string number = std::to_string(++claims);
    client.run(core::kScript_claim, {"w/", number, "30000000", "1"});
    return "w/" + number;
  };
  const auto run = [&](const std::string& id) {
    client.run(core::kScript_enqueue, {id, "{}", "client"});
    client.run(core::kScript_requeue, {claim(), id, "0", "429"});
    EXPECT_EQ(client.run(core::kScript_complete, {"60000", claim(), id}).elements.at(0).integer, 1);
  };
  const auto left = [&client] {
    std::string text;
    for (const char* id : {"a:1", "b", "c"}) {
      if (client.call({"EXISTS", std::string("job:data:") + id}).integer == 1) text += id;
      if (client.call({"EXISTS", std::string("job:retry:") + id}).integer == 1) text += "+";
    }
    return text + fmt::format(" {}", client.call({"LLEN", "job:completed"}).integer);
  };
  run("a:1");
  client.now += seconds(1);
  run("b");
  EXPECT_EQ(left(), "a:1+b+ 2");
  client.now += seconds(58);
  run("c");
  EXPECT_EQ(left(), "a:1+b+c+ 3");
  client.now += seconds(1);
  run("d");
  EXPECT_EQ(left(), "b+c+ 3");
  client.now += seconds(58);
  run("a:1");  // It is new again.
  EXPECT_EQ(left(), "a:1+c+ 3");
}

TEST(QueueScripts, number_the_runs_of_a_job_and_tell_a_repeated_claim_the_same_number) {
  Client client;
  const auto claim = [&client](const char* number) {
    const RedisValue reply = client.run(core::kScript_claim, {"w/", number, "30000000", "1"});
    return reply.elements.at(2).elements.at(3).text;
  };
  client.run(core::kScript_enqueue, {"a", "{}", "client"});
  EXPECT_EQ(claim("1"), "1");
  EXPECT_EQ(claim("1"), "1");  // The first answer was lost.
  client.run(core::kScript_requeue, {"w/1", "a", "0", "429"});
  EXPECT_EQ(claim("2"), "2");
  client.now += seconds(30);
  client.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});
  EXPECT_EQ(claim("3"), "3");
  client.run(core::kScript_release, {"w/3", "a", "0"});
  client.call({"DEL", "job:data:a"});
  EXPECT_EQ(claim("4"), "0");  // The record is gone, and is not made anew.
  EXPECT_EQ(client.call({"EXISTS", "job:data:a"}).integer, 0);
}

TEST(QueueScripts, have_a_repeated_claim_that_has_lost_its_jobs_made_anew) {
  Client client;
  client.run(core::kScript_enqueue, {"a", "{}", "client"});
  client.run(core::kScript_claim, {"w/", "1", "30000000", "1"});  // The answer is lost.
  client.now += seconds(30);
  client.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});
  client.run(core::kScript_claim, {"v/", "1", "30000000", "1"});
  client.run(core::kScript_enqueue, {"b", "{}", "client"});
  const RedisValue repeated = client.run(core::kScript_claim, {"w/", "1", "30000000", "1"});
  ASSERT_EQ(repeated.elements.size(), 2U);
  EXPECT_EQ(repeated.elements[0].integer, 0);  // At once: b is ready, and this number takes no more jobs.
  EXPECT_EQ(client.run(core::kScript_claim, {"w/", "2", "30000000", "1"}).elements.at(2).elements.at(0).text, "b");
}

/// "a:3 b:null" of the jobs of a claim, by the lengths of their payloads, with their journals' entries.
std::string claimed(const RedisValue& reply) {
  std::string text;
  for (std::size_t i = 2; i < reply.elements.size(); ++i) {
    const auto& job = reply.elements[i].elements;
    const bool is_null = job.at(1).type == core::RedisType::Null;
    text += fmt::format("{}{}:{}", text.empty() ? "" : " ", job[0].text,
                        is_null ? "null" : fmt::to_string(job[1].text.size()));
    for (std::size_t entry = 7; entry < job.size(); entry += 2) text += "+" + job[entry].text;
  }
  return text;
}

TEST(QueueScripts, bring_payloads_up_to_a_number_of_bytes_and_leave_the_rest_in_their_order) {
  Client client;
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    client.run(core::kScript_enqueue, {id, std::string(id[0] == 'd' ? 251 : 100, 'x'), "client"});
  }
  const auto claim = [&client](const char* number) {
    return client.run(core::kScript_claim, {"w/", number, "30000000", "10", "250"});
  };
  const RedisValue first = claim("1");
  EXPECT_EQ(claimed(first), "a:100 b:100");
  EXPECT_EQ(first.elements[0].integer, 0);        // There is more at once.
  EXPECT_EQ(claimed(claim("1")), "a:100 b:100");  // The answer was lost.
  EXPECT_EQ(client.call({"LRANGE", "job:ready", "0", "-1"}).elements.size(), 3U);
  EXPECT_EQ(claimed(claim("2")), "c:100");
  EXPECT_EQ(claimed(claim("3")), "d:null");  // Alone it has too many. It is leased, and counted as a run.
  EXPECT_EQ(client.call({"HGET", "job:owners", "d"}).text, "w/3");
  EXPECT_EQ(client.call({"HGET", "job:data:d", "runs"}).text, "1");
  const RedisValue last = claim("4");
  EXPECT_EQ(claimed(last), "e:100");
  EXPECT_GT(last.elements[0].integer, 0);
  EXPECT_EQ(client.call({"ZCARD", "job:leases"}).integer, 5);
}

TEST(QueueScripts, count_what_a_journal_has_and_refuse_what_goes_beyond) {
  Client client;
  client.run(core::kScript_enqueue, {"a", std::string(100, 'x'), "client"});
  client.run(core::kScript_claim, {"w/", "1", "30000000", "1", "250"});
  const auto journal = [&client](const char* entry, std::size_t bytes, const char* most) {
    return client.run(core::kScript_journal, {"w/1", "a", entry, std::string(bytes, 'j'), most}).integer;
  };
  const auto bytes = [&client] { return client.call({"HGET", "job:data:a", "journaled"}).text; };
  EXPECT_EQ(journal("1", 42, "50"), 1);  // With its name: effect:1.
  EXPECT_EQ(bytes(), "50");
  EXPECT_EQ(journal("1", 43, "50"), -1);
  EXPECT_EQ(client.call({"HSTRLEN", "job:data:a", "effect:1"}).integer, 42);  // As it was.
  EXPECT_EQ(journal("1", 42, "50"), 1);  // The answer was lost: it is not counted twice.
  EXPECT_EQ(journal("2", 1, "50"), -1);
  EXPECT_EQ(journal("2", 92, ""), 1);
  EXPECT_EQ(bytes(), "150");
  client.run(core::kScript_release, {"w/1", "a", "0"});
  EXPECT_EQ(claimed(client.run(core::kScript_claim, {"w/", "2", "30000000", "1", "250"})), "a:100+1+2");
  client.run(core::kScript_release, {"w/2", "a", "0"});
  EXPECT_EQ(claimed(client.run(core::kScript_claim, {"w/", "3", "30000000", "1", "249"})), "a:null");
}

TEST(QueueScripts, claim_a_job_whose_number_of_runs_is_none) {
  Client client;
  client.run(core::kScript_enqueue, {"a", "{}", "client"});
  client.run(core::kScript_enqueue, {"b", "{}", "client"});
  client.call({"HSET", "job:data:a", "runs", "x"});
  const RedisValue reply = client.run(core::kScript_claim, {"w/", "1", "30000000", "2"});
  EXPECT_EQ(claimed(reply), "a:2 b:2");
  EXPECT_EQ(reply.elements[2].elements[3].text, "1");  // It is counted anew.
  EXPECT_EQ(client.call({"ZCARD", "job:leases"}).integer, 2);
}

TEST(QueueScripts, give_a_job_that_is_brought_back_all_its_retries) {
  Client client;
  client.run(core::kScript_enqueue, {"a", "{}", "client"});
  client.run(core::kScript_claim, {"w/", "1", "30000000", "1"});
  EXPECT_EQ(client.run(core::kScript_requeue, {"w/1", "a", "0", "429"}).integer, 1);
  client.run(core::kScript_claim, {"w/", "2", "30000000", "1"});
  client.run(core::kScript_fail, {"w/2", "a", "exhausted", "429"});
  EXPECT_EQ(client.run(core::kScript_revive, {"a"}).integer, 1);
  const RedisValue claimed = client.run(core::kScript_claim, {"w/", "3", "30000000", "1"});
  ASSERT_EQ(claimed.elements.size(), 3U);
  EXPECT_EQ(claimed.elements[2].elements.at(2).text, "0");
  // What it did before counts no more.
  EXPECT_EQ(client.run(core::kScript_requeue, {"w/1", "a", "0", "429"}).integer, 0);
  EXPECT_EQ(client.run(core::kScript_requeue, {"w/3", "a", "0", "429"}).integer, 1);
}

TEST(QueueScripts, keep_a_record_of_another_type_from_other_jobs) {
  Client client;
  const auto numbers = [](const RedisValue& reply) {
    std::string text;
    for (const RedisValue& each : reply.elements) text += std::to_string(each.integer);
    return text;
  };
  client.call({"SET", "job:data:bad", "x"});
  client.call({"RPUSH", "job:ready", "bad"});
  client.run(core::kScript_enqueue, {"good", "{}", "client"});
  client.run(core::kScript_enqueue, {"late", "{}", "client"});
  const RedisValue claimed = client.run(core::kScript_claim, {"w/", "1", "30000000", "3"});
  ASSERT_EQ(claimed.elements.size(), 5U);
  EXPECT_EQ(claimed.elements[2].elements.at(1).text, "");
  EXPECT_EQ(claimed.elements[3].elements.at(1).text, "{}");
  EXPECT_EQ(numbers(client.run(core::kScript_complete, {"60000", "w/1", "good"})), "1");
  client.now += seconds(31);
  EXPECT_EQ(client.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"}).elements.size(), 2U);
  client.run(core::kScript_claim, {"w/", "2", "30000000", "2"});
  EXPECT_EQ(client.run(core::kScript_fail, {"w/2", "bad", "malformed", ""}).integer, 1);
  EXPECT_EQ(numbers(client.run(core::kScript_complete, {"60000", "w/2", "late"})), "1");
  EXPECT_EQ(client.call({"LLEN", "job:dead"}).integer, 1);
  const auto claim_bad = [&client](const char* number) {
    const RedisValue again = client.run(core::kScript_claim, {"w/", number, "30000000", "2"});
    ASSERT_EQ(again.elements.size(), 3U) << number;
    EXPECT_EQ(again.elements[2].elements.at(0).text, "bad") << number;
  };
  EXPECT_EQ(client.run(core::kScript_revive, {"bad"}).integer, 1);
  claim_bad("3");
  EXPECT_EQ(client.run(core::kScript_release, {"w/3", "bad", "0"}).integer, 1);
  claim_bad("4");
  EXPECT_EQ(client.run(core::kScript_requeue, {"w/4", "bad", "0", "429"}).integer, 1);
  claim_bad("5");
  EXPECT_EQ(numbers(client.run(core::kScript_complete, {"60000", "w/5", "bad"})), "1");  // It is not looked at.
}

TEST(QueueScripts, keep_it_from_jobs_that_are_due_or_done_or_shown) {
  Client client;
  for (const char* id : {"done", "waits", "good"}) client.run(core::kScript_enqueue, {id, "{}", "client"});
  client.run(core::kScript_claim, {"w/", "1", "30000000", "3"});
  client.run(core::kScript_complete, {"1000", "w/1", "done"});
  client.run(core::kScript_requeue, {"w/1", "waits", "2000000", "429"});
  client.run(core::kScript_requeue, {"w/1", "good", "2000000", "429"});
  for (const char* id : {"done", "waits"}) client.call({"SET", std::string("job:data:") + id, "x"});
  for (const char* id : {"waits", "good"}) {
    client.call({"DEL", std::string("job:retry:") + id});
    client.call({"SADD", std::string("job:retry:") + id, "x"});
  }
  const RedisValue shown = client.run(core::kScript_list, {"delayed", "0", "9"});
  ASSERT_EQ(shown.elements.size(), 4U);
  EXPECT_EQ(shown.elements[3].elements.at(2).integer, 0);
  client.now += seconds(2);
  const RedisValue claimed = client.run(core::kScript_claim, {"w/", "2", "30000000", "2"});
  ASSERT_EQ(claimed.elements.size(), 4U);
  EXPECT_EQ(claimed.elements[2].elements.at(0).text, "good");
  EXPECT_EQ(claimed.elements[2].elements.at(2).text, "0");
  EXPECT_EQ(client.run(core::kScript_complete, {"1000", "w/2", "good"}).elements.at(0).integer, 1);
  EXPECT_EQ(client.call({"EXISTS", "job:data:done"}).integer, 0);  // Forgotten as any other.
}

TEST(QueueScripts, forget_nothing_that_they_have_not_completed) {
  Client client;
  client.run(core::kScript_enqueue, {"again", "{}", "client"});
  client.run(core::kScript_claim, {"w/", "1", "30000000", "1"});
  client.run(core::kScript_complete, {"60000", "w/1", "again"});
  client.call({"RPUSH", "job:completed", "what is this", "0:gone", "0:new"});
  client.call({"DEL", "job:data:again"});  // By hand: it may be put in once more.
  client.call({"SET", "job:retry:again", "3"});
  for (const char* id : {"again", "new", "a", "b"}) client.run(core::kScript_enqueue, {id, "{}", "client"});
  client.now += seconds(60);
  client.run(core::kScript_claim, {"w/", "2", "30000000", "4"});
  client.run(core::kScript_complete, {"60000", "w/2", "a", "w/2", "b"});
  EXPECT_EQ(client.call({"LLEN", "job:completed"}).integer, 2);
  EXPECT_EQ(client.call({"EXISTS", "job:data:again"}).integer, 1);
  EXPECT_EQ(client.call({"EXISTS", "job:retry:again"}).integer, 0);
  EXPECT_EQ(client.call({"EXISTS", "job:data:new"}).integer, 1);
}

TEST(QueueScripts, give_up_a_job_that_is_recovered_too_often) {
  Client client;
  client.run(core::kScript_enqueue, {"pill", "{}", "client"});
  client.run(core::kScript_enqueue, {"other", "{}", "client"});
  int calls = 0;
  const auto lose = [&](const char* most) {
    const std::string number = std::to_string(++calls);
    client.run(core::kScript_claim, {"w/", number, "30000000", "1"});
    client.now += seconds(30);
    const core::RedisCommand arguments{"r" + number, "60000", most, "recovered_too_often"};
    const RedisValue answer = client.run(core::kScript_recover, arguments);
    EXPECT_EQ(client.run(core::kScript_recover, arguments), answer);  // The first answer may have been lost.
    return answer.elements.size() == 1 ? answer.elements[0].text : std::string("not one");
  };
  const auto shown = [&client] {
    const RedisValue dead = client.run(core::kScript_list, {"dead", "0", "0"});
    if (dead.elements.size() < 3) return std::string("none");
    const std::vector<RedisValue>& job = dead.elements[2].elements;
    return fmt::format("{} {} {} {}", job[0].text, job[3].integer, job[4].text, job[5].text);
  };
  EXPECT_EQ(lose("2"), "ready:pill");
  EXPECT_EQ(lose("2"), "ready:pill");
  EXPECT_EQ(shown(), "none");
  EXPECT_EQ(lose("2"), "failed:pill");
  EXPECT_EQ(
      shown(),
      "pill 3 recovered_too_often its lease ran out 3 times in a row: its workers died, or could not reach Redis");
  EXPECT_EQ(client.call({"LRANGE", "job:ready", "0", "-1"}).elements.size(), 1U);
  // An owner that comes late changes nothing.
  EXPECT_EQ(client.run(core::kScript_complete, {"60000", "w/3", "pill"}).elements.at(0).integer, 0);
  EXPECT_EQ(client.run(core::kScript_fail, {"w/3", "pill", "exhausted", ""}).integer, 0);
  // The operator's word and a re-queue make the count begin anew; being given back does not.
  EXPECT_EQ(client.run(core::kScript_revive, {"pill"}).integer, 1);
  EXPECT_EQ(lose("0"), "failed:other");
  EXPECT_EQ(lose("1"), "ready:pill");
  client.run(core::kScript_claim, {"w/", std::to_string(++calls), "30000000", "1"});
  EXPECT_EQ(client.run(core::kScript_requeue, {"w/" + std::to_string(calls), "pill", "0", "429"}).integer, 1);
  EXPECT_EQ(lose("1"), "ready:pill");
  client.run(core::kScript_claim, {"w/", std::to_string(++calls), "30000000", "1"});
  EXPECT_EQ(client.run(core::kScript_release, {"w/" + std::to_string(calls), "pill", "0"}).integer, 1);
  EXPECT_EQ(lose("1"), "failed:pill");
}

TEST(QueueScripts, recover_the_first_taken_to_the_very_front) {
  Client client;
  for (const char* id : {"a", "b", "c", "d"}) client.run(core::kScript_enqueue, {id, "{}", "client"});
  client.run(core::kScript_claim, {"v/", "1", "20000000", "1"});
  client.run(core::kScript_claim, {"w/", "1", "30000000", "2"});
  client.now += seconds(30);
  client.run(core::kScript_recover, {"r", "60000", "3", "recovered_too_often"});
  std::string order;
  for (const RedisValue& id : client.call({"LRANGE", "job:ready", "0", "-1"}).elements) order += id.text;
  EXPECT_EQ(order, "abcd");
}

}  // namespace
