// What the merging of explore stands on: two prefixes of outcomes with the same fingerprint go on alike, event for
// event, whatever outcome follows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "sim/explore/explore.h"
#include "sim/explore/fingerprint.h"
#include "sim/explore/outcome.h"
#include "sim/scenario/load.h"

namespace sim {
namespace {

using Outcomes = std::vector<std::uint8_t>;

/// Every event after the world's n-th request was sent, times relative to that.
class Sequel final : public WorldObserver {
 public:
  Sequel(Fingerprints& fingerprints, std::size_t request) : fingerprints_(fingerprints), request_(request) {}

  void on_event(const core::Event& event) override {
    fingerprints_.on_event(event);
    if (!begun_) return;
    text += fmt::format("{} {} {}", (event.at - *begun_).count(), core::name_of(event.kind), event.runner);
    // The numbers of calls and runs count what has been: nothing goes by them.
    core::Event unnumbered = event;
    unnumbered.call.reset();
    unnumbered.run.reset();
    core::for_each_field(unnumbered, *this);
    text += '\n';
  }
  void before_request(Services& services, std::string_view runner, const core::HttpRequest& request) override {
    fingerprints_.before_request(services, runner, request);
    if (++requests_ == request_) begun_ = services.kernel.now();
  }

  void operator()(std::string_view name, std::string_view value) { text += fmt::format(" {}={}", name, value); }
  void operator()(std::string_view name, std::int64_t value) { text += fmt::format(" {}={}", name, value); }
  void operator()(std::string_view name, core::Duration value) { text += fmt::format(" {}={}", name, value.count()); }

  std::string text;

 private:
  Fingerprints& fingerprints_;
  const std::size_t request_;
  std::size_t requests_ = 0;
  std::optional<core::SteadyTime> begun_;
};

struct Node {
  Outcomes outcomes;
  std::vector<bool> for_llm;
  std::vector<Fingerprint> before;
  std::string sequel;  ///< Of the last request whose outcome is fixed.
};

Node beginning(const Scenario& scenario, std::size_t depth) {
  Node root;
  Fingerprints fingerprints(scenario, root.outcomes, depth);
  Recorder nobody(KeepEvents::No);
  run_scenario(scenario, nobody, {.observer = &fingerprints});
  root.before = fingerprints.taken();
  root.for_llm = fingerprints.for_llm();
  return root;
}

std::uint8_t outcome_named(std::string_view name) {
  const auto all = call_outcomes();
  const auto found = std::find_if(all.begin(), all.end(), [&](const CallOutcome& each) { return each.name == name; });
  return static_cast<std::uint8_t>(found - all.begin());
}

/// One of each class: the others are the same to the core, or are so in the row with one job.
std::vector<std::uint8_t> few_outcomes() {
  std::vector<std::uint8_t> few;
  for (const char* name : {"ok", "429", "429 retry-after 5", "503", "timeout", "reset after", "garbage"}) {
    few.push_back(outcome_named(name));
  }
  return few;
}

Node run(const Scenario& scenario, const Node& parent, std::uint8_t outcome, std::size_t depth) {
  Node child;
  child.outcomes = parent.outcomes;
  child.outcomes.push_back(outcome);
  Fingerprints fingerprints(scenario, child.outcomes, depth);
  Sequel sequel(fingerprints, child.outcomes.size());
  Recorder nobody(KeepEvents::No);
  const Scenario fixed = with_outcomes(scenario, child.outcomes, parent.for_llm);
  const Report report = run_scenario(fixed, nobody, {.observer = &sequel});
  child.before = fingerprints.taken();
  child.for_llm = fingerprints.for_llm();
  child.sequel = std::move(sequel.text);
  for (const Violation& violation : report.outcome.violations) {
    child.sequel += fmt::format("{} violated: {}\n", violation.invariant, violation.message);
  }
  return child;
}

std::string names(const Outcomes& outcomes) {
  std::string text;
  for (const std::uint8_t outcome : outcomes) text += fmt::format("[{}] ", call_outcomes()[outcome].name);
  return text;
}

/// Where two texts part, with the line before.
std::string parting(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  const std::size_t begin = i == 0 ? 0 : a.rfind('\n', i - 1) + 1;
  return a.substr(begin, a.find('\n', i) - begin) + "\n" + b.substr(begin, b.find('\n', i) - begin);
}

/// Of each set of prefixes with one fingerprint the first and the last go on; whatever outcome comes next, the same
/// follows.
void expect_equal_fingerprints_go_on_alike(const Scenario& scenario, std::size_t depth,
                                           const std::vector<std::uint8_t>& outcomes) {
  std::vector<Node> level = {beginning(scenario, depth)};
  std::uint64_t compared = 0;
  for (std::size_t call = 1; call <= depth; ++call) {
    std::map<Fingerprint, std::vector<const Node*>> alike;
    for (const Node& node : level) {
      if (node.before.size() < call) continue;
      std::vector<const Node*>& set = alike[node.before[call - 1]];
      if (set.size() < 2) {
        set.push_back(&node);
      } else {
        set.back() = &node;
      }
    }
    std::vector<Node> next;
    for (const auto& [fingerprint, nodes] : alike) {
      for (const std::uint8_t outcome : outcomes) {
        std::optional<std::size_t> first;
        for (const Node* node : nodes) {
          next.push_back(run(scenario, *node, outcome, depth));
          if (!first) first = next.size() - 1;
          const Node& a = next[*first];
          const Node& b = next.back();
          compared += &a == &b ? 0 : 1;
          if (a.sequel == b.sequel) continue;
          ADD_FAILURE() << names(a.outcomes) << "\n" << names(b.outcomes) << "\n" << parting(a.sequel, b.sequel);
        }
      }
    }
    if (testing::Test::HasFailure()) return;
    level = std::move(next);
  }
  EXPECT_GT(compared, 0u);
}

Scenario parsed(const std::string& more) {
  const std::string text = R"({"title": "t", "why": "w", )" + more + "}";
  LoadedScenario loaded = parse_scenario("t.json", text);
  EXPECT_TRUE(loaded.scenario.has_value()) << text << (loaded.errors.empty() ? "" : core::to_text(loaded.errors[0]));
  return std::move(*loaded.scenario);
}

std::string config(const std::string& jitter, const std::string& jobs, const std::string& more = "", int attempts = 2) {
  const std::string retry = R"("retry": {"jitter": ")" + jitter + R"("})";
  const std::string few = fmt::format(R"("retry": {{"attempts": {}, "jitter": "{}"}})", attempts, jitter);
  return R"("config": {"llm": {)" + more + few + R"(}, "github": {"token": {)" + few + R"(}, "tools": {)" + few +
         R"(}}, "jobs": {)" + jobs + retry + "}}, ";
}

struct Row {
  const char* name;
  std::string text;
  std::size_t depth;
  std::vector<std::uint8_t> outcomes = few_outcomes();
};

std::vector<std::uint8_t> outcomes_named(std::initializer_list<std::string_view> names) {
  std::vector<std::uint8_t> outcomes;
  for (const std::string_view name : names) outcomes.push_back(outcome_named(name));
  return outcomes;
}

TEST(ExploreMerging, equal_fingerprints_go_on_alike) {
  const std::string one = R"("jobs": [{"id": "a"}])";
  const std::string two = R"("jobs": [{"id": "a"}, {"id": "b"}])";
  const std::string three = R"("jobs": [{"id": "a"}, {"id": "b"}, {"id": "c"}])";
  const std::string installations =
      R"("jobs": [{"id": "a"}, {"id": "b", "at": "200ms", "installation": 2}, {"id": "c", "at": "1m"}])";
  const Row rows[] = {
      {"one job", config("none", "") + one, 3},
      {"one job, spread", config("spread", "") + one, 3},
      {"one job, decorrelated", R"("config": {"llm": {"retry": {"attempts": 4, "jitter": "decorrelated"}}}, )" + one,
       3},
      {"one job, openai", config("none", "", R"("protocol": "openai", )") + one, 3},
      {"one job, openai, spread", config("spread", "", R"("protocol": "openai", )") + one, 3},
      {"two jobs, one at a time", config("none", "") + two, 3},
      {"two jobs at once", config("none", R"("concurrency": 2, )") + two, 3},
      {"two jobs at once, spread", config("spread", R"("concurrency": 2, )") + two, 3},
      {"two jobs, two runners", config("none", "") + R"("runners": 2, )" + two, 3},
      {"two jobs, two runners, spread", config("spread", "") + R"("runners": 2, )" + two, 3},
      {"three jobs at once, slow pace", config("none", R"("concurrency": 3, )", R"("min_interval": "2s", )") + three,
       3},
      {"three jobs, two runners at once", config("none", R"("concurrency": 2, )") + R"("runners": 2, )" + three, 3},
      {"two installations", config("none", R"("concurrency": 2, )") + installations, 3},
      {"short lease", config("none", R"("lease": "5s", )") + one, 3},
      {"a rule that counts", config("none", "") + R"("llm": [{"calls": "3-4", "do": {"status": 503}}], )" + one, 3},
      {"a rule of chance", config("none", "") + R"("llm": [{"probability": 0.5, "do": {"status": 503}}], )" + one, 3},
      {"a rule of chance that garbles",
       config("none", "") + R"("llm": [{"probability": 0.5, "do": {"garbage": true}}], )" + one, 3},
      {"a rate limit", config("none", "") + R"("llm": [{"do": {"rate_limit": {"limit": 1, "per": "10s"}}}], )" + one,
       3},
      {"a rule for one runner, every second call",
       config("none", "") +
           R"("runners": 2, "llm": [{"runner": "runner-2", "calls": "*/2", "do": {"status": 503}}], )" + two,
       4},
      {"a rule for one runner, of chance",
       config("none", "") +
           R"("runners": 2, "llm": [{"runner": "runner-2", "probability": 0.5, "do": {"status": 503}}], )" + two,
       4},
      {"answers that stall",
       config("none", R"("concurrency": 2, )", R"("idle_timeout": "3s", )") +
           R"("llm": [{"calls": "*/2", "do": {"stall": {"after": 0.5, "for": "2s"}}}, {"calls": "3", "do": {"stall": {"after": 0.5}}}], )" +
           two,
       4},
      {"slow answers",
       config("none", R"("concurrency": 2, )") +
           R"("llm": [{"latency": "700ms"}], "github": [{"latency": "300ms"}], )" + two,
       4},
      {"a rule of Redis",
       config("none", "") +
           R"("redis": [{"on": "script:claim", "calls": "4", "do": {"error": "ERR no"}}, {"on": "script:journal", "calls": "3", "do": {"reset": "after"}}], )" +
           one,
       4},
      {"a crash",
       config("none", "") + R"("world": [{"at": "3s", "crash": "runner-1"}, {"at": "4s", "start": "runner-1"}], )" +
           one,
       3},
      {"a crash, and one recovery allowed",
       config("none", R"("lease": "5s", "recoveries": 1, )") +
           R"("world": [{"at": "3s", "crash": "runner-1"}, {"at": "4s", "start": "runner-1"},
                        {"at": "12s", "crash": "runner-1"}, {"at": "13s", "start": "runner-1"}], )" +
           one,
       3},
      // How old a token is matters while it is younger than ten seconds, and which one a job holds on to.
      {"a token that is refused", config("none", "", "", 4) + one, 5,
       outcomes_named({"ok", "401", "429 retry-after 5", "429", "reset after"})},
      {"a token that two jobs share is refused",
       config("none", R"("concurrency": 2, )", R"("min_interval": "0s", )", 3) + two, 5,
       outcomes_named({"ok", "401", "429 retry-after 5"})},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    expect_equal_fingerprints_go_on_alike(parsed(row.text), row.depth, row.outcomes);
  }
}

TEST(ExploreMerging, equal_fingerprints_go_on_alike_whatever_the_outcome) {
  std::vector<std::uint8_t> all;
  for (std::size_t i = 0; i < call_outcomes().size(); ++i) all.push_back(static_cast<std::uint8_t>(i));
  expect_equal_fingerprints_go_on_alike(parsed(config("none", "") + R"("jobs": [{"id": "a"}])"), 4, all);
}

Node after(const Scenario& scenario, const std::vector<std::string_view>& outcomes) {
  Node node = beginning(scenario, outcomes.size() + 1);
  for (const std::string_view name : outcomes) node = run(scenario, node, outcome_named(name), outcomes.size() + 1);
  return node;
}

// Both are about to make the third attempt at the comment, thirteen seconds after the job was taken and six after the
// token was minted, with the same text. Of one nobody knows whether its first attempt will still be done.
TEST(ExploreMerging, doubt_about_an_effect_is_a_part_of_the_world) {
  const Scenario scenario = parsed(config("none", "", "", 3) + R"("jobs": [{"id": "a"}])");
  const std::string_view date = "429 retry-after a date";
  const std::string_view seconds = "429 retry-after 5";
  const Node in_doubt = after(scenario, {date, "ok", "ok", "503", seconds, "ok"});
  const Node certain = after(scenario, {seconds, "429", "ok", "ok", "429", seconds});
  ASSERT_EQ(in_doubt.before.size(), 7u);
  ASSERT_EQ(certain.before.size(), 7u);
  EXPECT_NE(in_doubt.before[6], certain.before[6]);
}

// While d ran out of time, a and b have become due: which of them is next is known from the order of the ready ones
// alone.
TEST(ExploreMerging, the_order_of_waiting_jobs_is_a_part_of_the_world) {
  const Scenario scenario =
      parsed(config("none", "", "", 1) + R"("jobs": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}])");
  const Node a_first = after(scenario, {"429 retry-after 5", "429 retry-after a date", "429", "timeout"});
  const Node b_first = after(scenario, {"429 retry-after a date", "429 retry-after 5", "429", "timeout"});
  ASSERT_EQ(a_first.before.size(), 5u);
  ASSERT_EQ(b_first.before.size(), 5u);
  EXPECT_NE(a_first.before[4], b_first.before[4]);
}

// One job was put off for thirty seconds, whatever had become of its token, and another asks the model. Only one of
// these worlds knows that no token is to be asked for before the fifth second.
TEST(ExploreMerging, when_a_token_may_be_asked_for_is_a_part_of_the_world) {
  const Scenario scenario = parsed(R"("config": {"llm": {"retry": {"jitter": "none"}},
      "github": {"token": {"retry": {"attempts": 1, "jitter": "none"}}, "tools": {"retry": {"jitter": "none"}}},
      "jobs": {"concurrency": 2, "retry": {"initial_delay": "30s", "jitter": "none"}}},
      "jobs": [{"id": "a"}, {"id": "b", "at": "2s"}])");
  const Node refused = after(scenario, {"ok", "429 retry-after 5"});
  const Node failed = after(scenario, {"ok", "503"});
  const Node lost = after(scenario, {"ok", "reset after"});
  for (const Node* node : {&refused, &failed, &lost}) ASSERT_EQ(node->before.size(), 3u);
  EXPECT_EQ(failed.before[2], lost.before[2]);
  EXPECT_NE(refused.before[2], failed.before[2]);
}

}  // namespace
}  // namespace sim
