// Searches the files of the job's repository.
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "core/http/http.h"
#include "core/http/percent.h"
#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/tools/all_tools.h"
#include "core/tools/request_tool.h"

namespace core {

namespace {

class SearchCode final : public RequestTool {
 public:
  explicit SearchCode(const ToolContext& context) : RequestTool(context, tools::search_code()) {}

 private:
  std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun&) const override {
    return refuse_query(text_member(accepted, "query").value_or(""));
  }
  GitHubRequest request_of(const PendingEffect& effect) const override {
    const std::string query = text_member(effect.intent(), "query").value_or("") + " repo:" + effect.access.repo;
    return {.path = "/search/code?per_page=50&q=" + percent_encode(query)};
  }
  /// GitHub joins places by "or": whatever lies elsewhere is not told.
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect& effect) const override {
    constexpr std::array<std::string_view, 6> kKeys = {
        "items", "path", "repository", "full_name", "incomplete_results", "total_count"};
    const auto value = parse_filtered(answer.body, {.keys = kKeys});
    const boost::json::object* found = value && value->is_object() ? &value->get_object() : nullptr;
    const boost::json::value* items = found == nullptr ? nullptr : found->if_contains("items");
    if (items == nullptr || !items->is_array()) return std::nullopt;
    boost::json::array files;
    for (const boost::json::value& item : items->get_array()) {
      const boost::json::object* fields = item.if_object();
      const auto path = fields == nullptr ? std::nullopt : text_member(*fields, "path");
      const boost::json::object* repository = fields == nullptr ? nullptr : object_member(*fields, "repository");
      if (!path || repository == nullptr) return std::nullopt;
      const std::string name = text_member(*repository, "full_name").value_or("");
      if (equal_ignoring_case(name, effect.access.repo)) files.emplace_back(*path);
    }
    boost::json::object told{{"files", std::move(files)}};
    const boost::json::value* incomplete = found->if_contains("incomplete_results");
    if (incomplete != nullptr && incomplete->is_bool() && incomplete->get_bool()) told["incomplete"] = true;
    return boost::json::serialize(told);
  }

  /// Of the words with a colon only those that name no other place; and no word that joins.
  static std::optional<std::string> refuse_query(std::string_view query) {
    constexpr std::array<std::string_view, 5> kMay = {"language:", "path:", "filename:", "extension:", "in:"};
    if (std::ranges::count(query, '"') % 2 != 0) return "Refused: a quotation mark of \"query\" has no partner.";
    bool has_term = false;
    for (std::size_t at = 0; at < query.size();) {
      const std::size_t end = std::min(query.find(' ', at), query.size());
      const std::string_view word = query.substr(at, end - at);
      at = end + 1;
      if (word == "OR" || word == "AND" || word == "NOT") return "Refused: \"query\" may not join searches.";
      const bool may = std::ranges::any_of(kMay, [word](std::string_view each) { return word.starts_with(each); });
      const bool has_colon = word.find(':') != std::string_view::npos;
      if (has_colon && !may)
        return "Refused: \"query\" may be limited by language:, path:, filename:, extension: and in: only.";
      has_term |= !word.empty() && !has_colon;
    }
    if (!has_term) return "Refused: \"query\" has no word to look for.";
    return std::nullopt;
  }
};

}  // namespace

const ToolEntry& tools::search_code() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {
      {"query", "Words to look for; language:, path:, filename:, extension: and in: limit where.", Line, Mandatory,
       200}};
  static const ToolEntry entry{
      {.api = api::kSearchCode,
       .description = "Searches the files of the repository, as they are on its own branch, for words.",
       .parameters = kParameters,
       .example = R"({"query":"hello"})",
       .scope = "the job's repository",
       .once = "it only reads"},
      &make_tool<SearchCode>};
  return entry;
}

}  // namespace core
