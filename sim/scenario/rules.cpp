// When a rule applies.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/json/choice.h"
#include "core/queue/script_text.h"
#include "core/text/names.h"
#include "fakes/github/endpoint.h"
#include "fakes/redis/command.h"
#include "sim/scenario/rule_text.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace core::input;
using namespace fakes;

struct RangeType {
  static constexpr List<DurationText> kEnds{};

  bool read(const At& at, UniformLatency& uniform) const {
    std::vector<core::Duration> ends;
    if (!kEnds.read(at, ends)) return false;
    if (ends.size() != 2)
      return at.error(fmt::format("found {} durations", ends.size()), "two, such as [\"10ms\", \"50ms\"]");
    uniform = {ends[0], ends[1]};
    return ends[0] <= ends[1] || at.error("the second duration is shorter than the first");
  }
  JsonObject schema(const UniformLatency&) const { return kEnds.schema(std::vector<core::Duration>()); }
  std::string file_text(const UniformLatency& uniform) const {
    return kEnds.file_text(std::vector{uniform.low, uniform.high});
  }
};

auto latency_type() {
  const auto uniform = [](auto& io, UniformLatency& latency) {
    io.required("uniform", latency, RangeType{}, "Evenly between two durations.");
  };
  const auto drawn = object<LogNormalLatency>([](auto& io, LogNormalLatency& latency) {
    io.required("median", latency.median, kPositiveDuration, "Half of the latencies are shorter.");
    io.required("sigma", latency.sigma_millionths, Decimal{0, 10'000'000},
                "The standard deviation of the latency's logarithm.");
    if (io.optional("max", latency.max, kPositiveDuration, "Longer ones are cut to this.")) {
      io.check(*latency.max >= latency.median, "max", "max is shorter than the median");
    }
  });
  const auto log_normal = [drawn](auto& io, LogNormalLatency& latency) {
    io.required("lognormal", latency, drawn, "Log-normally distributed.");
  };
  return ByKind{alternative<core::Duration>(DurationText{}),
                one_form_of<Latency>(std::tuple{alternative_form<UniformLatency>("uniform", uniform),
                                                alternative_form<LogNormalLatency>("lognormal", log_normal)})};
}

/// "1", "1-3", "5-", every third one as "*/3", or a rising list of single calls.
struct CallsType {
  static constexpr std::string_view kAccepted =
      "which calls, counted from 1: \"1\", \"1-3\", \"5-\", every third one as \"*/3\", or a rising list such as [1, "
      "4]";

  bool read(const At& at, std::vector<CallRange>& calls) const {
    if (at.is(Kind::Array)) return read_list(at, calls);
    const std::string_view text = at.node().text;
    CallRange range;
    if (at.is(Kind::String) && text.starts_with("*/")) return read_step(at, text.substr(2), calls);
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
        {string_schema("^(0*[1-9][0-9]*(-(0*[1-9][0-9]*)?)?|\\*/0*[1-9][0-9]*)$"),
         JsonObject{{"type", "array"}, {"items", JsonObject{{"type", "integer"}, {"minimum", 1}}}, {"minItems", 1}}});
  }
  /// Of every call: empty.
  std::string file_text(const std::vector<CallRange>& calls) const {
    if (calls.empty()) return {};
    if (calls.size() > 1) {
      std::vector<std::uint64_t> numbers;
      for (const CallRange& call : calls) numbers.push_back(call.first);
      return fmt::format("[{}]", fmt::join(numbers, ", "));
    }
    const auto& [first, last, step] = calls[0];
    if (step != 1) return fmt::format("\"*/{}\"", step);
    if (first == last) return fmt::format("\"{}\"", first);
    return last == UINT64_MAX ? fmt::format("\"{}-\"", first) : fmt::format("\"{}-{}\"", first, last);
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

  static bool read_step(const At& at, std::string_view number, std::vector<CallRange>& calls) {
    std::uint64_t step = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), step);
    if (error != std::errc() || end != number.data() + number.size() || step == 0) return at.expected(kAccepted);
    calls = {{.first = step, .last = UINT64_MAX, .step = step}};
    return true;
  }
};

/// "script:claim" and its like.
const std::vector<std::string>& script_operations() {
  static const std::vector<std::string> operations = [] {
    std::vector<std::string> names;
    for (const core::Script* script : core::kQueueScripts) names.push_back(fmt::format("script:{}", script->name));
    return names;
  }();
  return operations;
}

/// A Redis operation: a command's name, in any case, or one of the queue's scripts.
struct RedisOperation {
  bool read(const At& at, std::string& value) const {
    const std::string_view text = at.node().text;
    const std::vector<std::string>& scripts = script_operations();
    const std::vector<std::string_view> names(scripts.begin(), scripts.end());
    const std::string accepted = "\"*\", a command of Redis such as EVALSHA, " + joined(names);
    if (!at.is(Kind::String)) return at.expected(accepted);
    const bool is_script = std::ranges::find(scripts, text) != scripts.end();
    const bool is_command = text.find('|') == std::string_view::npos && redis::find_command(text) != nullptr;
    if (text != "*" && !is_script && !is_command) return at.expected(accepted, nearest_operation(text));
    value = text;
    return true;
  }
  JsonObject schema(const std::string&) const {
    return string_schema(fmt::format("^(\\*|[A-Za-z]{{1,32}}|{})$", fmt::join(script_operations(), "|")));
  }
  Json write(const std::string& value) const { return json_text(value); }

 private:
  static std::string nearest_operation(std::string_view text) {
    std::vector<std::string_view> names;
    for (const std::string& operation : script_operations()) {
      const std::string_view name = operation;
      if (name.substr(name.find(':') + 1) == text) return operation;
      names.push_back(name);
    }
    for (const redis::CommandSpec& command : redis::all_commands()) {
      if (command.name.find('|') == std::string_view::npos) names.push_back(command.name);
    }
    return nearest_name(text, names);
  }
};

/// A rule is large, and a few bytes of a file make one.
constexpr std::size_t kMaxRules = 100'000;

constexpr Text kJobId{"a job's id: 1 to 256 bytes, no control characters", core::is_job_id};

template <class Io, class Rule, class Operation>
void describe_conditions(Io& io, Rule& rule, std::uint32_t runners, const Operation& operation) {
  io.optional("on", rule.on, operation, "The operation that the rule is for.");
  io.optional("job", rule.job, kJobId, "Only requests made for this job.");
  io.optional("runner", rule.runner, RunnerName{runners}, "Only what this runner sends.");
  io.optional("calls", rule.calls, CallsType{}, "Which of the matching requests, counted from 1.");
  io.optional("from", rule.from, DurationText{}, "From this virtual time on.");
  io.optional("until", rule.until, kPositiveDuration, "Before this virtual time.");
  io.check(!rule.until || rule.from.value_or(core::SteadyTime()) < *rule.until, "until",
           "\"until\" is not after \"from\"");
}

template <class Rule, class Operation, class ActionType>
auto rule_type(std::uint32_t runners, Operation operation, ActionType action) {
  return object<Rule>([runners, operation, action](auto& io, Rule& rule) {
    describe_conditions(io, rule, runners, operation);
    io.optional("probability", rule.probability_millionths, Decimal{}, "The chance per request.");
    io.optional("latency", rule.latency, latency_type(), "The time from sending to the whole response.");
    io.optional("do", rule.action, action, "What happens; without it the fake behaves normally at that latency.");
  });
}

/// Without the braces.
template <class Rule>
std::string conditions_of(const Rule& rule) {
  const auto type = object<Rule>([](auto& io, Rule& described) { describe_conditions(io, described, 1, Text{}); });
  const std::string text = type.file_text(rule);
  return text.substr(1, text.size() - 2);
}

auto llm_rules(std::uint32_t runners) {
  return List{
      rule_type<HttpRule>(runners, NameOf{{"*", "chat", "generate", "tags", "version", "models"}}, LlmActionType{}),
      kMaxRules};
}

auto github_rules(std::uint32_t runners) {
  const auto names = fakes::github_operation_names();
  NameOf operations{{"*"}};
  operations.names.insert(operations.names.end(), names.begin(), names.end());
  return List{rule_type<HttpRule>(runners, std::move(operations), GitHubActionType{}), kMaxRules};
}

auto redis_rules(std::uint32_t runners) {
  return List{rule_type<RedisRule>(runners, RedisOperation{}, RedisActionType{}), kMaxRules};
}

}  // namespace

std::string conditions_text(const HttpRule& rule) {
  return conditions_of(rule);
}
std::string conditions_text(const RedisRule& rule) {
  return conditions_of(rule);
}

bool LlmRulesType::read(const At& at, std::vector<HttpRule>& rules) const {
  return llm_rules(runners).read(at, rules);
}
JsonObject LlmRulesType::schema(const std::vector<HttpRule>& rules) const {
  return llm_rules(runners).schema(rules);
}
std::vector<std::string> LlmRulesType::file_texts(const std::vector<HttpRule>& rules) const {
  return llm_rules(runners).file_texts(rules);
}
bool GitHubRulesType::read(const At& at, std::vector<HttpRule>& rules) const {
  return github_rules(runners).read(at, rules);
}
JsonObject GitHubRulesType::schema(const std::vector<HttpRule>& rules) const {
  return github_rules(runners).schema(rules);
}
std::vector<std::string> GitHubRulesType::file_texts(const std::vector<HttpRule>& rules) const {
  return github_rules(runners).file_texts(rules);
}
bool RedisRulesType::read(const At& at, std::vector<RedisRule>& rules) const {
  return redis_rules(runners).read(at, rules);
}
JsonObject RedisRulesType::schema(const std::vector<RedisRule>& rules) const {
  return redis_rules(runners).schema(rules);
}
std::vector<std::string> RedisRulesType::file_texts(const std::vector<RedisRule>& rules) const {
  return redis_rules(runners).file_texts(rules);
}

}  // namespace sim
