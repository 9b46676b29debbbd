#include "core/tools/labels.h"

#include <array>
#include <boost/json/serialize.hpp>

#include "core/json/filtered_json.h"
#include "core/json/members.h"

namespace core {

std::optional<std::string> told_labels(std::string_view list) {
  constexpr std::array<std::string_view, 1> kKeys = {"name"};
  const auto value = parse_filtered(list, {.keys = kKeys});
  if (!value || !value->is_array()) return std::nullopt;
  boost::json::array names;
  for (const boost::json::value& label : value->get_array()) {
    const auto name = label.is_object() ? text_member(label.get_object(), "name") : std::nullopt;
    if (!name) return std::nullopt;
    names.emplace_back(*name);
  }
  return boost::json::serialize(boost::json::object{{"labels", std::move(names)}});
}

}  // namespace core
