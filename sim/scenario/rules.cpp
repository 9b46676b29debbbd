#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/json/choice.h"
#include "core/text/names.h"
#include "fakes/waits_asked.h"
#include "sim/scenario/types.h"
#include "sim/scenario/waits.h"

namespace sim {

namespace {

using namespace core::input;
using namespace fakes;

constexpr std::string_view kHeaderNameCharacters =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";  // RFC 9110, 5.6.2: token.

bool is_header_name(std::string_view text) {
  return !text.empty() && text.size() <= 256 && text.find_first_not_of(kHeaderNameCharacters) == std::string_view::npos;
}

bool is_header_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f'); });
}

constexpr Text kHeaderValue{"a header's value: a string without line feeds and other control characters",
                            is_header_value};

/// A value may be a string, a number (sent as it is written) or a list of them: the header is then sent several times.
struct HeadersType {
  bool read(const At& at, core::HttpHeaders& headers) const {
    if (!at.is(Kind::Object)) return at.wrong_kind("an object of header names and values");
    bool ok = true;
    for (const Node& member : at.node().children) {
      const At here = at.member(member);
      if (!is_header_name(member.key)) {
        ok = here.error("the header name " + quoted(member.key), "letters, digits and !#$%&'*+-.^_`|~");
      } else if (here.is(Kind::Array)) {
        for (std::size_t i = 0; i < member.children.size(); ++i)
          ok = read_value(here.item(i), member.key, headers) && ok;
      } else {
        ok = read_value(here, member.key, headers) && ok;
      }
    }
    return ok;
  }
  JsonObject schema(const core::HttpHeaders&) const {
    boost::json::array one = {"string", "number"};
    boost::json::array any = {"string", "number", "array"};
    return {{"type", "object"}, {"additionalProperties", {{"type", any}, {"items", {{"type", one}}}}}};
  }

 private:
  static bool read_value(const At& at, std::string_view name, core::HttpHeaders& headers) {
    std::string value(at.node().text);
    if (!at.is(Kind::Number) && !kHeaderValue.read(at, value)) return false;
    headers.push_back({std::string(name), std::move(value)});
    return true;
  }
};

/// Any JSON; a string stands for its own text.
struct BodyType {
  bool read(const At& at, std::string& body) const {
    body = at.is(Kind::String) ? std::string(at.node().text) : to_json(at.node());
    return true;
  }
  JsonObject schema(const std::string&) const { return {}; }
};

struct JsonObjectText {
  bool read(const At& at, std::string& text) const {
    if (!at.is(Kind::Object)) return at.wrong_kind("an object");
    text = to_json(at.node());
    return true;
  }
  JsonObject schema(const std::string&) const { return {{"type", "object"}}; }
};

/// What both services spell alike.
auto retry_after_forms() {
  using Spelling = RetryAfterSpelling;
  return std::tuple{Form{"date",
                         [](auto& io, Spelling& spelling) {
                           io.required("date", spelling.emplace<RetryAfterDate>().ahead, DurationText{},
                                       "An HTTP-date that far ahead.");
                         }},
                    Form{"ms",
                         [](auto& io, Spelling& spelling) {
                           io.required("ms", spelling.emplace<RetryAfterMs>().delay, DurationText{},
                                       "As retry-after-ms.");
                         }},
                    Form{"raw", [](auto& io, Spelling& spelling) {
                           io.required("raw", spelling.emplace<RetryAfterRaw>().text, kHeaderValue, "Any text at all.");
                         }}};
}

auto llm_retry_after_forms() {
  using Spelling = RetryAfterSpelling;
  return std::tuple{Form{"reset",
                         [](auto& io, Spelling& spelling) {
                           auto& reset = spelling.emplace<RetryAfterReset>();
                           io.required("reset", reset.delay, DurationText{},
                                       "As x-ratelimit-reset-*, with nothing remaining.");
                           io.optional("of", reset.of, reset_of_names(), "Which limit's reset.");
                           io.optional("as", reset.as, reset_as_names(), "How it is written.");
                         }},
                    Form{"body", [](auto& io, Spelling& spelling) {
                           auto& body = spelling.emplace<RetryAfterBody>();
                           io.required("body", body.delay, DurationText{}, "A body that asks to wait so long.");
                           io.optional("as", body.as, body_as_names(), "How it asks.");
                         }}};
}

auto github_retry_after_forms() {
  using Spelling = RetryAfterSpelling;
  return std::tuple{Form{"reset",
                         [](auto& io, Spelling& spelling) {
                           auto& reset = spelling.emplace<RetryAfterReset>();
                           reset.of = RetryAfterReset::Of::GitHub;
                           io.required("reset", reset.delay, DurationText{},
                                       "As x-ratelimit-reset, with nothing remaining.");
                         }},
                    Form{"words", [](auto& io, Spelling& spelling) {
                           io.required("words", spelling.emplace<RetryAfterWords>().words, limit_words_names(),
                                       "A body that names a limit, and no header.");
                         }}};
}

template <class Forms>
auto retry_after_type(Forms forms) {
  using Spelling = RetryAfterSpelling;
  return ByKind{
      converted<core::Duration, Spelling>(DurationText{}, [](core::Duration d) { return RetryAfterSeconds{d}; }),
      one_form_of<Spelling>(std::tuple_cat(retry_after_forms(), forms))};
}

auto latency_type() {
  return ByKind{
      converted<core::Duration, Latency>(DurationText{}, [](core::Duration d) { return d; }),
      one_form_of<Latency>(std::tuple{
          Form{"uniform",
               [](auto& io, Latency& latency) {
                 std::vector<core::Duration> ends;
                 auto& uniform = latency.emplace<UniformLatency>();
                 if (!io.required("uniform", ends, List{DurationText{}}, "Evenly between two durations.")) return;
                 io.check(ends.size() == 2, "uniform", fmt::format("found {} durations", ends.size()),
                          "two, such as [\"10ms\", \"50ms\"]");
                 if (ends.size() != 2) return;
                 uniform = {ends[0], ends[1]};
                 io.check(ends[0] <= ends[1], "uniform", "the second duration is shorter than the first");
               }},
          Form{"lognormal", [](auto& io, Latency& latency) {
                 const auto type = object<LogNormalLatency>([](auto& inner, LogNormalLatency& log) {
                   inner.required("median", log.median, kPositiveDuration, "Half of the latencies are shorter.");
                   inner.required("sigma", log.sigma_millionths, Decimal{0, 10'000'000},
                                  "The standard deviation of the latency's logarithm.");
                   if (inner.optional("max", log.max, kPositiveDuration, "Longer ones are cut to this.")) {
                     inner.check(*log.max >= log.median, "max", "max is shorter than the median");
                   }
                 });
                 io.required("lognormal", latency.emplace<LogNormalLatency>(), type, "Log-normally distributed.");
               }}})};
}

/// "100MB": a whole number of B, KB, MB or GB (powers of 1,000).
struct SizeType {
  bool read(const At& at, std::uint64_t& bytes) const {
    const std::string_view text = at.node().text;
    std::uint64_t number = 0;
    if (at.is(Kind::String)) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
      constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {
          {"B", 1}, {"KB", 1'000}, {"MB", 1'000'000}, {"GB", 1'000'000'000}};
      for (const auto& [name, size] : kUnits) {
        if (error != std::errc() || unit != name || number == 0 || number > kMaxBytes / size) continue;
        bytes = number * size;
        return true;
      }
    }
    return at.expected("a size such as \"100MB\": a whole number of B, KB, MB or GB, at most 1000000GB");
  }
  JsonObject schema(std::uint64_t) const { return string_schema("^[0-9]+(B|KB|MB|GB)$"); }

 private:
  static constexpr std::uint64_t kMaxBytes = 1'000'000'000'000'000;
};

auto flood_type() {
  return ByKind{converted<std::uint64_t, DoFlood>(
                    SizeType{}, [](std::uint64_t bytes) { return DoFlood{DoFlood::Part::Body, bytes}; }),
                one_form_of<DoFlood>(
                    std::tuple{Form{"body",
                                    [](auto& io, DoFlood& flood) {
                                      flood.part = DoFlood::Part::Body;
                                      io.required("body", flood.bytes, SizeType{}, "A body of this size.");
                                    }},
                               Form{"headers", [](auto& io, DoFlood& flood) {
                                      flood.part = DoFlood::Part::Headers;
                                      io.required("headers", flood.bytes, SizeType{}, "A header block of this size.");
                                    }}})};
}

OneOf<ResetWhen> reset_type() {
  return {{{"before", ResetWhen::Before}, {"after", ResetWhen::After}}};
}

constexpr std::string_view kResetDoc = "The connection is reset: before the effect, or after it with the answer lost.";

/// The action `Done`, which is no more than its name: {"timeout": true}.
template <class Done, class Action>
auto plain_form(std::string_view key, std::string_view doc) {
  return Form{key,
              [key, doc](auto& io, Action& action) { io.required(key, action.template emplace<Done>(), True{}, doc); }};
}

template <class Action>
auto reset_form() {
  return Form{"reset", [](auto& io, Action& action) {
                io.required("reset", action.template emplace<DoReset>().when, reset_type(), kResetDoc);
              }};
}

auto rate_limit_type(core::Service service) {
  return object<DoRateLimit>([service](auto& io, DoRateLimit& limit) {
    io.required("limit", limit.limit, Integer{1, 1'000'000'000}, "How many requests a window allows.");
    io.required("per", limit.per, kPositiveDuration, "The window's length, from its first request.");
    if (service != core::Service::GitHub) return;
    io.optional("kind", limit.kind,
                OneOf<GitHubLimit>{{{"primary", GitHubLimit::Primary}, {"secondary", GitHubLimit::Secondary}}},
                "Which of GitHub's two limits.");
  });
}

/// What both HTTP services may do.
auto http_forms(core::Service service) {
  return std::tuple{
      Form{"status",
           [service](auto& io, HttpAction& action) {
             auto& done = action.emplace<DoStatus>();
             constexpr std::string_view kHint = "The wait that the answer asks for.";
             io.required("status", done.status, Integer{100, 599}, "The answer's status; the operation is not done.");
             if (service == core::Service::Llm) {
               io.optional("retry_after", done.retry_after, retry_after_type(llm_retry_after_forms()), kHint);
             } else {
               io.optional("retry_after", done.retry_after, retry_after_type(github_retry_after_forms()), kHint);
             }
             io.optional("headers", done.headers, HeadersType{}, "Further headers; a list sends one several times.");
             io.optional("body", done.body, BodyType{}, "JSON, or a string that is sent as it is.");
             io.check(!done.body || !done.retry_after || !is_in_the_body(*done.retry_after), "body",
                      "the wait that the answer asks for is its body already");
           }},
      plain_form<DoTimeout, HttpAction>("timeout", "Never answers."),
      plain_form<DoRefuse, HttpAction>("refuse", "The connection is refused."),
      reset_form<HttpAction>(),
      Form{"truncate",
           [](auto& io, HttpAction& action) {
             io.required("truncate", action.emplace<DoTruncate>().millionths, Decimal{},
                         "This part of the body arrives, then the connection closes.");
           }},
      plain_form<DoGarbage, HttpAction>("garbage", "A complete 200 that is not what was asked for."),
      Form{"flood",
           [](auto& io, HttpAction& action) {
             io.required("flood", action.emplace<DoFlood>(), flood_type(), "A body (or header block) of that size.");
           }},
      Form{"rate_limit", [service](auto& io, HttpAction& action) {
             io.required("rate_limit", action.emplace<DoRateLimit>(), rate_limit_type(service),
                         "The service's own limiter, with its real headers.");
           }}};
}

/// A word of a service that exists, or of one to come.
constexpr Text kFinish{
    "the word for an answer's end, such as \"length\" or \"content_filter\", up to 64 bytes",
    [](std::string_view text) { return text.size() <= 64 && is_not_empty(text) && has_no_control_characters(text); }};
constexpr std::string_view kFinishDoc = "Why the answer ended, in the service's word; absent: the usual one.";

auto llm_action_type() {
  return one_form_of<HttpAction>(std::tuple_cat(
      http_forms(core::Service::Llm),
      std::tuple{Form{"text",
                      [](auto& io, HttpAction& action) {
                        auto& done = action.emplace<DoText>();
                        io.required("text", done.text, Text{}, "The model answers with this text; empty: with none.");
                        io.optional("thinking", done.thinking, Text{}, "What it thinks before it answers.");
                        io.optional("finish", done.finish, kFinish, kFinishDoc);
                      }},
                 Form{"tool", [](auto& io, HttpAction& action) {
                        auto& done = action.emplace<DoTool>();
                        done.arguments = "{}";
                        io.required("tool", done.tool, Text{"a tool's name", is_not_empty},
                                    "The model asks for this tool.");
                        io.optional("arguments", done.arguments, JsonObjectText{}, "What it asks the tool for.");
                        io.optional("finish", done.finish, kFinish, kFinishDoc);
                      }}}));
}

auto github_action_type() {
  return one_form_of<HttpAction>(http_forms(core::Service::GitHub));
}

auto redis_action_type() {
  return one_form_of<RedisAction>(std::tuple{
      Form{"error",
           [](auto& io, RedisAction& action) {
             io.required(
                 "error", action.emplace<DoError>().error,
                 Text{"an error reply such as \"LOADING Redis is loading the dataset in memory\", on one line",
                      [](std::string_view text) { return is_not_empty(text) && has_no_control_characters(text); }},
                 "The server's error reply; the command is not done.");
           }},
      reset_form<RedisAction>(), plain_form<DoTimeout, RedisAction>("timeout", "Never replies."),
      plain_form<DoFlushScripts, RedisAction>("flush_scripts",
                                              "The script cache is emptied, then the command is done.")});
}

/// "1", "1-3", "5-", or a rising list of single calls.
struct CallsType {
  static constexpr std::string_view kAccepted =
      "which calls, counted from 1: \"1\", \"1-3\", \"5-\" or a rising list such as [1, 4]";

  bool read(const At& at, std::vector<CallRange>& calls) const {
    if (at.is(Kind::Array)) return read_list(at, calls);
    const std::string_view text = at.node().text;
    CallRange range;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [after_first, bad_first] = std::from_chars(begin, end, range.first);
    if (!at.is(Kind::String) || bad_first != std::errc() || range.first == 0) return at.expected(kAccepted);
    if (after_first == end) {
      range.last = range.first;
    } else if (*after_first != '-') {
      return at.expected(kAccepted);
    } else if (after_first + 1 != end) {
      const auto [after_last, bad_last] = std::from_chars(after_first + 1, end, range.last);
      if (bad_last != std::errc() || after_last != end) return at.expected(kAccepted);
      if (range.last < range.first) return at.expected("a range that rises");
    }
    calls = {range};
    return true;
  }
  JsonObject schema(const std::vector<CallRange>&) const {
    return one_of_schemas(
        {string_schema("^[1-9][0-9]*(-([1-9][0-9]*)?)?$"),
         JsonObject{{"type", "array"}, {"items", JsonObject{{"type", "integer"}, {"minimum", 1}}}, {"minItems", 1}}});
  }

 private:
  static bool read_list(const At& at, std::vector<CallRange>& calls) {
    std::vector<std::uint64_t> numbers;
    if (!List{Integer{1, UINT64_MAX}}.read(at, numbers)) return false;
    if (numbers.empty()) return at.error("found an empty list", kAccepted);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (i > 0 && numbers[i] <= numbers[i - 1]) return at.item(i).expected("a number above the one before it");
      calls.push_back({numbers[i], numbers[i]});
    }
    return true;
  }
};

/// A Redis operation: a command's name, or one of the queue's scripts.
struct RedisOperation {
  static constexpr std::string_view kScripts[] = {"script:enqueue",  "script:claim",   "script:renew",
                                                  "script:complete", "script:requeue", "script:fail",
                                                  "script:recover",  "script:journal", "script:release"};

  bool read(const At& at, std::string& value) const {
    const std::string_view text = at.node().text;
    const std::string accepted = "\"*\", a command such as EVALSHA, " + joined(kScripts);
    if (!at.is(Kind::String)) return at.expected(accepted);
    const bool script = std::find(std::begin(kScripts), std::end(kScripts), text) != std::end(kScripts);
    const bool command = !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    if (text != "*" && !script && !command) return at.expected(accepted, nearest_name(text, kScripts));
    value = text;
    const std::string as_script = "script:" + value;
    if (std::find(std::begin(kScripts), std::end(kScripts), as_script) != std::end(kScripts)) {
      at.warning("there is no Redis command " + quoted(text) + "; the queue's script is " + quoted(as_script));
    }
    return true;
  }
  JsonObject schema(const std::string&) const {
    return string_schema("^(\\*|[A-Za-z]{1,32}|script:(enqueue|claim|renew|complete|requeue|fail|recover|journal))$");
  }
  Json write(const std::string& value) const { return json_text(value); }
};

/// A rule is large, and a few bytes of a file make one.
constexpr std::size_t kMaxRules = 100'000;

constexpr Text kJobId{"a job's id: 1 to 256 bytes, no control characters", core::is_job_id};

template <class Rule, class Operation, class ActionType>
auto rule_type(Operation operation, ActionType action) {
  return object<Rule>([operation, action](auto& io, Rule& rule) {
    io.optional("on", rule.on, operation, "The operation that the rule is for.");
    io.optional("job", rule.job, kJobId, "Only requests made for this job.");
    io.optional("calls", rule.calls, CallsType{}, "Which of the matching requests, counted from 1.");
    io.optional("from", rule.from, DurationText{}, "From this virtual time on.");
    io.optional("until", rule.until, kPositiveDuration, "Before this virtual time.");
    io.check(!rule.until || rule.from.value_or(core::SteadyTime()) < *rule.until, "until",
             "\"until\" is not after \"from\"");
    io.optional("probability", rule.probability_millionths, Decimal{}, "The chance per request.");
    io.optional("latency", rule.latency, latency_type(), "The time from sending to the whole response.");
    io.optional("do", rule.action, action, "What happens; without it the fake behaves normally at that latency.");
  });
}

auto llm_rules() {
  return List{rule_type<HttpRule>(NameOf{{"*", "chat", "generate", "tags", "version", "models"}}, llm_action_type()),
              kMaxRules};
}

auto github_rules() {
  return List{rule_type<HttpRule>(NameOf{{"*", "token", "comments.create", "comments.list", "comments.get",
                                          "rate_limit", "issues.get", "repos.get", "app.get"}},
                                  github_action_type()),
              kMaxRules};
}

auto redis_rules() {
  return List{rule_type<RedisRule>(RedisOperation{}, redis_action_type()), kMaxRules};
}

}  // namespace

bool LlmRulesType::read(const At& at, std::vector<HttpRule>& rules) const {
  return llm_rules().read(at, rules);
}
JsonObject LlmRulesType::schema(const std::vector<HttpRule>& rules) const {
  return llm_rules().schema(rules);
}
bool GitHubRulesType::read(const At& at, std::vector<HttpRule>& rules) const {
  return github_rules().read(at, rules);
}
JsonObject GitHubRulesType::schema(const std::vector<HttpRule>& rules) const {
  return github_rules().schema(rules);
}
bool RedisRulesType::read(const At& at, std::vector<RedisRule>& rules) const {
  return redis_rules().read(at, rules);
}
JsonObject RedisRulesType::schema(const std::vector<RedisRule>& rules) const {
  return redis_rules().schema(rules);
}

}  // namespace sim
