// The words for the model about an issue's labels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core {

/// Of GitHub's list of an issue's labels: {"labels":["bug"]}. Nothing: it is no such list.
std::optional<std::string> told_labels(std::string_view list);

}  // namespace core
