// A rule of a scenario: when it applies, and what then happens. Values only; the scenario page defines their meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/http/http.h"
#include "core/time/time.h"

namespace fakes {

/// Both ends included, from 1; an open end is UINT64_MAX. Of the range every `step`-th call, the first included:
/// {3, UINT64_MAX, 3} is every third one.
struct CallRange {
  std::uint64_t first = 1;
  std::uint64_t last = UINT64_MAX;
  std::uint64_t step = 1;  ///< At least 1.
  bool includes(std::uint64_t call) const { return first <= call && call <= last && (call - first) % step == 0; }
  bool operator==(const CallRange&) const = default;
};

struct UniformLatency {
  core::Duration low, high;
  bool operator==(const UniformLatency&) const = default;
};
struct LogNormalLatency {
  core::Duration median;
  std::uint32_t sigma_millionths = 0;
  std::optional<core::Duration> max;
  bool operator==(const LogNormalLatency&) const = default;
};
using Latency = std::variant<core::Duration, UniformLatency, LogNormalLatency>;

/// The spellings of a hint: `retry-after` in seconds, as an HTTP-date that far ahead (rounded up to the second),
/// `retry-after-ms`, and any text at all; the reset of a limit of which nothing remains; a delay in the body; and a
/// body that names a limit of GitHub's, which asks for a minute.
struct RetryAfterSeconds {
  core::Duration delay;
  bool operator==(const RetryAfterSeconds&) const = default;
};
struct RetryAfterDate {
  core::Duration ahead;
  bool operator==(const RetryAfterDate&) const = default;
};
struct RetryAfterMs {
  core::Duration delay;
  bool operator==(const RetryAfterMs&) const = default;
};
struct RetryAfterRaw {
  std::string text;
  bool operator==(const RetryAfterRaw&) const = default;
};
struct RetryAfterReset {
  /// Whose header: x-ratelimit-reset-requests or -tokens of a model, or GitHub's x-ratelimit-reset.
  enum class Of : std::uint8_t { Requests, Tokens, GitHub };
  /// How a model's is written: "6m0s", seconds, seconds or milliseconds since 1970. GitHub's is always EpochSeconds.
  enum class As : std::uint8_t { Duration, Seconds, EpochSeconds, EpochMs };
  core::Duration delay;
  Of of = Of::Requests;
  As as = As::Duration;
  bool operator==(const RetryAfterReset&) const = default;
};
struct RetryAfterBody {
  enum class As : std::uint8_t {
    RetryInfo,        ///< Google's {"@type": "...RetryInfo", "retryDelay": "34.07s"} in `details`, all in an array.
    RetryAfter,       ///< "retry_after" in seconds.
    RetryAfterMs,     ///< "retry_after_ms".
    TryAgainIn,       ///< OpenAI's "Please try again in 6m0s.".
    RetryAfterWords,  ///< Azure's "Please retry after 60 seconds.", in whole seconds.
    SecondsAndNanos,  ///< Google's RetryInfo with its duration in two members, "seconds" and "nanos".
    TwoWaits,         ///< Retry-After: 1, and a sentence with a second and "1 minute and 30 seconds", in whole seconds.
  };
  core::Duration delay;
  As as = As::RetryInfo;
  bool operator==(const RetryAfterBody&) const = default;
};
struct RetryAfterWords {
  enum class Words : std::uint8_t { Primary, Secondary, Abuse, TooQuickly };
  Words words = Words::Secondary;
  bool operator==(const RetryAfterWords&) const = default;
};
using RetryAfterSpelling = std::variant<RetryAfterSeconds, RetryAfterDate, RetryAfterMs, RetryAfterRaw, RetryAfterReset,
                                        RetryAfterBody, RetryAfterWords>;

// What happens to an HTTP request. `reset before`, `refuse`, `timeout` and a status leave the request undone.
struct DoStatus {
  int status = 500;
  std::optional<RetryAfterSpelling> retry_after;
  core::HttpHeaders headers;
  std::optional<std::string>
      body;  ///< JSON text as sent; a JSON string in the file is sent as it is. Absent: the service's own.
  bool operator==(const DoStatus&) const = default;
};
struct DoTimeout {
  bool operator==(const DoTimeout&) const = default;
};
struct DoRefuse {
  bool operator==(const DoRefuse&) const = default;
};
enum class ResetWhen : std::uint8_t { Before, After };
struct DoReset {
  ResetWhen when;
  bool operator==(const DoReset&) const = default;
};
struct DoTruncate {
  std::uint32_t millionths;  ///< The part of the body that arrives.
  bool operator==(const DoTruncate&) const = default;
};
struct DoGarbage {
  bool operator==(const DoGarbage&) const = default;
};
/// An answer that does not end (an extension of the page): a body, or a header block, of that many bytes.
struct DoFlood {
  enum class Part : std::uint8_t { Body, Headers } part;
  std::uint64_t bytes;
  bool operator==(const DoFlood&) const = default;
};
enum class GitHubLimit : std::uint8_t { Primary, Secondary };
/// What GitHub's limit is counted for: each credential by itself, or all tokens of an installation together, as the
/// service does.
enum class LimitOf : std::uint8_t { Credential, Installation };
struct DoRateLimit {
  std::uint64_t limit;
  core::Duration per;
  GitHubLimit kind = GitHubLimit::Primary;
  LimitOf of = LimitOf::Credential;  ///< An extension of the page.
  bool operator==(const DoRateLimit&) const = default;
};
struct DoText {  ///< llm only: the model answers with this text.
  std::string text;
  std::string thinking = {};  ///< Before the text, beside it; an extension of the page.
  std::string finish = {};    ///< The end's word; empty: the usual one. An extension of the page.
  bool operator==(const DoText&) const = default;
};
struct DoTool {  ///< llm only: the model asks for this tool.
  std::string tool;
  std::string arguments = "{}";  ///< A JSON object's text.
  std::string finish = {};       ///< As in DoText.
  bool operator==(const DoTool&) const = default;
};
struct DoTools {  ///< llm only: the model asks for all of these in one answer, in this order.
  std::vector<DoTool> tools;
  bool operator==(const DoTools&) const = default;
};
struct DoStall {                                ///< llm only: the answer stops within its body.
  std::uint32_t millionths;                     ///< The part of the body's bytes that comes at the rule's latency.
  std::optional<core::Duration> goes_on_after;  ///< After that long the rest comes. Absent: never.
  bool operator==(const DoStall&) const = default;
};
struct DoPace {          ///< llm only: the body comes in equal parts, the first at the rule's latency.
  std::uint32_t chunks;  ///< At least 1.
  core::Duration every;  ///< Between two parts.
  bool operator==(const DoPace&) const = default;
};
using HttpAction = std::variant<std::monostate, DoStatus, DoTimeout, DoRefuse, DoReset, DoTruncate, DoGarbage, DoFlood,
                                DoRateLimit, DoText, DoTool, DoTools, DoStall, DoPace>;

/// How the fake model of a world writes its answers: as the service of its protocol documents them, or each in a form
/// drawn from the seed (docs/dialects.md).
enum class AnswerForms : std::uint8_t { Plain, Varied };

struct DoError {
  std::string error;  ///< "LOADING Redis is loading the dataset in memory"
  bool operator==(const DoError&) const = default;
};
struct DoFlushScripts {
  bool operator==(const DoFlushScripts&) const = default;
};  ///< The script cache is emptied, then the command is done.
using RedisAction = std::variant<std::monostate, DoError, DoReset, DoTimeout, DoFlushScripts>;

template <class Action>
struct Rule {
  std::string on = "*";
  std::optional<std::string> job;
  std::optional<std::string> runner;  ///< Only what this runner sends.
  std::vector<CallRange> calls;       ///< Rising; empty: all.
  std::optional<core::SteadyTime> from, until;
  std::uint32_t probability_millionths = 1'000'000;
  Latency latency = core::Duration::zero();
  Action action;  ///< std::monostate: normal behaviour at that latency.
  bool operator==(const Rule&) const = default;
};
using HttpRule = Rule<HttpAction>;
using RedisRule = Rule<RedisAction>;

}  // namespace fakes
