// The tools that there are. Each is defined in the file of its name; whoever adds one names it here.
#pragma once

#include <array>
#include <memory>

#include "core/tools/github_tool.h"
#include "core/tools/tool.h"
#include "core/tools/tool_spec.h"

namespace core {

struct ToolEntry {
  ToolSpec spec;
  std::unique_ptr<Tool> (*make)(const ToolContext& context);
};

template <class Kind>
std::unique_ptr<Tool> make_tool(const ToolContext& context) {
  return std::make_unique<Kind>(context);
}

namespace tools {
const ToolEntry& comment_on_issue();
}  // namespace tools

inline constexpr std::array kAllTools{&tools::comment_on_issue};

}  // namespace core
