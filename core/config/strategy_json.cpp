#include "core/config/strategy_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/json/choice.h"
#include "core/json/object.h"
#include "core/retry/strategy.h"

namespace core {

namespace {

using namespace input;

constexpr std::string_view kDelays = "delays", kCustom = "custom";
constexpr std::size_t kMostDelays = 1'000;
constexpr std::string_view kStructures =
    R"(an object with one of the keys delays, such as {"delays": ["1s", "5s"]}, and custom)";

OneOf<StrategyKind> plain_kinds() {
  return {{{"exponential", StrategyKind::Exponential},
           {"constant", StrategyKind::Constant},
           {"linear", StrategyKind::Linear}}};
}

/// The last one repeats, and is therefore not zero.
struct DelaysType {
  List<DurationText> list{.type = {}, .max_items = kMostDelays};

  bool read(const At& at, std::vector<Duration>& delays) const {
    if (!list.read(at, delays)) return false;
    if (delays.empty()) return at.error("found no delay", "one or more durations; the last one repeats");
    return delays.back() > Duration::zero() ||
           at.item(delays.size() - 1).error("found 0s as the last delay, which repeats", "a positive duration");
  }
  JsonObject schema(const std::vector<Duration>& delays) const {
    JsonObject schema = list.schema(delays);
    schema["minItems"] = 1;
    schema["maxItems"] = kMostDelays;
    return schema;
  }
};

bool read_custom(const At& at, const CustomStrategy*& custom) {
  std::string name;
  if (!NameOf{strategy_names()}.read(at, name)) return false;
  custom = find_strategy(name);
  return true;
}

bool read_structure(const At& at, Strategy& strategy) {
  const std::string_view keys[] = {kDelays, kCustom};
  const Node* chosen = nullptr;
  for (const Node& member : at.node().children) {
    if (std::ranges::find(keys, member.key) == std::end(keys)) return at.member(member).unknown_key(keys);
    if (chosen != nullptr && chosen->layer == member.layer) {
      return at.member(member).error("found " + quoted(member.key) + " beside " + quoted(chosen->key),
                                     "only one of delays, custom");
    }
    // Of several layers the strongest chooses.
    if (chosen == nullptr || chosen->layer < member.layer) chosen = &member;
  }
  if (chosen == nullptr) return at.error("found an empty object", "one of the keys delays, custom");
  Strategy read;
  read.kind = chosen->key == kDelays ? StrategyKind::Delays : StrategyKind::Custom;
  const bool ok = read.kind == StrategyKind::Delays ? DelaysType{}.read(at.member(*chosen), read.delays)
                                                    : read_custom(at.member(*chosen), read.custom);
  if (ok) strategy = std::move(read);
  return ok;
}

}  // namespace

bool StrategyType::read(const At& at, Strategy& value) const {
  if (at.is(Kind::Object)) return read_structure(at, value);
  Strategy read;
  const bool ok = plain_kinds().read(at.also_accepting(kStructures), read.kind);
  if (ok) value = std::move(read);
  return ok;
}

JsonObject StrategyType::schema(const Strategy& value) const {
  const auto structure = [](std::string_view key, std::string_view doc, JsonObject type) {
    type["description"] = json_text(doc);
    JsonObject properties;
    properties[boost::json::string_view(key.data(), key.size())] = std::move(type);
    return JsonObject{{"type", "object"},
                      {"properties", std::move(properties)},
                      {"required", boost::json::array{json_text(key)}},
                      {"additionalProperties", false}};
  };
  return one_of_schemas({plain_kinds().schema(value.kind),
                         structure(kDelays, "The waits one by one; the last one repeats.", DelaysType{}.schema({})),
                         structure(kCustom, "A strategy that the program has registered.", string_schema({}))});
}

Json StrategyType::write(const Strategy& value) const {
  boost::json::array delays;
  switch (value.kind) {
    case StrategyKind::Exponential:
    case StrategyKind::Constant:
    case StrategyKind::Linear:
      return plain_kinds().write(value.kind);
    case StrategyKind::Delays:
      for (const Duration delay : value.delays) delays.push_back(DurationText{}.write(delay));
      return JsonObject{{"delays", std::move(delays)}};
    case StrategyKind::Custom:
      return JsonObject{{"custom", json_text(value.custom->name)}};
  }
  return nullptr;
}

std::string_view name_of(StrategyKind kind) {
  switch (kind) {
    case StrategyKind::Exponential:
      return "exponential";
    case StrategyKind::Constant:
      return "constant";
    case StrategyKind::Linear:
      return "linear";
    case StrategyKind::Delays:
      return kDelays;
    case StrategyKind::Custom:
      return kCustom;
  }
  return {};
}

}  // namespace core
