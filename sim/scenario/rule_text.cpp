#include "sim/scenario/rule_text.h"

#include <fmt/format.h>

#include "core/json/pretty.h"
#include "core/time/text.h"

namespace sim {

namespace {

namespace json = boost::json;

json::string time_text(core::SteadyTime time) {
  return json::string(core::format_duration(time.time_since_epoch()));
}

/// A list of single calls, or one range.
json::value calls_of(const std::vector<fakes::CallRange>& calls) {
  if (calls.size() == 1) {
    const auto& [first, last, step] = calls[0];
    if (step != 1) return json::string(fmt::format("*/{}", step));
    if (first == last) return json::string(std::to_string(first));
    return json::string(last == UINT64_MAX ? fmt::format("{}-", first) : fmt::format("{}-{}", first, last));
  }
  json::array list;
  for (const fakes::CallRange& call : calls) list.emplace_back(call.first);
  return list;
}

}  // namespace

template <class Action>
json::object conditions_of(const fakes::Rule<Action>& rule) {
  json::object result;
  if (rule.on != "*") result["on"] = rule.on;
  if (rule.job) result["job"] = *rule.job;
  if (rule.runner) result["runner"] = *rule.runner;
  if (!rule.calls.empty()) result["calls"] = calls_of(rule.calls);
  if (rule.from) result["from"] = time_text(*rule.from);
  if (rule.until) result["until"] = time_text(*rule.until);
  return result;
}

template json::object conditions_of(const fakes::HttpRule& rule);
template json::object conditions_of(const fakes::RedisRule& rule);

std::string conditions_text(const json::object& conditions) {
  const std::string text = core::input::flat_json(conditions);
  return text.substr(1, text.size() - 2);
}

}  // namespace sim
