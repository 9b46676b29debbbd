// Shows what the model of a job may be given.
#include "core/json/pretty.h"
#include "core/json/types.h"
#include "core/tools/all_tools.h"
#include "core/tools/arguments.h"
#include "runner/commands/prepared.h"
#include "runner/options.h"

namespace runner {

namespace {

using namespace core::input;

JsonObject tool_to_json(const core::ToolSpec& spec) {
  return {{"name", json_text(spec.name())},    {"description", json_text(spec.description)},
          {"touches", json_text(spec.scope)},  {"once", json_text(spec.once)},
          {"api", json_text(spec.api.name)},   {"parameters", json_text(core::schema_of(spec))},
          {"example", json_text(spec.example)}};
}

}  // namespace

int tools_command(const ToolsOptions& options) {
  core::TerminalText text;
  for (const auto entry : core::kAllTools) {
    const core::ToolSpec& spec = entry().spec;
    if (options.json) {
      cli::print_json(compact_json(tool_to_json(spec)) + "\n");
      continue;
    }
    text.append("{}\n  {}\n  touches  {}\n  once     {}\n  calls    {}\n  such as  {}\n\n", spec.name(),
                spec.description, spec.scope, spec.once, spec.api.name, spec.example);
  }
  if (!options.json) cli::print(text);
  return kDone;
}

}  // namespace runner
