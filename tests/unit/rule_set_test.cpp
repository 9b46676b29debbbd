#include <gtest/gtest.h>

#include "fakes/faults/rule_set.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

constexpr std::uint64_t kSeed = 7;

HttpRule status_rule(int status, std::string on = "*") {
  HttpRule rule;
  rule.on = std::move(on);
  rule.action = DoStatus{.status = status};
  return rule;
}

/// The statuses that a run of requests meets; 0 is none.
template <class Rules>
std::vector<int> statuses(const Rules& rules, const std::vector<RequestKey>& requests) {
  RuleSet<HttpAction> set(rules, core::Random(kSeed));
  std::vector<int> met;
  for (const RequestKey& request : requests) {
    const auto match = set.meet(request);
    met.push_back(match.rule == nullptr ? 0 : std::get<DoStatus>(match.rule->action).status);
  }
  return met;
}

RequestKey chat(std::string_view job = "a", core::Duration now = 0s) {
  return {"chat", {}, job, core::SteadyTime(now)};
}

TEST(RuleSet, without_rules_nothing_is_met) {
  EXPECT_EQ(statuses(std::vector<HttpRule>{}, {chat()}), (std::vector{0}));
}

TEST(RuleSet, the_first_rule_that_matches_wins_and_the_later_ones_count_all_the_same) {
  std::vector<HttpRule> rules = {status_rule(429, "chat"), status_rule(503, "chat"), status_rule(500)};
  rules[0].calls = {{1, 2}};
  rules[1].calls = {{2, 3}};
  EXPECT_EQ(statuses(rules, {chat(), chat(), chat(), chat()}), (std::vector{429, 429, 503, 500}));
}

TEST(RuleSet, operations_are_told_apart) {
  const std::vector<HttpRule> rules = {status_rule(429, "comments.create"), status_rule(500, "token")};
  EXPECT_EQ(statuses(rules, {{"token"}, {"comments.create"}, {"comments.list"}, {"Token"}}),
            (std::vector{500, 429, 0, 0}));
}

TEST(RuleSet, a_job_counts_its_own_requests_alone) {
  std::vector<HttpRule> rules = {status_rule(429)};
  rules[0].job = "b";
  rules[0].calls = {{2, 2}};
  EXPECT_EQ(statuses(rules, {chat("b"), chat("a"), chat(""), chat("b"), chat("b")}), (std::vector{0, 0, 0, 429, 0}));
}

TEST(RuleSet, a_runner_counts_its_own_requests_alone) {
  std::vector<HttpRule> rules = {status_rule(429)};
  rules[0].runner = "runner-2";
  rules[0].calls = {{2, UINT64_MAX, 2}};
  const auto sent_by = [](std::string_view runner) {
    RequestKey request = chat();
    request.runner = runner;
    return request;
  };
  const RequestKey one = sent_by("runner-1"), two = sent_by("runner-2"), nobody = sent_by("");
  EXPECT_EQ(statuses(rules, {two, one, nobody, two, one, two, two}), (std::vector{0, 0, 0, 429, 0, 0, 429}));
  RuleSet<HttpAction> set(rules, core::Random(kSeed));
  for (const RequestKey& request : {two, one, two}) set.meet(request);
  EXPECT_EQ(set.counts(), std::vector<std::uint64_t>{2});
}

TEST(RuleSet, rules_for_different_runners_draw_for_themselves) {
  std::vector<HttpRule> rules = {status_rule(1), status_rule(1)};
  rules[0].runner = "runner-1";
  rules[1].runner = "runner-2";
  for (HttpRule& rule : rules) rule.probability_millionths = 500'000;
  std::vector<RequestKey> first(50, chat()), second(50, chat());
  for (RequestKey& request : first) request.runner = "runner-1";
  for (RequestKey& request : second) request.runner = "runner-2";
  EXPECT_NE(statuses(rules, first), statuses(rules, second));
}

TEST(RuleSet, calls_are_ranges_lists_and_open_ends) {
  struct Row {
    std::vector<CallRange> calls;
    std::vector<int> met;
  };
  for (const Row& row : {Row{{}, {1, 1, 1, 1, 1}}, Row{{{1, 1}}, {1, 0, 0, 0, 0}}, Row{{{1, 3}}, {1, 1, 1, 0, 0}},
                         Row{{{4, UINT64_MAX}}, {0, 0, 0, 1, 1}}, Row{{{1, 1}, {4, 4}}, {1, 0, 0, 1, 0}},
                         Row{{{2, UINT64_MAX, 2}}, {0, 1, 0, 1, 0}}, Row{{{1, UINT64_MAX, 1}}, {1, 1, 1, 1, 1}},
                         Row{{{2, 4, 2}}, {0, 1, 0, 1, 0}}}) {
    std::vector<HttpRule> rules = {status_rule(1)};
    rules[0].calls = row.calls;
    EXPECT_EQ(statuses(rules, {chat(), chat(), chat(), chat(), chat()}), row.met);
  }
}

TEST(RuleSet, a_rule_is_of_use_where_a_call_of_its_own_was_left_to_it) {
  std::vector<HttpRule> rules = {status_rule(1), status_rule(2), status_rule(3), status_rule(4), status_rule(5)};
  rules[0].probability_millionths = 0;
  rules[1].calls = {{1, 2}};
  rules[2].calls = {{2, 2}};
  rules[3].calls = {{2, 3}};
  rules[4].calls = {{4, 4}};
  RuleSet<HttpAction> set(rules, core::Random(kSeed));
  EXPECT_EQ(set.uses(), std::vector<RuleUse>(5, RuleUse::Unmatched));
  for (int i = 0; i < 3; ++i) set.meet(chat());
  EXPECT_EQ(set.uses(), (std::vector{RuleUse::Considered, RuleUse::Considered, RuleUse::Overruled, RuleUse::Considered,
                                     RuleUse::Unmatched}));
}

TEST(RuleSet, windows_hold_their_beginning_and_not_their_end_and_calls_count_within_them) {
  std::vector<HttpRule> rules = {status_rule(1)};
  rules[0].from = core::SteadyTime(10s);
  rules[0].until = core::SteadyTime(20s);
  EXPECT_EQ(statuses(rules, {chat("a", 10s - 1ns), chat("a", 10s), chat("a", 20s - 1ns), chat("a", 20s)}),
            (std::vector{0, 1, 1, 0}));
  rules[0].calls = {{2, 2}};
  EXPECT_EQ(statuses(rules, {chat("a", 9s), chat("a", 10s), chat("a", 11s), chat("a", 12s)}),
            (std::vector{0, 0, 1, 0}));
}

TEST(RuleSet, a_request_counts_when_probability_says_no_and_goes_on_to_the_next_rule) {
  std::vector<HttpRule> rules = {status_rule(1), status_rule(2)};
  rules[0].probability_millionths = 0;
  rules[1].calls = {{2, 2}};
  EXPECT_EQ(statuses(rules, {chat(), chat()}), (std::vector{0, 2}));

  rules = {status_rule(1)};
  rules[0].probability_millionths = 500'000;
  rules[0].calls = {{3, UINT64_MAX}};
  const std::vector<RequestKey> many(1000, chat());
  const auto met = statuses(rules, many);
  EXPECT_EQ(met[0] + met[1], 0);
  EXPECT_NEAR(std::count(met.begin(), met.end(), 1), 500, 80);
}

TEST(RuleSet, chance_does_not_depend_on_the_order_of_arrival_between_jobs) {
  std::vector<HttpRule> rules = {status_rule(1)};
  rules[0].probability_millionths = 500'000;
  std::vector<RequestKey> one_after_other, interleaved;
  for (int i = 0; i < 50; ++i) one_after_other.push_back(chat("a"));
  for (int i = 0; i < 50; ++i) one_after_other.push_back(chat("b"));
  for (int i = 0; i < 50; ++i) {
    interleaved.push_back(chat("b"));
    interleaved.push_back(chat("a"));
  }
  const auto first = statuses(rules, one_after_other);
  const auto second = statuses(rules, interleaved);
  int differing = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(first[i], second[2 * i + 1]);
    EXPECT_EQ(first[50 + i], second[2 * i]);
    differing += first[i] != first[50 + i];
  }
  EXPECT_GT(differing, 10) << "jobs draw for themselves";
}

TEST(RuleSet, taking_out_one_rule_moves_no_draw_of_another) {
  std::vector<HttpRule> rules = {status_rule(1, "token"), status_rule(2, "chat")};
  for (HttpRule& rule : rules) rule.probability_millionths = 500'000;
  const std::vector<RequestKey> requests(50, chat());
  const auto both = statuses(rules, requests);
  rules.erase(rules.begin());
  EXPECT_EQ(statuses(rules, requests), both);
}

TEST(RuleSet, equal_rules_draw_for_themselves) {
  std::vector<HttpRule> rules = {status_rule(1), status_rule(2)};
  for (HttpRule& rule : rules) rule.probability_millionths = 500'000;
  const auto met = statuses(rules, std::vector<RequestKey>(200, chat()));
  EXPECT_NEAR(std::count(met.begin(), met.end(), 2), 50, 25);
}

TEST(RuleSet, the_latency_is_the_winning_rules) {
  std::vector<HttpRule> rules = {status_rule(1), status_rule(2)};
  rules[0].calls = {{2, 2}};
  rules[0].latency = core::Duration(3s);
  rules[1].latency = UniformLatency{10ms, 50ms};
  RuleSet<HttpAction> set(rules, core::Random(kSeed));
  const auto first = set.meet(chat());
  EXPECT_EQ(first.index, 1U);
  EXPECT_GE(first.latency, 10ms);
  EXPECT_LE(first.latency, 50ms);
  EXPECT_EQ(set.meet(chat()).latency, 3s);
  EXPECT_NE(set.meet(chat()).latency, first.latency);
}

TEST(RuleSet, redis_commands_are_known_by_two_names_in_any_case) {
  struct Row {
    std::string on;
    bool met;
  };
  for (const Row& row : {Row{"EVALSHA", true}, Row{"evalsha", true}, Row{"script:claim", true},
                         Row{"script:renew", false}, Row{"*", true}, Row{"GET", false}, Row{"", false}}) {
    RedisRule rule;
    rule.on = row.on;
    const std::vector<RedisRule> rules = {rule};
    RuleSet<RedisAction> set(rules, core::Random(kSeed));
    EXPECT_EQ(set.meet({"EVALSHA", "script:claim", "", {}}).rule != nullptr, row.met) << row.on;
    EXPECT_EQ(set.meet({"get", "", "", {}}).rule != nullptr, row.on == "GET" || row.on == "*") << row.on;
  }
}

}  // namespace
}  // namespace fakes
