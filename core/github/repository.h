// What may stand for a repository: "owner/name" with the characters that GitHub allows in each.
#pragma once

#include <string_view>

namespace core {

/// Owner: up to 39 letters, digits, '-' and '_' (which managed users have). Name: up to 100 letters, digits, '-', '_'
/// and '.', but neither "." nor "..", which a URL would not keep.
bool is_repository(std::string_view text);

}  // namespace core
