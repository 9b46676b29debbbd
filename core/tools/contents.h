// Files of a repository, as GitHub's contents API gives and takes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core {

/// Of a file or folder; an empty branch is the repository's own. `path` is one that is_file_path() takes: each of its
/// segments is encoded by itself.
std::string contents_path(std::string_view repo, std::string_view path, std::string_view branch);

struct FileContents {
  std::string sha;
  std::optional<std::string> text;  ///< Nothing: GitHub gives no text of so large a file.
};

/// Nothing: the answer is no file.
std::optional<FileContents> read_file_contents(std::string_view answer);

/// Whether there is a folder, a link or a submodule in a file's place.
bool is_something_else(std::string_view answer);

/// The words for the model about a file or a folder; nothing if GitHub's answer is neither.
std::optional<std::string> told_contents(std::string_view answer);

}  // namespace core
