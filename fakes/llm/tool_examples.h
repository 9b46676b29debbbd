// What the fake model calls tools with when it is left alone.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace fakes {

/// Arguments of tools, as JSON, by their names.
using ToolExamples = std::map<std::string, std::string, std::less<>>;

}  // namespace fakes
