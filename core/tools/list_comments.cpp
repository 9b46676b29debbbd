// Reads the comments on the job's issue, a page at a time.
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <array>

#include "core/github/link_header.h"
#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/text/cut.h"
#include "core/tools/all_tools.h"
#include "core/tools/idempotency_key.h"
#include "core/tools/request_tool.h"

namespace core {

namespace {

class ListComments final : public RequestTool {
 public:
  explicit ListComments(const ToolContext& context) : RequestTool(context, tools::list_comments()) {}

 private:
  GitHubRequest request_of(const PendingEffect& effect) const override {
    const std::uint64_t page = number_member(effect.intent(), "page").value_or(1);
    return {.path = in_issue(effect.run.spec, fmt::format("/comments?per_page={}&page={}", kPerPage, page)),
            .max_body_bytes = kLongestPage};
  }
  std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect& effect) const override {
    constexpr std::array<std::string_view, 4> kKeys = {"id", "body", "user", "login"};
    const auto list = parse_filtered(answer.body, {.keys = kKeys});
    if (!list || !list->is_array()) return std::nullopt;
    boost::json::array comments;
    for (const boost::json::value& each : list->get_array()) {
      const boost::json::object* fields = each.if_object();
      const auto id = fields == nullptr ? std::nullopt : number_member(*fields, "id");
      if (!id) return std::nullopt;
      const boost::json::object* user = object_member(*fields, "user");
      const std::string author = user == nullptr ? "" : text_member(*user, "login").value_or("");
      const std::string text = cut_for_a_model(without_markers(text_member(*fields, "body").value_or("")), kMostBytes);
      comments.push_back({{"id", *id}, {"author", author}, {"body", text}});
    }
    boost::json::object told{{"comments", std::move(comments)}};
    const std::uint64_t page = number_member(effect.intent(), "page").value_or(1);
    if (has_next_page(answer.headers)) told["next_page"] = page + 1;
    return boost::json::serialize(told);
  }
  static constexpr int kPerPage = 30;
  static constexpr std::size_t kMostBytes = 4'000;
  static constexpr std::size_t kLongestPage = 32UL * 1024 * 1024;
};

}  // namespace

const ToolEntry& tools::list_comments() {
  using enum Parameter::Kind;
  using enum Parameter::Need;
  static constexpr Parameter kParameters[] = {{"page", "Which page, from 1; 30 comments make one.", Whole, Optional}};
  static const ToolEntry entry{{.api = api::kReadComments,
                                .description = "Reads the comments on the issue that this job is about, oldest first.",
                                .parameters = kParameters,
                                .example = R"({})",
                                .scope = "the job's issue",
                                .once = "it only reads"},
                               &make_tool<ListComments>};
  return entry;
}

}  // namespace core
