// What the scripts that only look at the queue tell: jobs page by page, and who works on it.
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

constexpr const char* kLease = "30000000";

std::vector<std::string> texts_of(const RedisValue& value) {
  std::vector<std::string> texts;
  for (const RedisValue& field : value.elements) {
    texts.push_back(field.type == core::RedisType::Integer ? std::to_string(field.integer) : field.text);
  }
  return texts;
}

class Listing : public testing::Test {
 protected:
  Listing() { client_.call({"HELLO", "3"}); }  // With it a subscriber may send other commands, too.

  void put_in(const std::string& id) { client_.run(core::kScript_enqueue, {id, "{}", "client/" + id}); }
  void claim(const std::string& worker, const std::string& number, const std::string& most) {
    client_.run(core::kScript_claim, {worker, number, kLease, most});
  }
  std::vector<std::string> ids(const std::vector<std::string>& arguments) {
    const RedisValue listing = client_.run(core::kScript_list, arguments);
    std::vector<std::string> listed;
    for (std::size_t i = 2; i < listing.elements.size(); ++i) listed.push_back(listing.elements[i].elements.at(0).text);
    return listed;
  }

  tests::ScriptClient client_;
};

TEST_F(Listing, tells_of_a_failed_job_what_met_it_and_when) {
  put_in("a");
  claim("w/", "1", "1");
  client_.run(core::kScript_fail, {"w/1", "a", "exhausted", "Bad gateway", "github.comments.create", "502"});
  client_.now += seconds(7);
  const RedisValue listing = client_.run(core::kScript_list, {"dead", "0", "9"});
  std::vector<std::string> job = texts_of(listing.elements.at(2));
  EXPECT_EQ(listing.elements.at(1).integer - std::stoll(job.at(8)), 7'000'000);
  job.erase(job.begin() + 8);
  EXPECT_THAT(job, ElementsAre("a", "-1", "0", "0", "exhausted", "Bad gateway", "github.comments.create", "502", ""));
}

TEST_F(Listing, tells_nothing_of_an_earlier_error_where_the_workers_died) {
  put_in("a");
  claim("w/", "1", "1");
  client_.run(core::kScript_requeue, {"w/1", "a", "0", "Bad gateway", "github.comments.create", "502"});
  claim("w/", "2", "1");
  client_.now += seconds(30);
  client_.run(core::kScript_recover, {"r", "60000", "0", "recovered_too_often"});
  const std::vector<std::string> job = texts_of(client_.run(core::kScript_list, {"dead", "0", "9"}).elements.at(2));
  EXPECT_THAT(job.at(5), testing::HasSubstr("lease ran out"));
  EXPECT_EQ(job.at(6) + job.at(7), "");
}

TEST_F(Listing, tells_who_has_a_job_that_runs) {
  put_in("a");
  claim("host/0123456789abcdef/", "4", "1");
  const RedisValue listing = client_.run(core::kScript_list, {"leases", "0", "9"});
  EXPECT_EQ(listing.elements.at(2).elements.at(9).text, "host/0123456789abcdef/4");
}

TEST_F(Listing, comes_in_pages_of_so_many_bytes) {
  for (const char* id : {"a", "b", "c"}) put_in(id);
  claim("w/", "1", "3");
  for (const char* id : {"a", "b", "c"})
    client_.run(core::kScript_fail, {"w/1", id, "exhausted", std::string(100, 'x')});
  EXPECT_THAT(ids({"dead", "0", "9", "303"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids({"dead", "0", "9", "302"}), ElementsAre("a", "b"));
  EXPECT_THAT(ids({"dead", "2", "9", "302"}), ElementsAre("c"));
  // A text that alone has too many is left out.
  EXPECT_THAT(ids({"dead", "0", "9", "99"}), ElementsAre("a", "b", "c"));
  EXPECT_EQ(client_.run(core::kScript_list, {"dead", "0", "0", "99"}).elements.at(2).elements.at(5).text, "");
  EXPECT_THAT(ids({"dead", "0", "9", "0"}), ElementsAre("a")) << "one at least";
}

TEST_F(Listing, tells_which_workers_listen_and_which_wait) {
  claim("waits/1/", "1", "1");
  client_.call({"SUBSCRIBE", "job:wake", "job:wake:listens/1/"});
  EXPECT_THAT(texts_of(client_.run(core::kScript_runners, {})),
              ElementsAre("0", "listens/1/", "1", "0", "waits/1/", "0", "1"));
  client_.run(core::kScript_pause, {});
  EXPECT_EQ(client_.run(core::kScript_runners, {}).elements.at(0).integer, 1);
}

TEST_F(Listing, takes_letters_of_its_prefix_as_they_are) {
  for (const char* root : {"a*b:", "a?b:", "[ab]:", "a\\b:", "{tag}:"}) {
    const std::string channel = std::string(root) + "wake:w/";
    client_.call({"SUBSCRIBE", channel});
    const RedisValue told = client_.call({"EVAL", core::kScript_runners.text, "1", root});
    EXPECT_THAT(texts_of(told), ElementsAre("0", "w/", "1", "0")) << root;
    client_.call({"UNSUBSCRIBE", channel});
  }
  client_.call({"SUBSCRIBE", "axb:wake:w/"});
  EXPECT_THAT(texts_of(client_.call({"EVAL", core::kScript_runners.text, "1", "a*b:"})), ElementsAre("0"));
}

}  // namespace
