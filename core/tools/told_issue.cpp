#include "core/tools/told_issue.h"

#include <array>
#include <boost/json/serialize.hpp>

#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/text/cut.h"

namespace core {

namespace json = boost::json;

std::optional<std::string> told_issue(std::string_view issue, const JobSpec& job, const AskedIssue& asked,
                                      WithText with_text) {
  constexpr std::array<std::string_view, 7> kKeys = {"number", "title", "state", "labels", "name", "body", "comments"};
  const auto value = parse_filtered(issue, {.keys = kKeys});
  if (!value || !value->is_object()) return std::nullopt;
  const json::object& fields = value->get_object();
  const auto title = text_member(fields, "title"), state = text_member(fields, "state");
  if (!title || !state || number_member(fields, "number") != job.issue) return std::nullopt;
  if (!asked.state.empty() && *state != asked.state) return std::nullopt;
  if (!asked.title.empty() && *title != asked.title) return std::nullopt;
  json::object told{{"number", job.issue}, {"title", *title}, {"state", *state}};
  json::array& labels = told["labels"].emplace_array();
  const json::value* listed = fields.if_contains("labels");
  for (const json::value& label : listed != nullptr && listed->is_array() ? listed->get_array() : json::array()) {
    const auto name = label.is_object() ? text_member(label.get_object(), "name") : std::nullopt;
    if (name) labels.emplace_back(*name);
  }
  if (with_text == WithText::Yes) {
    told["comments"] = number_member(fields, "comments").value_or(0);
    told["body"] = cut_for_a_model(text_member(fields, "body").value_or(""));
  }
  return json::serialize(told);
}

}  // namespace core
