// A Redis user who lacks one command: Redis takes nothing back when it refuses a command in the midst of a script.
// Whatever a script of the queue was refused, the job is in one place afterwards, and the call made again by who may do
// it goes through.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/production/redis/redis_client.h"
#include "core/queue/script_text.h"
#include "tests/support/real_loop.h"
#include "tests/support/redis_server.h"
#include "tests/wire/redis_text.h"

namespace core {
namespace {

using std::chrono::seconds;

constexpr const char* kLease = "30000000";
constexpr const char* kDay = "86400000";

/// A script, what brings the job "a" into the state that it needs, and its arguments.
struct Transition {
  const char* name;
  const Script& script;
  std::vector<RedisCommand> before;  ///< The first word of a script's is its name.
  RedisCommand arguments;
};

const RedisCommand kPutIn{"enqueue", "a", "{}", "client", "secret"};
const RedisCommand kClaim{"claim", "w/", "1", kLease, "2", "1000000", "drawn"};
const RedisCommand kRunOut{"claim", "w/", "1", "1", "2", "1000000", "drawn"};
const RedisCommand kPutOff{"requeue", "w/1", "a", "0", "429", "", "", "0"};
const RedisCommand kFail{"fail", "w/1", "a", "exhausted", "500", "", ""};
const RedisCommand kRecover{"recover", "r", "60000", "0", "recovered_too_often"};

std::vector<Transition> transitions() {
  const RedisCommand cancel{"a", "op/1", "cancelled", kDay};
  return {
      {"enqueue", kScript_enqueue, {}, {"a", "{}", "client", "secret"}},
      {"claim of a ready job", kScript_claim, {kPutIn}, {"v/", "2", kLease, "2", "1000000", "drawn"}},
      {"claim of a due job", kScript_claim, {kPutIn, kClaim, kPutOff}, {"v/", "2", kLease, "2", "1000000", "drawn"}},
      {"renew", kScript_renew, {kPutIn, kClaim}, {"w/1", "a", kLease}},
      {"journal", kScript_journal, {kPutIn, kClaim}, {"w/1", "a", "comment/1", "begun"}},
      {"complete", kScript_complete, {kPutIn, kClaim}, {kDay, "w/1", "a"}},
      {"requeue", kScript_requeue, {kPutIn, kClaim}, {"w/1", "a", "5000000", "429", "", "", "0"}},
      {"fail", kScript_fail, {kPutIn, kClaim}, {"w/1", "a", "exhausted", "500", "", ""}},
      {"release", kScript_release, {kPutIn, kClaim}, {"w/1", "a", "0"}},
      {"release after a delay", kScript_release, {kPutIn, kClaim}, {"w/1", "a", "5000000"}},
      {"recover", kScript_recover, {kPutIn, kRunOut}, {"r", "60000", "3", "recovered_too_often"}},
      {"recover too often", kScript_recover, {kPutIn, kRunOut}, {"r", "60000", "0", "recovered_too_often"}},
      {"cancel a waiting job", kScript_cancel, {kPutIn}, cancel},
      {"cancel a delayed job", kScript_cancel, {kPutIn, kClaim, kPutOff}, cancel},
      {"cancel a running job", kScript_cancel, {kPutIn, kClaim}, cancel},
      {"retry a dead job", kScript_revive, {kPutIn, kClaim, kFail}, {"a"}},
      {"retry a delayed job", kScript_revive, {kPutIn, kClaim, kPutOff}, {"a"}},
      {"drop", kScript_drop, {kPutIn, kClaim, kFail}, {"a"}},
  };
}

/// The commands that stand in the script, as 'HSET'.
std::set<std::string> commands_of(const Script& script) {
  std::set<std::string> commands;
  const std::string_view text = script.text;
  for (std::size_t at = text.find('\''); at != std::string_view::npos; at = text.find('\'', at + 1)) {
    const std::size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", at + 1);
    if (end != std::string_view::npos && end > at + 2 && text[end] == '\'') {
      commands.emplace(text.substr(at + 1, end - at - 1));
    }
  }
  for (const char* word : {"LIMIT", "WITHSCORES", "PX", "NX", "NUMSUB", "WRONGTYPE"}) commands.erase(word);
  return commands;
}

class RefusedCommands : public testing::Test {
 protected:
  std::unique_ptr<RedisConnection> connect() {
    RedisClient client(loop_.context().get_executor(), loop_.clock(),
                       {.address = {.scheme = RedisScheme::Unix, .path = server_.socket()}});
    auto connection = loop_.run(client.connect(loop_.in(seconds(20))));
    return std::move(*connection);
  }
  RedisValue ask(RedisConnection& connection, const RedisCommand& command) {
    return *loop_.run(connection.execute(command, loop_.in(seconds(20))));
  }
  std::string text(const RedisCommand& command) { return tests::text_of(ask(*operator_, command)); }

  RedisValue run(RedisConnection& connection, const Script& script, const RedisCommand& arguments) {
    RedisCommand command{"EVAL", script.text, "1", "job:"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return ask(connection, command);
  }
  void prepare(const Transition& transition) {
    text({"FLUSHALL"});
    for (const RedisCommand& words : transition.before) {
      for (const Script* script : kQueueScripts) {
        if (script->name == words[0]) {
          const RedisValue reply = run(*operator_, *script, {words.begin() + 1, words.end()});
          ASSERT_FALSE(reply.is_error()) << reply.text;
        }
      }
    }
  }
  /// Where the job is, each place as often as the job is there: "ready", "leases dead".
  std::string places() {
    std::string places;
    const auto add = [&places](const char* name) { places += (places.empty() ? "" : " ") + std::string(name); };
    for (const char* list : {"ready", "dead"}) {
      for (const RedisValue& id : ask(*operator_, {"LRANGE", fmt::format("job:{}", list), "0", "-1"}).elements) {
        if (id.text == "a") add(list);
      }
    }
    for (const char* set : {"delayed", "leases"}) {
      if (text({"ZSCORE", fmt::format("job:{}", set), "a"}) != "null") add(set);
    }
    if (text({"HEXISTS", "job:completed_by", "a"}) == "1") add("completed");
    if (places.empty() && text({"HGET", "job:data:a", "reason"}) == "cancelled") add("cancelled");
    return places;
  }

  /// What is counted and said of the job: "retries 1 recoveries 0 reason none".
  std::string record() {
    const auto number = [](const std::string& text) { return text == "null" || text.empty() ? "0" : text; };
    const std::string reason = text({"HGET", "job:data:a", "reason"});
    return fmt::format("retries {} recoveries {} reason {}", number(text({"GET", "job:retry:a"})),
                       number(text({"HGET", "job:data:a", "recoveries"})), reason == "null" ? "none" : reason);
  }

  tests::RealLoop loop_;
  tests::RedisServer server_;
  std::unique_ptr<RedisConnection> operator_ = connect();
};

TEST_F(RefusedCommands, leave_the_job_in_one_place_from_where_the_call_made_again_takes_it) {
  int refusals = 0;
  for (const Transition& transition : transitions()) {
    prepare(transition);
    const std::string before = places(), record_before = record();
    const RedisValue expected = run(*operator_, transition.script, transition.arguments);
    const std::string after = places(), record_after = record();
    ASSERT_FALSE(expected.is_error()) << transition.name << expected.text;
    for (const std::string& refused : commands_of(transition.script)) {
      SCOPED_TRACE(fmt::format("{} without {}", transition.name, refused));
      prepare(transition);
      text({"ACL", "SETUSER", "runner", "reset", "on", ">word", "~*", "&*", "+@all", "-" + refused});
      const std::unique_ptr<RedisConnection> runner = connect();
      ask(*runner, {"AUTH", "runner", "word"});
      const RedisValue first = run(*runner, transition.script, transition.arguments);
      const std::string left = places();
      if (first.is_error()) {
        ++refusals;
        EXPECT_TRUE(left == before || left == after || left == "leases" || left == "ready")
            << "'" << left << "' of " << before;
        if (left == before || left == "leases") {
          EXPECT_EQ(record(), record_before);
        }
      } else {
        EXPECT_EQ(left, after) << tests::text_of(first);
      }
      run(*operator_, transition.script, transition.arguments);
      EXPECT_EQ(places(), after);
      EXPECT_EQ(record(), record_after);
    }
  }
  EXPECT_GT(refusals, 100);
}

/// What is acknowledged is there: an id whose job Redis has refused is free.
TEST_F(RefusedCommands, acknowledge_no_job_that_is_on_no_list) {
  text({"ACL", "SETUSER", "runner", "reset", "on", ">word", "~*", "&*", "+@all", "-rpush"});
  const std::unique_ptr<RedisConnection> runner = connect();
  ask(*runner, {"AUTH", "runner", "word"});
  const RedisCommand job{"a", "{}", "client", "secret"};
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_THAT(run(*runner, kScript_enqueue, job).text, testing::HasSubstr("run this command"));
  }
  EXPECT_EQ(text({"EXISTS", "job:data:a"}), "0");
  EXPECT_EQ(run(*operator_, kScript_enqueue, {"a", "other", "somebody else", "secret"}).integer, 1);
  EXPECT_EQ(places(), "ready");
}

}  // namespace
}  // namespace core
