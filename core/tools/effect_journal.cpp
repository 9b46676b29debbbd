#include "core/tools/effect_journal.h"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>

#include "core/json/escape.h"
#include "core/json/filtered_json.h"

namespace core {

namespace {

std::string ended_entry(std::string_view state, std::string_view intent, std::string_view answer) {
  std::string text = "{\"state\":";
  append_json_string(text, state);
  text += ",\"body\":";
  append_json_string(text, intent);
  text += ",\"answer\":";
  append_json_string(text, answer);
  text += '}';
  return text;
}

std::string journalled_text(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::optional<EffectEntry> read_effect_entry(std::string_view text) {
  constexpr std::array<std::string_view, 3> kKeys = {"state", "body", "answer"};
  const auto value = parse_filtered(text, {.keys = kKeys});
  if (!value) return std::nullopt;
  if (const boost::json::array* begun = value->if_array()) {
    const bool is_whole = begun->size() == 3 && std::ranges::all_of(*begun, &boost::json::value::is_string);
    if (!is_whole || begun->front().get_string() != "started") return std::nullopt;
    return EffectEntry{.progress = EffectProgress::Unknown,
                       .key = std::string((*begun)[1].get_string()),
                       .intent = std::string((*begun)[2].get_string()),
                       .answer = {}};
  }
  if (!value->is_object()) return std::nullopt;
  const boost::json::object& kept = value->get_object();
  const std::string state = journalled_text(kept, "state");
  return EffectEntry{.progress = state == "done"      ? EffectProgress::Done
                                 : state == "started" ? EffectProgress::Unknown
                                                      : EffectProgress::None,
                     .key = {},
                     .intent = journalled_text(kept, "body"),
                     .answer = journalled_text(kept, "answer")};
}

std::string begun_entry(std::string_view key, std::string_view intent) {
  std::string text = "[\"started\",";
  append_json_string(text, key);
  text += ',';
  append_json_string(text, intent);
  text += ']';
  return text;
}

std::string done_entry(std::string_view intent, std::string_view answer) {
  return ended_entry("done", intent, answer);
}

std::string undone_entry() {
  return ended_entry("undone", {}, {});
}

}  // namespace core
