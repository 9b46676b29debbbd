#include "sim/world/idle_rules.h"

#include <fmt/format.h>

#include "core/json/input_error.h"
#include "sim/scenario/rule_text.h"
#include "sim/world/services.h"

namespace sim {

namespace {

void add_idle(std::vector<IdleRule>& idle, std::string_view service, const std::vector<fakes::RuleUse>& uses) {
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (uses[i] != fakes::RuleUse::Considered) idle.push_back({service, i, uses[i] == fakes::RuleUse::Overruled});
  }
}

std::string conditions_in(const Scenario& scenario, const IdleRule& idle) {
  if (idle.service == "llm") return conditions_text(scenario.llm[idle.index]);
  if (idle.service == "github") return conditions_text(scenario.github[idle.index]);
  return conditions_text(scenario.redis[idle.index]);
}

}  // namespace

std::vector<IdleRule> idle_rules_of(const Services& services) {
  std::vector<IdleRule> idle;
  add_idle(idle, "llm", services.llm.rule_uses());
  add_idle(idle, "github", services.github.rule_uses());
  add_idle(idle, "redis", services.redis.faults().uses());
  return idle;
}

std::string describe(const IdleRule& idle, const Scenario& scenario) {
  const std::string conditions = conditions_in(scenario, idle);
  return fmt::format("{}[{}]{} {}", idle.service, idle.index,
                     conditions.empty() ? std::string() : " (" + core::printable(conditions, 400) + ")",
                     idle.overruled ? "never applied: earlier rules matched all of its calls" : "matched no call");
}

}  // namespace sim
