#include "core/config/config_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/guard_settings.h"
#include "core/config/strategy_json.h"
#include "core/json/choice.h"
#include "core/json/pretty.h"
#include "core/time/wide.h"

namespace core {

namespace {

using namespace input;

constexpr std::uint32_t kMaxAttempts = 1'000;
constexpr std::uint32_t kMaxToolCallsOfRun = 1'000;
constexpr std::uint32_t kMaxRecoveries = 1'000'000;
constexpr Decimal kMultiplier{.low_millionths = 1'000'000, .high_millionths = 1'000'000'000};
constexpr Decimal kJitterRatio{.low_millionths = 0, .high_millionths = 10'000'000};
constexpr Text kUrl{.accepted =
                        "a URL such as \"https://api.github.com\": http or https, a host, no user, query or "
                        "fragment",
                    .is_valid = is_http_url,
                    .pattern = "^https?://[^@?#\\s]+$"};

/// A URL may be mistyped so that it holds a password, and is therefore not shown when it is refused.
struct Url {
  bool may_be_empty = false;

  bool read(const At& at, std::string& value) const {
    if (may_be_empty && at.is(Kind::String) && at.node().text.empty()) {
      value.clear();
      return true;
    }
    return Secret{.accepted = kUrl.accepted, .is_valid = is_http_url}.read(at, value);
  }
  JsonObject schema(const std::string&) const {
    return string_schema(may_be_empty ? "^(https?://[^@?#\\s]+)?$" : kUrl.pattern);
  }
  Json write(const std::string& value) const { return kUrl.write(value); }
};

OneOf<JitterKind> jitter_kinds() {
  return {{{"none", JitterKind::None},
           {"spread", JitterKind::Spread},
           {"full", JitterKind::Full},
           {"equal", JitterKind::Equal},
           {"decorrelated", JitterKind::Decorrelated}}};
}

auto spread_type() {
  return object<Jitter>([](auto& io, Jitter& jitter) {
    io.required("spread", jitter.ratio, kJitterRatio, "The delay is spread by this ratio; 0.25 if not given.");
  });
}

/// "spread", or {"spread": 0.1}: the name alone leaves the ratio at its default.
struct JitterType {
  bool read(const At& at, Jitter& value) const {
    if (at.is(Kind::Object)) {
      value.kind = JitterKind::Spread;
      return spread_type().read(at, value);
    }
    value.ratio = Jitter{}.ratio;
    return jitter_kinds().read(at, value.kind);
  }
  JsonObject schema(const Jitter& value) const {
    return one_of_schemas({jitter_kinds().schema(value.kind), spread_type().schema(value)});
  }
  Json write(const Jitter& value) const {
    const bool plain = value.kind != JitterKind::Spread || value.ratio == Jitter{}.ratio;
    return plain ? jitter_kinds().write(value.kind) : spread_type().write(value);
  }
};

/// Says so where the range that jitter may use is narrower than asked for.
template <class Io>
void check_range(Io& io, const BackoffPolicy& backoff) {
  if constexpr (Io::kReads) {
    const StrategyKind kind = backoff.strategy.kind;
    if (kind == StrategyKind::Delays || kind == StrategyKind::Custom) return;
    if (backoff.initial_delay > backoff.max_delay) {
      io.warn_unless(false, "max_delay",
                     fmt::format("max_delay {} is below initial_delay {}: the range closes, every wait is max_delay",
                                 format_duration(backoff.max_delay), format_duration(backoff.initial_delay)));
      return;
    }
    const Wide ratio = backoff.jitter.ratio.millionths;
    const bool narrow =
        backoff.jitter.kind == JitterKind::Spread && ratio > 0 &&
        Wide{backoff.max_delay.count()} * 1'000'000 < Wide{backoff.initial_delay.count()} * (1'000'000 + ratio);
    io.warn_unless(!narrow, "max_delay",
                   fmt::format("max_delay {} is hardly above initial_delay {}: the range that the jitter spreads over "
                               "closes",
                               format_duration(backoff.max_delay), format_duration(backoff.initial_delay)));
  }
}

/// What contradicts itself: decorrelated jitter is a way to grow, and a listed delay beyond the cap would be cut.
template <class Io>
void check_strategy(Io& io, const BackoffPolicy& backoff) {
  if constexpr (Io::kReads) {
    const StrategyKind kind = backoff.strategy.kind;
    const bool decorrelated = backoff.jitter.kind == JitterKind::Decorrelated;
    io.check(!decorrelated || kind == StrategyKind::Exponential, io.has("jitter") ? "jitter" : "strategy",
             fmt::format("found decorrelated jitter with the strategy {}", name_of(kind)),
             "a jitter of none, spread, full or equal; decorrelated only with exponential");
    if (kind != StrategyKind::Delays) return;
    const Duration longest = *std::max_element(backoff.strategy.delays.begin(), backoff.strategy.delays.end());
    io.check(longest <= backoff.max_delay, io.has("strategy") ? "strategy" : "max_delay",
             fmt::format("found the delay {}, and max_delay is {}", format_duration(longest),
                         format_duration(backoff.max_delay)),
             "delays up to max_delay, or a longer max_delay");
  }
}

template <class Io>
void describe_backoff(Io& io, BackoffPolicy& backoff) {
  io.optional("strategy", backoff.strategy, StrategyType{},
              "How waits follow one another: exponential, each a multiple of the one before; constant; linear; a list "
              "of delays; or one that the program has registered.");
  const StrategyKind kind = backoff.strategy.kind;
  // The policy that this text is read over may have an increment, so the text always says the increment that counts.
  if (!Io::kReads && kind == StrategyKind::Linear)
    backoff.increment = backoff.increment.value_or(backoff.initial_delay);
  const std::string found = fmt::format("the strategy {}", name_of(kind));
  const auto only_with = [&found](bool holds, std::string_view accepted) {
    return OnlyWith{holds, "strategy", found, accepted};
  };
  io.optional_with(only_with(kind != StrategyKind::Delays, "initial_delay with every strategy but delays"),
                   "initial_delay", backoff.initial_delay, kPositiveDuration, "The wait before the first retry.");
  io.optional("max_delay", backoff.max_delay, kPositiveDuration, "No computed wait is longer.");
  io.optional_with(only_with(kind == StrategyKind::Exponential, "multiplier with the strategy exponential alone"),
                   "multiplier", backoff.multiplier, kMultiplier, "Each wait is this many times the one before.");
  io.optional_with(only_with(kind == StrategyKind::Linear, "increment with the strategy linear alone"), "increment",
                   backoff.increment, kPositiveDuration,
                   "Each wait is this much longer than the one before; initial_delay if not given.");
  io.optional("jitter", backoff.jitter, JitterType{}, "How chance changes a computed wait.");
  check_strategy(io, backoff);
  check_range(io, backoff);
}

auto retry_type() {
  return object<RetryPolicy>([](auto& io, RetryPolicy& retry) {
    io.optional("attempts", retry.attempts, Integer{1, kMaxAttempts}, "How often to try, the first time included.");
    describe_backoff(io, retry.backoff);
    io.optional("retry_after_max", retry.retry_after_max, kPositiveDuration,
                "The longest wait a server may ask for before the call gives up; max_delay if not given.");
  });
}

auto job_retry_type() {
  return object<JobRetryConfig>([](auto& io, JobRetryConfig& retry) {
    io.optional("requeues", retry.requeues, Integer{0, kMaxAttempts}, "How often a job is put back and run again.");
    describe_backoff(io, retry.backoff);
  });
}

auto tool_type(const RetryPolicy& common) {
  return object<ToolConfig>([common](auto& io, ToolConfig& tool) {
    if constexpr (std::remove_reference_t<decltype(io)>::kReads) tool.retry = common;
    io.optional("timeout", tool.timeout, kPositiveDuration,
                "How long to wait for an answer, in place of what all tools share.");
    io.optional("retry", tool.retry, retry_type(), "This tool's own policy, over the one that all tools share.");
    io.optional("most_calls", tool.most_calls, Integer{1, kMaxToolCallsOfRun},
                "How often one run of a job may call it.");
  });
}

auto github_call_type() {
  return object<GitHubCallConfig>([](auto& io, GitHubCallConfig& call) {
    io.optional("timeout", call.timeout, kPositiveDuration, "How long to wait for an answer.");
    io.optional("retry", call.retry, retry_type(), "How failed calls are retried.");
  });
}

/// Says so where a limit can never be reached, because the whole answer must have come before.
template <class Io>
void warn_of_idle_limits(Io& io, const LlmConfig& llm) {
  const auto reachable = [&llm](const std::optional<Duration>& limit) { return !limit || *limit < llm.timeout; };
  io.warn_unless(reachable(llm.first_byte_timeout), "first_byte_timeout",
                 "first_byte_timeout is not below timeout, which bounds the whole answer: it never has an effect");
  io.warn_unless(reachable(llm.idle_timeout), "idle_timeout",
                 "idle_timeout is not below timeout, which bounds the whole answer: it never has an effect");
}

auto llm_type() {
  return object<LlmConfig>([](auto& io, LlmConfig& llm) {
    io.optional("protocol", llm.protocol,
                OneOf<LlmProtocol>{{{"ollama", LlmProtocol::Ollama}, {"openai", LlmProtocol::OpenAi}}},
                "How to talk to the language model.");
    io.optional("url", llm.url, Url{.may_be_empty = true}, "Where it is; empty: the service's own address.");
    io.optional("model", llm.model,
                Text{"a name that is not empty, without control characters",
                     [](std::string_view text) { return is_not_empty(text) && has_no_control_characters(text); }},
                "The model's name.");
    io.optional("api_key", llm.api_key, Secret{"a string without control characters", has_no_control_characters},
                "Sent as a bearer token; none if empty.");
    io.optional("stream", llm.stream, Boolean{}, "Whether answers are asked for piece by piece.");
    io.optional("timeout", llm.timeout, kPositiveDuration, "How long to wait for a whole answer.");
    io.optional("first_byte_timeout", llm.first_byte_timeout, kPositiveDuration,
                "How long the first byte of an answer's body may take; not limited if not given.");
    io.optional("idle_timeout", llm.idle_timeout, kPositiveDuration,
                "How long the model may be silent between two bytes of an answer; not limited if not given.");
    warn_of_idle_limits(io, llm);
    io.optional("min_interval", llm.min_interval, DurationText{},
                "The least time between the starts of two requests of one worker process.");
    io.optional("max_turns", llm.max_turns, Integer{1, 1'000}, "How many answers one run of a job may take.");
    io.optional("retry", llm.retry, retry_type(), "How failed requests are retried.");
  });
}

auto github_type() {
  return object<GitHubConfig>([](auto& io, GitHubConfig& github) {
    io.optional("url", github.url, Url{}, "Where the API is.");
    io.optional("app_id", github.app_id,
                Text{"an App ID or client ID: letters, digits, dots",
                     [](std::string_view text) {
                       return text.size() <= 100 && text.find_first_not_of(
                                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                        "0123456789._-") == std::string_view::npos;
                     },
                     "^[A-Za-z0-9._-]*$"},
                "The App ID or client ID that tokens are asked for with.");
    io.optional(
        "app_slug", github.app_slug,
        Text{"an App's slug: letters, digits, hyphens",
             [](std::string_view text) {
               return text.size() <= 100 && text.find_first_not_of(
                                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "0123456789-") == std::string_view::npos;
             },
             "^[A-Za-z0-9-]*$"},
        "The App's name in addresses; its comments are those of the user NAME[bot]. Needed only for a GitHub that "
        "does not say which App wrote a comment.");
    io.optional("token", github.token, github_call_type(), "Calls that fetch an installation token.");
    io.optional("tools", github.tools, github_call_type(), "Calls that tools make.");
    io.optional("rate_limited_403", github.rate_limited_403,
                OneOf<RateLimited403>{{{"retry", RateLimited403::Retry}, {"fail", RateLimited403::Fail}}},
                "What a 403 that carries a rate limit's evidence is taken for.");
    io.optional("new_token_refused", github.new_token_refused,
                OneOf<NewTokenRefused>{{{"retry", NewTokenRefused::Retry}, {"fail", NewTokenRefused::Fail}}},
                "What a refusal of a token that GitHub's servers may not all know yet is taken for.");
  });
}

auto jobs_type() {
  return object<JobsConfig>([](auto& io, JobsConfig& jobs) {
    io.optional("retry", jobs.retry, job_retry_type(), "How jobs are put back into the queue.");
    io.optional("lease", jobs.lease, DurationText{.low = std::chrono::milliseconds(1)},
                "How long a job stays with a worker that is not heard of.");
    io.optional("recoveries", jobs.recoveries, Integer{0, kMaxRecoveries},
                "How often a job is run again after its worker was lost, before the job is given up.");
    io.optional("concurrency", jobs.concurrency, Integer{1, 1'000}, "How many jobs a worker process runs at once.");
    io.optional("deadline", jobs.deadline, DurationText{.low = Duration(1), .high = kLongestCeiling},
                "A job that has not ended so long after it was put in fails, unless it has a deadline of its own.");
  });
}

auto redis_type() {
  return object<RedisConfig>([](auto& io, RedisConfig& redis) {
    io.optional("key_prefix", redis.key_prefix, Text{"a string without control characters", has_no_control_characters},
                "Before every key; a {tag} in it keeps all keys on one node of a cluster.");
    io.optional("timeout", redis.timeout, kPositiveDuration, "How long to wait for a reply.");
    io.optional("retry", redis.retry, retry_type(), "How the worker's own commands are repeated.");
  });
}

auto config_type() {
  return object<Config>([](auto& io, Config& config) {
    const OneOf<Profile> profiles{
        {{"documented", Profile::Documented}, {"fleet", Profile::Fleet}, {"strict", Profile::Strict}}};
    [[maybe_unused]] const bool is_chosen =
        io.optional("profile", config.profile, profiles, "Which defaults the other options have.");
    // Before all others, which are read over it.
    if constexpr (std::remove_reference_t<decltype(io)>::kReads) {
      if (is_chosen) config.apply(config.profile);
    }
    io.optional("llm", config.llm, llm_type(), "The language model.");
    io.optional("github", config.github, github_type(), "GitHub.");
    // After "github": a tool's policy is read over the one that it overrides.
    io.optional("tools", config.tools, Map{Text{"a tool's name", is_not_empty}, tool_type(config.github.tools.retry)},
                "Single tools, by name.");
    io.optional("jobs", config.jobs, jobs_type(), "The queue.");
    io.optional("redis", config.redis, redis_type(), "The connection to Redis.");
    for_each_guard_section([&]<class Settings>(const GuardSection<Settings>& section) {
      io.optional(section.key, config.*section.member, section.type(), section.says);
    });
    io.optional("retry_after_ceiling", config.retry_after_ceiling,
                DurationText{.low = Duration(1), .high = kLongestCeiling},
                "A server that asks for a longer wait than this fails the job at once.");
  });
}

}  // namespace

bool ConfigType::read(const At& at, Config& config) const {
  return config_type().read(at, config);
}

JsonObject ConfigType::schema(const Config& defaults) const {
  return config_type().schema(defaults);
}

ConfigInput parse_config(std::string_view file, std::string_view text) {
  const auto document = parse_document(file, text);
  if (!document) return {.errors = {document.error()}};
  Report report{std::string(file)};
  Config config;
  ConfigType{}.read(At(document->root(), report), config);
  ConfigInput result{.errors = report.take_errors(), .warnings = report.take_warnings()};
  if (result.errors.empty()) result.config = std::move(config);
  return result;
}

std::string config_to_json(const Config& config) {
  return pretty_json(config_type().write(config));
}

std::string config_to_json_line(const Config& config) {
  return compact_json(config_type().write(config));
}

}  // namespace core
