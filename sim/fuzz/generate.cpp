#include "sim/fuzz/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/api/api.h"
#include "fakes/waits_asked.h"
#include "sim/fuzz/dice.h"
#include "sim/fuzz/github_forms.h"
#include "sim/fuzz/http_fault_kinds.h"
#include "sim/fuzz/rare.h"
#include "sim/fuzz/swarm.h"
#include "sim/fuzz/tools.h"
#include "sim/fuzz/world_faults.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace std::chrono_literals;
using core::Duration;
using core::SteadyTime;

core::BackoffPolicy random_backoff(Dice& dice) {
  core::BackoffPolicy backoff;
  backoff.initial_delay = dice.duration(100ms, 3s);
  backoff.max_delay = backoff.initial_delay * 2 + dice.duration(0ms, 60s);
  constexpr std::array<std::uint32_t, 4> kMultipliers = {1'500'000, 2'000'000, 2'000'000, 3'000'000};
  backoff.multiplier.millionths = dice.one_of(kMultipliers);
  constexpr std::array<core::JitterKind, 6> kKinds = {core::JitterKind::None,   core::JitterKind::Spread,
                                                      core::JitterKind::Spread, core::JitterKind::Full,
                                                      core::JitterKind::Equal,  core::JitterKind::Decorrelated};
  backoff.jitter.kind = dice.one_of(kKinds);
  return backoff;
}

core::RetryPolicy random_policy(Dice& dice, std::uint32_t most) {
  core::RetryPolicy policy;
  policy.attempts = static_cast<std::uint32_t>(dice.between(1, most));
  policy.backoff = random_backoff(dice);
  if (dice.chance(20)) policy.retry_after_max = dice.duration(1s, 120s);
  return policy;
}

void make_config(Dice& dice, core::Config& config) {
  if (dice.chance(30)) return;  // The documented one.
  config.llm.protocol = dice.chance(40) ? core::LlmProtocol::OpenAi : core::LlmProtocol::Ollama;
  config.llm.stream = dice.chance(50);
  config.llm.timeout = dice.duration(2s, 40s);
  if (dice.chance(30)) config.llm.first_byte_timeout = dice.duration(1s, 20s);
  if (dice.chance(30)) config.llm.idle_timeout = dice.duration(200ms, 10s);
  config.llm.min_interval = dice.chance(20) ? Duration::zero() : dice.duration(10ms, 2s);
  config.llm.retry = random_policy(dice, 6);
  if (dice.chance(15)) config.github.url = "https://ghe.example/api/v3";
  config.github.token.timeout = dice.duration(2s, 15s);
  config.github.token.retry = random_policy(dice, 5);
  config.github.tools.timeout = dice.duration(2s, 15s);
  config.github.tools.retry = random_policy(dice, 4);
  if (dice.chance(20)) config.github.rate_limited_403 = core::RateLimited403::Fail;
  config.jobs.retry.requeues = static_cast<std::uint32_t>(dice.between(0, 4));
  config.jobs.retry.backoff = random_backoff(dice);
  config.jobs.lease = dice.duration(5s, 60s);
  config.jobs.concurrency = static_cast<std::uint32_t>(dice.between(1, 5));
  if (dice.chance(20)) config.redis.retry = random_policy(dice, 5);
  if (dice.chance(20)) config.retry_after_ceiling = dice.duration(10s, 10min);
}

void make_jobs(Dice& dice, Scenario& scenario) {
  const std::uint64_t count = dice.chance(50) ? 1 : dice.between(2, 6);
  for (std::uint64_t i = 0; i < count; ++i) {
    ScenarioJob job;
    job.id = fmt::format("job-{}", i + 1);
    if (i > 0 && dice.chance(50)) job.at = SteadyTime(dice.duration(0ms, 60s));
    job.issue = dice.chance(50) ? 1 : i + 1;
    job.installation = dice.chance(70) ? 1 : 2;
    scenario.jobs.push_back(std::move(job));
  }
}

template <class Rule>
void bind_to_a_runner(Dice& dice, const Scenario& scenario, Rule& rule) {
  if (scenario.runners > 1 && dice.chance(30))
    rule.runner = fmt::format("runner-{}", dice.between(1, scenario.runners));
}

std::vector<fakes::CallRange> random_calls(Dice& dice) {
  const std::uint64_t first = dice.between(1, 6);
  if (dice.chance(10)) return {{.first = first + 1, .last = UINT64_MAX, .step = first + 1}};
  if (dice.chance(60)) return {{first, first}};
  if (dice.chance(80)) return {{first, first + dice.between(1, 6)}};
  return {{first, UINT64_MAX}};
}

/// While a credential is refused no job ends: such a rule ends, and sometimes refuses everything until then.
void end_refusal(Dice& dice, fakes::HttpRule& rule) {
  const auto* status = std::get_if<fakes::DoStatus>(&rule.action);
  if (status == nullptr) return;
  const bool refuses = status->status == 401 || status->status == 402 || (status->status == 429 && status->body);
  if (!refuses) return;
  rule.until = SteadyTime(dice.chance(50) ? Duration(kTroubleEnds) : dice.duration(1s, 200s));
  if (dice.chance(30)) rule.calls.clear();
}

/// Sometimes replaces the wait that an answer asks for: by the longest that a call waits for itself, or by the longest
/// that a job is put off.
void make_hint_as_long_as_allowed(Dice& dice, const core::Config& config, core::Service service,
                                  fakes::HttpAction& action) {
  auto* status = std::get_if<fakes::DoStatus>(&action);
  auto* seconds = status == nullptr || !status->retry_after
                      ? nullptr
                      : std::get_if<fakes::RetryAfterSeconds>(&*status->retry_after);
  if (seconds == nullptr || !dice.chance(15)) return;
  const core::RetryPolicy& policy = service == core::Service::Llm ? config.llm.retry
                                    : dice.chance(50)             ? config.github.tools.retry
                                                                  : config.github.token.retry;
  seconds->delay = dice.chance(70) ? policy.longest_hint() : config.retry_after_ceiling;
}

template <std::size_t N>
void make_http_rules(Dice& dice, const Swarm& swarm, const std::array<std::string_view, N>& operations,
                     Scenario& scenario, std::vector<fakes::HttpRule>& rules) {
  const std::vector<const HttpFaultKind*> kinds = swarm.http_kinds();
  if (kinds.empty()) return;
  const core::Service service = &rules == &scenario.llm ? core::Service::Llm : core::Service::GitHub;
  const std::uint64_t count = dice.between(0, 4);
  for (std::uint64_t i = 0; i < count; ++i) {
    const HttpFaultKind& kind = *kinds[dice.between(0, kinds.size() - 1)];
    fakes::HttpRule rule;
    rule.on = dice.one_of(operations);
    if (dice.chance(30)) rule.job = scenario.jobs[dice.between(0, scenario.jobs.size() - 1)].id;
    rule.calls = random_calls(dice);
    if (dice.chance(20)) rule.probability_millionths = static_cast<std::uint32_t>(dice.between(1, 9)) * 100'000;
    if (kind.is_late || dice.chance(40)) rule.latency = dice.duration(0ms, kind.is_late ? 45s : 3s);
    kind.make(dice, scenario, service, rule);
    make_hint_as_long_as_allowed(dice, scenario.config, service, rule.action);
    end_refusal(dice, rule);
    bind_to_a_runner(dice, scenario, rule);
    rules.push_back(std::move(rule));
  }
}

/// All of them end, so that every job's end can be recorded at last.
void make_redis_rules(Dice& dice, const Scenario& scenario, std::vector<fakes::RedisRule>& rules) {
  constexpr std::array<std::string_view, 11> kOperations = {
      "*",           "script:claim", "script:claim",   "script:renew",   "script:complete", "script:requeue",
      "script:fail", "SUBSCRIBE",    "script:recover", "script:journal", "script:release"};
  constexpr std::array<std::string_view, 4> kErrors = {
      "LOADING Redis is loading the dataset in memory", "READONLY You can't write against a read only replica.",
      "BUSY Redis is busy running a script.", "OOM command not allowed when used memory > 'maxmemory'."};
  const std::uint64_t count = dice.between(1, 4);
  for (std::uint64_t i = 0; i < count; ++i) {
    fakes::RedisRule rule;
    rule.on = dice.one_of(kOperations);
    rule.calls = {{dice.between(1, 8), 0}};
    rule.calls[0].last = rule.calls[0].first + (dice.chance(60) ? 0 : dice.between(1, 5));
    rule.until = SteadyTime(kTroubleEnds);
    bind_to_a_runner(dice, scenario, rule);
    if (dice.chance(40)) rule.latency = dice.duration(0ms, 6s);
    switch (dice.between(0, 5)) {
      case 0:
        rule.action = fakes::DoError{std::string(dice.one_of(kErrors))};
        break;
      case 1:
        rule.action = fakes::DoReset{fakes::ResetWhen::Before};
        break;
      case 2:
      case 3:
        rule.action = fakes::DoReset{fakes::ResetWhen::After};
        break;
      case 4:
        rule.action = fakes::DoTimeout{};
        break;
      default:
        rule.action = fakes::DoFlushScripts{};
        break;
    }
    rules.push_back(std::move(rule));
  }
}

Duration longest_call(const core::RetryPolicy& policy, Duration timeout) {
  const Duration wait = std::max(policy.backoff.max_delay, policy.longest_hint()) * 5 / 4;
  return (timeout + wait) * policy.attempts.value_or(1);
}

/// That rules give.
Duration longest_hint(const Scenario& scenario) {
  Duration longest = 10min;
  for (const auto* rules : {&scenario.llm, &scenario.github}) {
    for (const fakes::HttpRule& rule : *rules) {
      const auto* status = std::get_if<fakes::DoStatus>(&rule.action);
      if (status == nullptr || !status->retry_after) continue;
      longest = std::max(longest, fakes::meant_by(*status->retry_after, {}).value_or(Duration::zero()));
    }
  }
  return longest;
}

}  // namespace

Duration longest_run(const Scenario& scenario) {
  const core::Config& config = scenario.config;
  // For each tool a token, and for each attempt of a comment a look-up over the issue's pages besides the create.
  constexpr std::uint64_t kLeastOfMany = 60;  // Comments on a page, where there are more than a few.
  std::uint64_t pages = scenario.forms == fakes::AnswerForms::Varied ? 10 : 1;
  for (const auto& [issue, existing] : scenario.github_state.comments)
    pages += (existing.count + kLeastOfMany - 1) / kLeastOfMany;
  const Duration tool =
      longest_call(config.github.token.retry, config.github.token.timeout) +
      longest_call(config.github.tools.retry, config.longest_timeout_of_tools() * static_cast<int>(1 + pages));
  const Duration turn = longest_call(config.llm.retry, config.llm.timeout) + tool * kMostToolsOfAnAnswer +
                        config.llm.min_interval * static_cast<int>(scenario.jobs.size());
  // A job is delayed by it and its jitter at most.
  const Duration hint = std::min(longest_hint(scenario), config.retry_after_ceiling) * 2;
  const Duration run = turn * config.llm.max_turns + config.jobs.retry.backoff.max_delay + hint + config.jobs.lease;
  return run * (config.jobs.retry.requeues + 2) * static_cast<int>(scenario.jobs.size());
}

Scenario random_scenario(std::uint64_t seed, std::uint64_t number) {
  const core::Random random = core::Random(seed).fork("fuzz").fork(number);
  Scenario scenario;
  scenario.title = fmt::format("fuzz-{}-{}", seed, number);
  scenario.file = scenario.title + ".json";
  scenario.why = fmt::format("World {} of the search with seed {}.", number, seed);
  scenario.seed = random.fork("seed").bits();
  scenario.start = kDefaultStart;
  if (random.fork("shuffled").chance(500'000)) scenario.schedule = random.fork("schedule").bits() >> 12;
  Dice dice(random.fork("dice"));
  const Swarm swarm(dice);
  scenario.runners = static_cast<std::uint32_t>(dice.chance(60) ? 1 : dice.between(2, 3));
  make_config(dice, scenario.config);
  make_jobs(dice, scenario);
  if (swarm.uses(Fault::Forms)) scenario.forms = fakes::AnswerForms::Varied;
  make_existing_comments(dice, scenario);
  constexpr std::array<std::string_view, 2> kLlm = {core::api::kChat.operation, "*"};
  constexpr std::array<std::string_view, 4> kGitHub = {core::api::kToken.operation, core::api::kCreateComment.operation,
                                                       core::api::kListComments.operation, "*"};
  make_http_rules(dice, swarm, kLlm, scenario, scenario.llm);
  make_http_rules(dice, swarm, kGitHub, scenario, scenario.github);
  if (swarm.uses(Fault::Redis)) make_redis_rules(dice, scenario, scenario.redis);
  make_world(dice, swarm, scenario);
  make_fate(Dice(random.fork("fate")), swarm, scenario);
  make_rare(Dice(random.fork("rare")), scenario);
  make_tools(Dice(random.fork("tools")), scenario);
  make_limits(Dice(random.fork("limits")), scenario);
  make_deadlines(Dice(random.fork("deadlines")), scenario);
  make_strategies(Dice(random.fork("strategies")), scenario);
  // What an operator brings back runs anew.
  const int runs = swarm.uses(Fault::Operator) ? 1 + kMostOperatorEntries : 1;
  const Duration last_job = scenario.jobs.back().at.time_since_epoch();
  scenario.limit = kTroubleEnds * 6 + last_job + longest_run(scenario) * runs;
  return scenario;
}

}  // namespace sim
