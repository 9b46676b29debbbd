// The layers of settings - a file, environment variables, flags - read as the one document that they make together.
// What a later layer says counts over what an earlier one says, value by value; each value remembers its layer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json/document.h"

namespace runner {

/// One source of values: a JSON object, and what errors and the table call it.
struct Layer {
  std::string name;
  core::input::Document document;
};

/// The layers, the weakest first, as one tree; its nodes' `layer` is an index into them. It refers to their texts.
struct MergedLayers {
  core::input::Node root{.kind = core::input::Kind::Object};
  /// JSON pointers of what one layer says and a later one says otherwise.
  std::vector<std::string> overridden;
};
MergedLayers merged(const std::vector<Layer>& layers);

/// `llm.timeout` and a value's JSON text, as the JSON text of an object that holds it there.
std::string object_with(std::string_view path, std::string_view json);

}  // namespace runner
