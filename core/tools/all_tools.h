// The list of all tools. Each is defined in the file of its name; a new one gets its name in the list.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/tools/github_tool.h"
#include "core/tools/tool.h"
#include "core/tools/tool_spec.h"

namespace core {

template <class Kind>
std::unique_ptr<Tool> make_tool(const ToolContext& context) {
  return std::make_unique<Kind>(context);
}

namespace tools {
const ToolEntry& comment_on_issue();
const ToolEntry& edit_comment();
const ToolEntry& add_labels();
const ToolEntry& remove_label();
const ToolEntry& create_issue();
const ToolEntry& update_issue();
const ToolEntry& close_issue();
const ToolEntry& read_issue();
const ToolEntry& list_comments();
const ToolEntry& read_file();
const ToolEntry& search_code();
const ToolEntry& create_branch();
const ToolEntry& commit_file();
const ToolEntry& create_pull_request();
const ToolEntry& review_pull_request();
}  // namespace tools

inline constexpr std::array kAllTools{
    &tools::comment_on_issue, &tools::edit_comment,        &tools::add_labels,         &tools::remove_label,
    &tools::create_issue,     &tools::update_issue,        &tools::close_issue,        &tools::read_issue,
    &tools::list_comments,    &tools::read_file,           &tools::search_code,        &tools::create_branch,
    &tools::commit_file,      &tools::create_pull_request, &tools::review_pull_request};

std::vector<std::string_view> names_of_tools();
/// The example of each, by its name.
const std::map<std::string, std::string, std::less<>>& tool_examples();

}  // namespace core
