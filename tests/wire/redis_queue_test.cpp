// The core's job queue on a real redis-server: a job's whole life, and what a deployment does to a Redis meanwhile.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/async/spawn.h"
#include "core/production/redis/redis_client.h"
#include "core/queue/queue.h"
#include "core/queue/queue_admin.h"
#include "core/time/text.h"
#include "tests/support/fake_environment.h"
#include "tests/support/real_loop.h"
#include "tests/support/redis_server.h"
#include "tests/wire/redis_text.h"

namespace core {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::RedisServer;

class EventCodes final : public EventSink {
 public:
  void on_event(const Event& event) override {
    if (!event.code.empty()) codes.emplace_back(event.code);
  }
  std::vector<std::string> codes;
};

/// A queue on its own client, as a runner has one.
struct Runner {
  Runner(tests::RealLoop& loop, RedisAddress address, std::string key_prefix = "rehearse:") {
    config.key_prefix = std::move(key_prefix);
    config.retry.backoff.initial_delay = milliseconds(10);
    RedisClientOptions options{.address = std::move(address), .client_name = "runner"};
    client = std::make_unique<RedisClient>(loop.context().get_executor(), loop.clock(), std::move(options));
    environment = std::make_unique<Environment>(Environment{.runner = "runner-1",
                                                            .executor = loop.context().get_executor(),
                                                            .clock = loop.clock(),
                                                            .random = Random(1),
                                                            .http = http,
                                                            .redis = *client,
                                                            .signer = signer,
                                                            .secrets = secrets,
                                                            .events = events});
    queue = std::make_unique<Queue>(*environment, config, seconds(30));
  }

  asio::io_context unused;
  tests::ManualClock unused_clock{unused};
  tests::ScriptedHttp http{unused_clock};
  tests::CountingSigner signer;
  tests::NamedSecrets secrets;
  EventCodes events;
  RedisConfig config;
  std::unique_ptr<RedisClient> client;
  std::unique_ptr<Environment> environment;
  std::unique_ptr<Queue> queue;
};

class RealQueueTest : public testing::Test {
 protected:
  Enqueued enqueue(Runner& runner, const std::string& id) {
    return loop_.run(runner.queue->enqueue("enqueue-" + id, id, "payload of " + id));
  }
  /// The token of what it takes is "t" and the number.
  Claim claim(Runner& runner, std::uint64_t number, Duration lease = seconds(30)) {
    return loop_.run(runner.queue->claim({"t", number}, {.most = 1}, lease)).value();
  }
  std::string claimed_id(Runner& runner, std::uint64_t number, Duration lease = seconds(30)) {
    const Claim claimed = claim(runner, number, lease);
    return claimed.jobs.empty() ? "nothing" : claimed.jobs[0].id;
  }
  std::string ask(const RedisServer& server, const RedisCommand& command) {
    RedisClient client(loop_.context().get_executor(), loop_.clock(), {.address = {.port = server.port()}});
    auto connection = loop_.run(client.connect(loop_.in(seconds(20))));
    return tests::text_of(loop_.run((*connection)->execute(command, loop_.in(seconds(20)))));
  }
  void pass(Duration time) { loop_.run(loop_.clock().sleep_until(loop_.in(time))); }

  tests::RealLoop loop_;
};

TEST_F(RealQueueTest, a_jobs_whole_life) {
  const RedisServer server;
  Runner runner(loop_, {.scheme = RedisScheme::Unix, .path = server.socket()});
  Queue& queue = *runner.queue;
  EXPECT_EQ(claimed_id(runner, 0), "nothing");
  EXPECT_EQ(enqueue(runner, "a"), Enqueued::Added);
  // The same call again, as after a lost answer, and another one with the same id.
  EXPECT_EQ(enqueue(runner, "a"), Enqueued::Added);
  EXPECT_EQ(loop_.run(queue.enqueue("another", "a", "other")), Enqueued::AlreadyThere);

  Claim claimed = claim(runner, 1);
  ASSERT_EQ(claimed.jobs.size(), 1U);
  const ClaimedJob& job = claimed.jobs[0];
  EXPECT_EQ(job.id, "a");
  EXPECT_EQ(job.payload, "payload of a");
  EXPECT_EQ(job.retry_count, 0U);
  EXPECT_LT(job.waited.value(), seconds(5));
  EXPECT_EQ(claimed_id(runner, 1), "a");
  EXPECT_TRUE(loop_.run(queue.renew("t1", "a", seconds(30))));
  EXPECT_FALSE(loop_.run(queue.renew("t2", "a", seconds(30))));
  EXPECT_EQ(loop_.run(queue.journal("t1", "a", "comment", "begun", std::nullopt)), Journalled::Written);
  EXPECT_EQ(loop_.run(queue.journal("t2", "a", "comment", "stolen", std::nullopt)), Journalled::Lost);

  EXPECT_EQ(loop_.run(queue.requeue("t1", "a", milliseconds(50), JobError{"busy"})), 1U);
  EXPECT_EQ(loop_.run(queue.requeue("t1", "a", milliseconds(50), JobError{"busy"})), 1U);
  claimed = claim(runner, 3);
  ASSERT_THAT(claimed.jobs, IsEmpty());
  ASSERT_TRUE(claimed.next);
  loop_.run(loop_.clock().sleep_until(*claimed.next));
  claimed = claim(runner, 4);
  ASSERT_EQ(claimed.jobs.size(), 1U);
  EXPECT_EQ(claimed.jobs[0].retry_count, 1U);
  EXPECT_THAT(claimed.jobs[0].journal, ElementsAre(std::make_pair("comment", "begun")));

  EXPECT_EQ(loop_.run(queue.complete("t1", "a")), Ownership::Lost);
  EXPECT_EQ(loop_.run(queue.complete("t4", "a")), Ownership::Held);
  EXPECT_EQ(loop_.run(queue.complete("t4", "a")), Ownership::Held);
  EXPECT_EQ(ask(server, {"HGET", "rehearse:job:completed_by", "a"}), "t4");
  EXPECT_EQ(claimed_id(runner, 5), "nothing");
  EXPECT_EQ(runner.events.codes, std::vector<std::string>());
}

/// A reply of more than 64 MiB breaks the connection. All of these jobs together would be one, and so would the last.
TEST_F(RealQueueTest, claims_bring_no_more_than_a_reply_can_hold) {
  const RedisServer server;
  Runner runner(loop_, {.scheme = RedisScheme::Unix, .path = server.socket()});
  Queue& queue = *runner.queue;
  const std::string payload(1024UL * 1024, 'x');
  constexpr int kJobs = 70;
  for (int i = 0; i < kJobs; ++i) loop_.run(queue.enqueue("t", fmt::format("{:02}", i), payload));
  loop_.run(queue.enqueue("t", "large", std::string(70UL * 1024 * 1024, 'x')));
  std::vector<std::string> ids;
  std::vector<std::size_t> sizes;
  for (std::uint64_t number = 1; ids.size() <= kJobs && number < 10; ++number) {
    const auto claimed = loop_.run(queue.claim({"t", number}, {.most = 100}, seconds(30)));
    ASSERT_TRUE(claimed);
    sizes.push_back(claimed->jobs.size());
    for (const ClaimedJob& job : claimed->jobs) {
      ids.push_back(job.id);
      EXPECT_EQ(job.is_too_large, job.id == "large");
      EXPECT_EQ(job.payload.size(), job.is_too_large ? 0U : payload.size());
    }
    if (ids.size() <= kJobs) {
      EXPECT_LE(claimed->next, loop_.clock().now()) << "there is more";
    }
  }
  EXPECT_THAT(sizes, ElementsAre(32, 32, 6, 1));
  EXPECT_TRUE(std::ranges::is_sorted(ids));  // "large" comes last.
  EXPECT_EQ(runner.events.codes, std::vector<std::string>());
}

TEST_F(RealQueueTest, failed_jobs_are_kept_and_those_of_the_dead_are_recovered) {
  const RedisServer server;
  Runner dead(loop_, {.port = server.port()});
  Runner alive(loop_, {.port = server.port()});
  enqueue(alive, "a");
  enqueue(alive, "b");
  EXPECT_EQ(claimed_id(dead, 1, milliseconds(30)), "a");
  EXPECT_EQ(claimed_id(alive, 2), "b");
  EXPECT_EQ(loop_.run(alive.queue->fail("t2", "b", JobFailReason::Malformed, JobError{"no JSON"})), Ownership::Held);
  EXPECT_EQ(ask(server, {"LRANGE", "rehearse:job:dead", "0", "-1"}), "[b]");
  pass(milliseconds(40));
  const Claim claimed = claim(alive, 3);
  EXPECT_TRUE(claimed.lease_ran_out);
  const auto is_a =
      testing::AllOf(testing::Field(&RecoveredJob::id, "a"), testing::Field(&RecoveredJob::failed, false));
  EXPECT_THAT(loop_.run(alive.queue->recover("r1", 3)), testing::Optional(ElementsAre(is_a)));
  EXPECT_THAT(loop_.run(alive.queue->recover("r1", 3)), testing::Optional(ElementsAre(is_a)));
  EXPECT_THAT(loop_.run(alive.queue->recover("r2", 3)), testing::Optional(IsEmpty()));
  EXPECT_EQ(claimed_id(alive, 4), "a");
  EXPECT_EQ(loop_.run(dead.queue->complete("t1", "a")), Ownership::Lost);
  EXPECT_EQ(loop_.run(alive.queue->complete("t4", "a")), Ownership::Held);
}

TEST_F(RealQueueTest, an_operator_sees_the_parts_and_brings_dead_jobs_back) {
  const RedisServer server;
  Runner runner(loop_, {.port = server.port()});
  QueueAdmin admin(*runner.environment, runner.config, seconds(30));
  for (const char* id : {"a", "b", "c", "d", "e"}) enqueue(runner, id);
  for (const std::uint64_t number : {1, 2, 3}) claim(runner, number);
  loop_.run(runner.queue->requeue("t1", "a", seconds(20), JobError{"429 Too Many Requests"}));
  loop_.run(runner.queue->fail("t2", "b", JobFailReason::Exhausted, JobError{"503"}));
  EXPECT_EQ(loop_.run(runner.queue->release("t3", "c", Duration::zero())), Ownership::Held);
  claim(runner, 4);

  const auto list = [&](QueuePart part, std::uint64_t first, std::uint64_t count) {
    std::string text;
    const auto listing = loop_.run(admin.list(part, first, count));
    for (const QueuedJob& job : listing->jobs) {
      text += fmt::format(" {}:{}:{}:{}", job.id, job.retry_count, job.reason, job.last_error.text);
      const Duration longest = part == QueuePart::Delayed ? seconds(20) : seconds(30);
      EXPECT_EQ(job.left.has_value(), part == QueuePart::Delayed || part == QueuePart::Running);
      const Duration left = job.left.value_or(longest);
      EXPECT_TRUE(left > Duration::zero() && left <= longest) << format_duration(left);
    }
    return std::to_string(listing->total) + text;
  };
  EXPECT_EQ(list(QueuePart::Ready, 0, 10), "2 d:0:: e:0::");
  EXPECT_EQ(list(QueuePart::Ready, 1, 1), "2 e:0::");
  EXPECT_EQ(list(QueuePart::Ready, 0, 0), "2");
  EXPECT_EQ(list(QueuePart::Delayed, 0, 10), "1 a:1::429 Too Many Requests");
  EXPECT_EQ(list(QueuePart::Delayed, 0, 0), "1");
  EXPECT_EQ(list(QueuePart::Running, 0, 10), "1 c:0::");
  EXPECT_EQ(list(QueuePart::Dead, 0, 10), "1 b:0:exhausted:503");

  const auto act = [&](OperatorCommand command, const std::string& id) {
    return *loop_.run(admin.act(command, id, "operator/1"));
  };
  EXPECT_EQ(act(OperatorCommand::Retry, "b"), OperatorAnswer::Done);
  EXPECT_EQ(act(OperatorCommand::Retry, "b"), OperatorAnswer::NotInThatState);
  EXPECT_EQ(act(OperatorCommand::Retry, "nobody"), OperatorAnswer::NotInThatState);
  EXPECT_EQ(list(QueuePart::Dead, 0, 10), "0");
  EXPECT_EQ(list(QueuePart::Ready, 0, 10), "3 d:0:: e:0:: b:0::503");

  EXPECT_EQ(act(OperatorCommand::Cancel, "c"), OperatorAnswer::Done);
  EXPECT_EQ(act(OperatorCommand::Cancel, "nobody"), OperatorAnswer::NoSuchJob);
  EXPECT_EQ(list(QueuePart::Running, 0, 10), "0");
  const auto shown = loop_.run(admin.show("c", 1000));
  EXPECT_EQ((*shown)->state + " " + (*shown)->reason, "failed cancelled");
  EXPECT_EQ(act(OperatorCommand::Drop, "a"), OperatorAnswer::NotInThatState);
  EXPECT_EQ(act(OperatorCommand::Drop, "c"), OperatorAnswer::Done);
  EXPECT_FALSE(loop_.run(admin.show("c", 1000))->has_value());
  EXPECT_EQ((*loop_.run(admin.show("a", 1000)))->last_error.text, "429 Too Many Requests");
  EXPECT_EQ(act(OperatorCommand::Pause, ""), OperatorAnswer::Done);
  claim(runner, 5);
  EXPECT_EQ(list(QueuePart::Running, 0, 10), "0");
  EXPECT_EQ(act(OperatorCommand::Resume, ""), OperatorAnswer::Done);
  claim(runner, 6);
  EXPECT_EQ(list(QueuePart::Running, 0, 10), "1 d:0::");
}

TEST_F(RealQueueTest, scripts_that_were_forgotten_are_given_again) {
  const RedisServer server;
  Runner runner(loop_, {.port = server.port()});
  enqueue(runner, "a");
  EXPECT_EQ(ask(server, {"SCRIPT", "FLUSH"}), "+OK");
  EXPECT_EQ(enqueue(runner, "b"), Enqueued::Added);
  EXPECT_THAT(runner.events.codes, IsEmpty());
}

TEST_F(RealQueueTest, a_killed_connection_is_made_again) {
  const RedisServer server;
  Runner runner(loop_, {.port = server.port()});
  enqueue(runner, "a");
  EXPECT_EQ(ask(server, {"CLIENT", "KILL", "TYPE", "normal"}), "1");
  EXPECT_EQ(enqueue(runner, "b"), Enqueued::Added);
  EXPECT_THAT(runner.events.codes, ElementsAre("ECONNRESET"));
}

awaitable<void> enqueue_later(Runner& runner, std::string id, bool& done) {
  (void)co_await runner.queue->enqueue("enqueue-" + id, id, "payload");
  done = true;
}

/// The ids of all connections but that of whoever asks.
std::vector<std::string> connections_of(const std::string& client_list) {
  std::vector<std::string> ids;
  std::istringstream lines(client_list);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("id=") && line.find("cmd=client|list") == std::string::npos) {
      ids.push_back(line.substr(0, line.find(' ')));
    }
  }
  return ids;
}

TEST_F(RealQueueTest, a_replica_is_left_and_trouble_is_waited_out) {
  const RedisServer server;
  Runner runner(loop_, {.port = server.port()});
  enqueue(runner, "a");
  const auto nobody = std::to_string(tests::free_ports(1).front());
  const struct {
    RedisCommand trouble;
    RedisCommand repair;
    const char* code;
    bool reconnects;
  } rows[] = {
      {{"REPLICAOF", "127.0.0.1", nobody}, {"REPLICAOF", "NO", "ONE"}, "READONLY", true},
      {{"CONFIG", "SET", "maxmemory", "1"}, {"CONFIG", "SET", "maxmemory", "0"}, "OOM", false},
  };
  int number = 0;
  for (const auto& row : rows) {
    runner.events.codes.clear();
    EXPECT_EQ(ask(server, row.trouble), "+OK");
    const std::vector<std::string> before = connections_of(ask(server, {"CLIENT", "LIST"}));
    EXPECT_EQ(before.size(), 1U);
    bool done = false;
    spawn(loop_.context().get_executor(), enqueue_later(runner, "job-" + std::to_string(++number), done));
    pass(milliseconds(100));
    EXPECT_FALSE(done) << row.code;
    EXPECT_EQ(ask(server, row.repair), "+OK");
    for (int i = 0; i < 100 && !done; ++i) pass(milliseconds(20));
    EXPECT_TRUE(done) << row.code;
    EXPECT_THAT(runner.events.codes, testing::AllOf(testing::Not(IsEmpty()), testing::Each(row.code)));
    EXPECT_EQ(connections_of(ask(server, {"CLIENT", "LIST"})) != before, row.reconnects) << row.code;
  }
}

/// What it holds must not keep it from getting rid of it.
TEST_F(RealQueueTest, a_full_redis_still_lets_jobs_end) {
  const RedisServer server;
  Runner runner(loop_, {.port = server.port()});
  for (const char* id : {"lost", "a", "b", "c", "d"}) enqueue(runner, id);
  EXPECT_EQ(claimed_id(runner, 0, milliseconds(1)), "lost");
  pass(milliseconds(10));
  ask(server, {"CONFIG", "SET", "maxmemory", "1"});
  for (const char* time : {"first", "again"}) {
    const Claim claimed = loop_.run(runner.queue->claim({"t", 1}, {.most = 4}, seconds(30))).value();
    EXPECT_EQ(claimed.jobs.size(), 4U) << time;
  }
  EXPECT_TRUE(loop_.run(runner.queue->renew("t1", "a", seconds(30))));
  EXPECT_EQ(loop_.run(runner.queue->complete("t1", "a")), Ownership::Held);
  EXPECT_EQ(loop_.run(runner.queue->requeue("t1", "b", seconds(1), JobError{"429"})), 1U);
  EXPECT_EQ(loop_.run(runner.queue->fail("t1", "c", JobFailReason::Exhausted, JobError{"429"})), Ownership::Held);
  EXPECT_EQ(loop_.run(runner.queue->release("t1", "d", Duration::zero())), Ownership::Held);
  const auto recovered = loop_.run(runner.queue->recover("r", 0)).value();
  EXPECT_THAT(recovered, ElementsAre(testing::Field(&RecoveredJob::failed, true)));
  EXPECT_THAT(runner.events.codes, IsEmpty());
}

awaitable<void> complete_one(Runner& runner, std::string id, std::map<std::string, Ownership>& ends) {
  const Ownership ownership = co_await runner.queue->complete("t1", id);
  ends.emplace(std::move(id), ownership);
}

TEST_F(RealQueueTest, completions_of_one_moment_are_few_calls_and_each_has_its_own_answer) {
  const RedisServer server;
  Runner runner(loop_, {.port = server.port()});
  constexpr std::uint32_t kJobs = 600;  // More than go into one call.
  for (std::uint32_t i = 0; i < kJobs; ++i) enqueue(runner, std::to_string(i));
  EXPECT_EQ(loop_.run(runner.queue->claim({"t", 1}, {.most = kJobs}, seconds(30))).value().jobs.size(), kJobs);
  EXPECT_EQ(loop_.run(runner.queue->fail("t1", "7", JobFailReason::Exhausted, JobError{"429"})), Ownership::Held);
  ask(server, {"CONFIG", "RESETSTAT"});
  std::map<std::string, Ownership> ends;
  for (std::uint32_t i = 0; i < kJobs; ++i) {
    const std::string id = i == 8 ? "nobody's" : std::to_string(i);
    spawn(loop_.context().get_executor(), complete_one(runner, id, ends));
  }
  for (int i = 0; i < 500 && ends.size() < kJobs; ++i) pass(milliseconds(20));
  ASSERT_EQ(ends.size(), kJobs);
  for (const auto& [id, ownership] : ends) {
    // "7" has failed; nobody knows of the other.
    EXPECT_EQ(ownership, id == "nobody's" || id == "7" ? Ownership::Lost : Ownership::Held) << id;
  }
  EXPECT_EQ(ask(server, {"LLEN", "rehearse:job:completed"}), "598");
  // The first call tells the script's text.
  EXPECT_THAT(ask(server, {"INFO", "commandstats"}), HasSubstr("cmdstat_eval:calls=2,"));
}

/// Two nodes without replicas: the {tag} keeps the queue on one, and the runner was told of the other.
TEST_F(RealQueueTest, on_a_cluster_the_keys_are_found_where_they_are) {
  const auto buses = tests::free_ports(2);
  const auto node_options = [](std::uint16_t bus) {
    return std::vector<std::string>{"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus)};
  };
  const RedisServer first(node_options(buses[0]));
  const RedisServer second(node_options(buses[1]));
  EXPECT_EQ(ask(first, {"CLUSTER", "ADDSLOTSRANGE", "0", "8191"}), "+OK");
  EXPECT_EQ(ask(second, {"CLUSTER", "ADDSLOTSRANGE", "8192", "16383"}), "+OK");
  EXPECT_EQ(ask(first, {"CLUSTER", "MEET", "127.0.0.1", std::to_string(second.port()), std::to_string(buses[1])}),
            "+OK");
  const auto is_up = [&](const RedisServer& node) {
    return ask(node, {"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos &&
           ask(node, {"CLUSTER", "INFO"}).find("cluster_known_nodes:2") != std::string::npos;
  };
  for (int i = 0; i < 200 && !(is_up(first) && is_up(second)); ++i) pass(milliseconds(50));

  // {a} is in slot 15495, {b} in 3300: one tag for each node, both asked by way of the same node.
  for (const std::string tag : {"{a}", "{b}"}) {
    Runner runner(loop_, {.port = first.port()}, tag);
    EXPECT_EQ(enqueue(runner, "a"), Enqueued::Added);
    EXPECT_EQ(claimed_id(runner, 1), "a");
    EXPECT_EQ(loop_.run(runner.queue->complete("t1", "a")), Ownership::Held);
    const bool is_on_second = tag == "{a}";
    EXPECT_EQ(ask(is_on_second ? second : first, {"HGET", tag + "job:completed_by", "a"}), "t1");
    EXPECT_EQ(runner.events.codes, is_on_second ? std::vector<std::string>{"MOVED"} : std::vector<std::string>{});
  }
}

}  // namespace
}  // namespace core
