// The runner's configuration: values only, with the retry summary's numbers as defaults. How it is read from JSON is in
// config_json.h; durations are positive unless a comment says otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/api/api.h"
#include "core/retry/classify.h"
#include "core/retry/policy.h"
#include "core/time/time.h"

namespace core {

enum class LlmProtocol : std::uint8_t { Ollama, OpenAi };

struct LlmConfig {
  LlmProtocol protocol = LlmProtocol::Ollama;
  std::string url;  ///< Empty: the service's own, https://ollama.com/api or https://api.openai.com/v1.
  std::string model = "glm-4.6";
  std::string api_key;  ///< A secret. Empty: no Authorization header.
  bool stream = true;
  Duration timeout = std::chrono::seconds(30);  ///< For the whole answer.
  /// For the first byte of the answer's body, from the request's start, and for each silence within it (see
  /// HttpRequest). Absent: off.
  std::optional<Duration> first_byte_timeout, idle_timeout;
  Duration min_interval = std::chrono::milliseconds(100);  ///< May be zero.
  std::uint32_t max_turns = 10;                            ///< LLM answers that one run of a job may take.
  RetryPolicy retry{.attempts = 5,
                    .backoff = {.initial_delay = std::chrono::seconds(1), .max_delay = std::chrono::seconds(60)}};

  std::string base_url() const;
};

struct GitHubCallConfig {
  Duration timeout = std::chrono::seconds(10);
  RetryPolicy retry;
};

/// What a refusal of an installation token that is younger than ten seconds is taken for (reading 21).
enum class NewTokenRefused : std::uint8_t { Retry, Fail };

struct GitHubConfig {
  std::string url = "https://api.github.com";
  std::string app_id;  ///< The App's ID or client ID; there is no useful default.
  /// Its name in addresses: "my-app" of github.com/apps/my-app, whose comments are those of the user "my-app[bot]".
  /// Empty: any app's user is taken for its own where GitHub does not say which app wrote a comment.
  std::string app_slug;
  GitHubCallConfig token{
      .retry = {.attempts = 5,
                .backoff = {.initial_delay = std::chrono::seconds(1), .max_delay = std::chrono::seconds(30)}}};
  GitHubCallConfig tools{
      .retry = {.attempts = 3,
                .backoff = {.initial_delay = std::chrono::seconds(1), .max_delay = std::chrono::seconds(30)}}};
  RateLimited403 rate_limited_403 = RateLimited403::Retry;
  NewTokenRefused new_token_refused = NewTokenRefused::Retry;
};

/// How often one run of a job may call a tool. Its effects are the same ones in each run.
constexpr std::uint32_t kMostToolCalls = 20;

struct ToolConfig {
  RetryPolicy retry;                ///< In place of github.tools.retry.
  std::optional<Duration> timeout;  ///< In place of github.tools.timeout, where it is given.
  std::uint32_t most_calls = kMostToolCalls;
  bool operator==(const ToolConfig&) const = default;
};

/// Job level: `requeues` re-queues, so requeues + 1 runs.
struct JobRetryConfig {
  std::uint32_t requeues = 5;  ///< May be zero.
  BackoffPolicy backoff{.initial_delay = std::chrono::seconds(1),
                        .max_delay = std::chrono::seconds(60),
                        .jitter = {.kind = JitterKind::None}};
};

struct JobsConfig {
  JobRetryConfig retry;
  Duration lease = std::chrono::seconds(30);
  /// How often a job's lease may run out, since the job was put in, revived or last re-queued, before the job is taken
  /// for one that kills its workers and goes to the dead-letter list. May be zero.
  std::uint32_t recoveries = 3;
  std::uint32_t concurrency = 1;
  std::optional<Duration> deadline;  ///< See JobSpec; absent: none.
};

struct RedisConfig {
  std::string key_prefix;  ///< Before every key; a {tag} in it keeps all keys on one node of a cluster.
  Duration timeout = std::chrono::seconds(5);
  /// Of the core's own commands: repeated for as long as it takes, because a job's end must be recorded.
  RetryPolicy retry{.backoff = {.initial_delay = std::chrono::milliseconds(100), .max_delay = std::chrono::seconds(5)}};
};

/// Which defaults the other options have. `Documented` are those of the retry summary.
enum class Profile : std::uint8_t { Documented, Fleet, Strict };

/// How limits of services are kept. See core/limits.
struct LimitsConfig {
  bool adaptive = false;  ///< Whether calls wait for limits and learn what they allow; else each refusal is a failure.
  bool shared = true;     ///< Whether workers tell one another of refusals, through Redis.
  /// The longest that a call waits for a limit. A job that needs a longer wait goes back to the queue, delayed.
  Duration max_wait = std::chrono::minutes(10);
};

/// When a service is left alone because it fails. See core/breaker.
struct BreakerConfig {
  bool enabled = false;
  Ratio failure_ratio{500'000};  ///< Opens when that share of the window's calls has failed,
  Duration window = std::chrono::seconds(30);
  std::uint32_t minimum_calls = 10;              ///< if there were so many.
  Duration open_for = std::chrono::seconds(30);  ///< Twice as long each time that it opens again, up to:
  Duration longest_open = std::chrono::minutes(5);
  std::uint32_t probes = 1;  ///< So many calls have to go well before all are made again.
  Duration probe_timeout = std::chrono::minutes(1);
};

/// How many repeated calls a service gets. See core/limits/retry_budget.h.
struct BudgetConfig {
  bool enabled = false;
  Ratio ratio{200'000};        ///< Of the calls that are no repeats,
  std::uint32_t minimum = 10;  ///< and so many in a window.
  Duration window = std::chrono::seconds(10);
};

/// Ten years: what a job is delayed by must be exact in the queue, whose scores hold microseconds up to 2^53.
inline constexpr Duration kLongestCeiling = std::chrono::hours(24 * 365 * 10);

struct Config {
  Profile profile = Profile::Documented;  ///< Already applied.
  LlmConfig llm;
  GitHubConfig github;
  Duration retry_after_ceiling = kRetryAfterCeiling;  ///< At most kLongestCeiling.
  std::map<std::string, ToolConfig> tools;            ///< By name.
  JobsConfig jobs;
  RedisConfig redis;
  LimitsConfig limits;
  BreakerConfig breaker;
  BudgetConfig budget;

  const RetryPolicy& retry_for_tool(const std::string& tool) const;
  /// What governs the calls of an operation; a look-up is tried once all the same.
  const RetryPolicy& retry_of(const Api& api) const;
  Duration timeout_for_tool(const std::string& tool) const;
  /// Of one request. The core's own commands to Redis are bounded by it as a whole.
  Duration timeout_of(const Api& api) const;
  Duration longest_timeout_of_tools() const;
  /// Sets the options that profiles are about.
  void apply(Profile chosen);
  std::uint32_t most_calls_of_tool(const std::string& tool) const;
};

/// How settings are read, described and written: core/config/guard_settings.h.
template <class Settings>
class SettingsType;
// Each in the guard's own file.
const SettingsType<LimitsConfig>& limits_settings();
const SettingsType<BreakerConfig>& breaker_settings();
const SettingsType<BudgetConfig>& budget_settings();

/// A section of the configuration that is the settings of one guard (core/guards): its key, its type, and what it says.
/// The profile `fleet` turns on what has a switch named `enabled`.
template <class Settings>
struct GuardSection {
  std::string_view key;
  Settings Config::* member;
  const SettingsType<Settings>& (*type)();
  std::string_view says;
};
template <class Settings>
GuardSection(std::string_view, Settings Config::*, const SettingsType<Settings>& (*)(), std::string_view)
    -> GuardSection<Settings>;

inline constexpr std::tuple kGuardSections{
    GuardSection{"limits", &Config::limits, &limits_settings, "How limits of services are kept."},
    GuardSection{"breaker", &Config::breaker, &breaker_settings, "When a service that fails is left alone."},
    GuardSection{"budget", &Config::budget, &budget_settings, "How many repeated calls a service gets."},
};

/// Calls visit(section) with each of them.
template <class Visitor>
void for_each_guard_section(Visitor&& visit) {
  std::apply([&visit](const auto&... section) { (visit(section), ...); }, kGuardSections);
}

}  // namespace core
