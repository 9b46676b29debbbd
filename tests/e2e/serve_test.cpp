// rehearse serve as a user starts it, with the clients that users have: curl and redis-cli.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <map>

#include "tests/support/command_line.h"
#include "tests/support/free_ports.h"
#include "tests/support/redis_server.h"

extern char** environ;

namespace {

using namespace tests;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// The program, running; it is ended with its test at the latest.
class Serving {
 public:
  explicit Serving(std::vector<std::string> arguments) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) return;
    output_ = pipe_ends[0];
    arguments.insert(arguments.begin(), {kProgram, "serve"});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
    if (::posix_spawn(&process_, kProgram.c_str(), &actions, nullptr, argv.data(), environ) != 0) process_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pipe_ends[1]);
    while (out.find("ready\n") == std::string::npos && read_more()) {
    }
    for (const std::string& line : lines_of(out)) {
      const std::size_t space = line.find(' ');
      if (space != std::string::npos) addresses[line.substr(0, space)] = line.substr(space + 1);
    }
  }
  ~Serving() {
    if (process_ > 0) end(SIGKILL);
    ::close(output_);
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  /// The exit code; 128 and more: the signal that ended it.
  int end(int signal) {
    ::kill(process_, signal);
    while (read_more()) {
    }
    int status = 0;
    ::waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string port(const std::string& service) { return addresses[service].substr(addresses[service].rfind(':') + 1); }

  std::string out;
  std::map<std::string, std::string> addresses;

 private:
  bool read_more() {
    pollfd ready{output_, POLLIN, 0};
    if (::poll(&ready, 1, 20'000) != 1) return false;
    char buffer[4096];
    const ssize_t size = ::read(output_, buffer, sizeof buffer);
    if (size <= 0) return false;
    out.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  int output_ = -1;
  pid_t process_ = -1;
};

/// What it prints, to stderr too.
std::string said_by(const std::string& command) {
  return shell(command + " 2>&1").out;
}

const std::string kCurl = "curl -sS --max-time 20 --noproxy '*' ";

std::string chat_at(const std::string& address, int times) {
  std::string command = kCurl;
  for (int i = 0; i < times; ++i) {
    command += (i == 0 ? "" : " --next --max-time 20 -sS ") + std::string("-H 'content-type: application/json' -d ") +
               R"('{"model":"m","stream":false,"messages":[{"role":"user","content":"hi"}]}' http://)" + address +
               "/api/chat";
  }
  return command;
}

std::string scenario(const std::string& name, const std::string& more) {
  return file_with(name + ".json", R"({"title":")" + name + R"(","why":"A test.")" + more + "}");
}

TEST(Serve, a_hang_up_ends_it_with_its_verdict) {
  Serving serving({scenario("serve-hang-up", ""), "--llm", "127.0.0.1:0"});
  ASSERT_THAT(serving.out, EndsWith("\nready\n"));
  EXPECT_EQ(serving.end(SIGHUP), 0);
  EXPECT_THAT(serving.out, HasSubstr("verdict: "));
}

TEST(Serve, curl_and_redis_cli_are_served_and_a_good_client_is_told_so) {
  const std::string log = tests::own_folder() + "serve-requests.jsonl";
  Serving serving({scenario("serve-plain", ""), "--llm", "127.0.0.1:0", "--github", "localhost:0", "--redis",
                   "127.0.0.1:0", "--requests", log});
  ASSERT_THAT(serving.out, EndsWith("\nready\n"));
  ASSERT_EQ(serving.addresses.size(), 3u) << serving.out;
  EXPECT_THAT(said_by(chat_at(serving.addresses["llm"], 1)), HasSubstr("I have commented on the issue."));
  EXPECT_THAT(said_by(kCurl + "http://" + serving.addresses["github"] + "/rate_limit"),
              HasSubstr("Requires authentication"));
  const std::string cli = "timeout 20 redis-cli -p " + serving.port("redis") + " ";
  EXPECT_EQ(said_by(cli + "set a b"), "OK\n");
  EXPECT_EQ(said_by(cli + "-3 hset h f v"), "1\n");
  EXPECT_EQ(said_by("printf 'multi\\nget a\\nincr n\\nexec\\n' | " + cli), "OK\nQUEUED\nQUEUED\nb\n1\n");
  EXPECT_EQ(said_by(cli + "--no-raw -3 hgetall h"), "1# \"f\" => \"v\"\n");
  EXPECT_THAT(said_by(cli + "info server"), HasSubstr("redis_version:7"));
  EXPECT_EQ(said_by(cli + "config get save"), "save\n\n");
  EXPECT_EQ(said_by(cli + "--scan --pattern 'h*'"), "h\n");
  EXPECT_EQ(said_by(cli + "eval 'return redis.call(\"get\", KEYS[1])' 1 a"), "b\n");
  EXPECT_EQ(said_by(cli + "blpop q 0.1"), "\n");
  EXPECT_EQ(serving.end(SIGTERM), 0);
  EXPECT_THAT(serving.out, EndsWith("verdict: no faults in 2 requests\n"));
  const std::vector<std::string> lines = lines_of(text_of(log));
  EXPECT_GT(lines.size(), 10u);
  for (const std::string& line : lines) EXPECT_NO_THROW(boost::json::parse(line)) << line;
}

TEST(Serve, who_prepares_the_data_is_touched_by_no_rule) {
  Serving serving({scenario("serve-loading", R"(,"redis":[{"do":{"error":"LOADING soon"}}])"), "--redis", "127.0.0.1:0",
                   "--redis-untouched", "127.0.0.1:0"});
  EXPECT_EQ(said_by("timeout 20 redis-cli -p " + serving.port("redis") + " set a b"), "LOADING soon\n\n");
  EXPECT_EQ(said_by("timeout 20 redis-cli -p " + serving.port("redis-untouched") + " set a b"), "OK\n");
  EXPECT_EQ(serving.end(SIGTERM), 0);
}

TEST(Serve, a_real_redis_gets_the_rules_of_the_file) {
  tests::RedisServer real;
  const std::string file = scenario("serve-upstream", R"(,"redis":[{"on":"GET","calls":"2","do":{"error":"ERR no"}}])");
  Serving serving({file, "--redis", "127.0.0.1:0", "--redis-upstream", real.socket()});
  const std::string through = "timeout 20 redis-cli -p " + serving.port("redis") + " ";
  EXPECT_EQ(said_by(through + "set a b"), "OK\n");
  EXPECT_EQ(said_by(through + "get a"), "b\n");
  EXPECT_EQ(said_by(through + "get a"), "ERR no\n\n");
  EXPECT_EQ(said_by(fmt::format("timeout 20 redis-cli -p {} get a", real.port())), "b\n");
  EXPECT_EQ(serving.end(SIGTERM), 0);
  Serving by_name({file, "--redis", "127.0.0.1:0", "--redis-upstream", fmt::format("localhost:{}", real.port())});
  EXPECT_EQ(said_by("timeout 20 redis-cli -p " + by_name.port("redis") + " get a"), "b\n");
  const std::string nowhere = said_by("timeout --signal=TERM 2 " + kProgram + " serve " + file +
                                      " --redis 127.0.0.1:0 --redis-upstream /there/is/none.sock");
  EXPECT_THAT(nowhere, HasSubstr("--redis-upstream: /there/is/none.sock does not answer (No such file or directory)"));
  EXPECT_THAT(nowhere, HasSubstr("\nready\n"));
}

TEST(Serve, redis_benchmark_runs_against_it) {
  Serving serving({scenario("serve-plain", ""), "--redis", "127.0.0.1:0"});
  const std::string out =
      said_by("timeout 60 redis-benchmark -q -n 1000 -P 8 -p " + serving.port("redis") +
              " -t ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange,mset");
  for (const char* name : {"PING_INLINE", "PING_MBULK", "SET", "SPOP", "ZPOPMIN", "LRANGE_600", "MSET"}) {
    EXPECT_THAT(out, HasSubstr(std::string(name))) << out;
  }
  EXPECT_EQ(out.find("rror"), std::string::npos) << out;
  EXPECT_EQ(serving.end(SIGINT), 0);
}

TEST(Serve, a_client_that_retries_what_must_not_be_is_found_at_fault) {
  Serving serving({scenario("serve-404", R"(,"llm":[{"do":{"status":404}}])"), "--llm", "127.0.0.1:0"});
  said_by(chat_at(serving.addresses["llm"], 2));
  const boost::json::value verdict =
      boost::json::parse(said_by(kCurl + "http://" + serving.addresses["llm"] + "/_rehearse/verdict"));
  EXPECT_FALSE(verdict.at("held").as_bool());
  EXPECT_EQ(serving.end(SIGINT), 1);
  EXPECT_THAT(serving.out, HasSubstr("verdict: 1 fault in 2 requests\n  retried_final_answer at "));
}

TEST(Serve, a_client_that_does_not_back_off_is_found_at_fault_and_attempts_are_bounded_by_the_option) {
  const std::string file = scenario("serve-503", R"(,"llm":[{"do":{"status":503}}])");
  Serving serving({file, "--llm", "127.0.0.1:0", "--max-attempts", "5"});
  said_by(chat_at(serving.addresses["llm"], 6));
  EXPECT_EQ(serving.end(SIGTERM), 1);
  EXPECT_THAT(serving.out, HasSubstr("too_many_attempts"));
  EXPECT_THAT(serving.out, HasSubstr("6 attempts at one thing; 5 are allowed"));
}

TEST(Serve, a_hint_that_is_ignored_is_a_fault_and_the_rules_times_count_from_ready) {
  const std::string rules = R"(,"llm":[{"until":"1h","do":{"status":429,"retry_after":"5s"}}])";
  Serving serving({scenario("serve-429", rules), "--llm", "127.0.0.1:0"});
  said_by(chat_at(serving.addresses["llm"], 2));
  EXPECT_EQ(serving.end(SIGTERM), 1);
  EXPECT_THAT(serving.out, HasSubstr("undercut_retry_after"));
  EXPECT_THAT(serving.out, HasSubstr("which asked to wait 5s"));
}

TEST(Serve, runners_of_the_scenario_are_not_there_and_that_is_said) {
  const std::string world =
      R"(,"jobs":[{"id":"a"}],"world":[{"at":"1s","crash":"runner-1"},{"at":"2s","restart":"redis"},)"
      R"({"at":"3s","enqueue":"a"},{"at":"4s","wall_clock":"+1h","runner":"runner-1"},)"
      R"({"at":"5s","redis":"full","for":"1s"}])";
  const std::string file = scenario("serve-world", world);
  const std::string out = said_by("timeout --signal=TERM 2 " + kProgram + " serve " + file + " --redis 127.0.0.1:0");
  EXPECT_THAT(out, HasSubstr("the runners of this scenario are not here: its world entry at 1s does nothing"));
  EXPECT_THAT(out, HasSubstr("the jobs of this scenario are not here: its world entry at 3s does nothing"));
  EXPECT_THAT(out, HasSubstr("the runners of this scenario are not here: its world entry at 4s does nothing"));
  for (const char* done : {"entry at 2s", "entry at 5s"}) EXPECT_EQ(out.find(done), std::string::npos) << done;
}

TEST(Serve, bad_usage_is_told_and_nothing_is_served) {
  Serving busy({scenario("serve-plain", ""), "--llm", "127.0.0.1:0"});
  const std::string plain = scenario("serve-plain", "");
  const std::pair<std::string, std::string> rows[] = {
      {plain, "nothing to serve"},
      {plain + " --llm 127.0.0.1", "\"127.0.0.1\" is no address; accepted: HOST:PORT"},
      {plain + " --llm :80 --redis x:99999", "--redis: \"x:99999\" is no address"},
      {plain + " --llm ::1:80", "is no address"},
      {plain + " --llm " + busy.addresses["llm"], "cannot listen at " + busy.addresses["llm"]},
      {plain + " --llm 127.0.0.1:0 --requests /there/is/no/folder/x", "/there/is/no/folder/x cannot be written"},
      {plain + " --llm 127.0.0.1:0 --max-attempts 0", "max-attempts"},
      {plain + " --llm 127.0.0.1:0 --redis-upstream 127.0.0.1:6379", "Redis is not served: give --redis, too"},
      {plain + " --redis 127.0.0.1:0 --redis-upstream nowhere", "\"nowhere\" is no address; accepted: HOST:PORT"},
      {plain + " --redis 127.0.0.1:0 --redis-upstream ''", "--redis-upstream: \"\" is no address"},
      {plain + " --redis 127.0.0.1:0 --redis-upstream /" + std::string(200, 'x'), "path is longer than 107 bytes"},
      {plain + fmt::format(" --redis 0.0.0.0:{0} --redis-upstream 127.0.0.1:{0}", tests::free_ports(1).front()),
       "that is where this server itself listens"},
      {scenario("serve-lose", R"(,"world":[{"at":"2s","restart":"redis","lose":"1s"}])") +
           " --redis 127.0.0.1:0 --redis-upstream 127.0.0.1:1",
       "serve-lose.json: at 2s Redis is to lose its last writes"},
      {kScenarios + "documented --llm 127.0.0.1:0", "one scenario file is served at a time"},
      {"/there/is/none.json --llm 127.0.0.1:0", "/there/is/none.json"},
      {scenario("serve-key", R"(,"github_app":{"id":"1","public_key":"secret-nonsense"})") + " --github 127.0.0.1:0",
       "/github_app/public_key"},
  };
  for (const auto& [arguments, message] : rows) {
    const Result result = rehearse("serve " + arguments, "2>&1");
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_THAT(result.out, HasSubstr(message)) << arguments;
    EXPECT_EQ(result.out.find("\nready"), std::string::npos) << arguments;
    EXPECT_EQ(result.out.find("secret-nonsense"), std::string::npos) << arguments;
  }
  EXPECT_EQ(rehearse("serve --help").code, 0);
}

}  // namespace
