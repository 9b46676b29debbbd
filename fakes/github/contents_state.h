// What the fake GitHub knows of branches, files and commits. Any repository has a branch "main" with a README.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/time/time.h"

namespace fakes {

struct Commit {
  std::string sha;
  std::string message;
  std::string path;  ///< The file that it changed; empty: the first one.
  std::string app;
  core::WallTime made;
};

struct Branch {
  std::vector<Commit> commits;                            ///< The oldest first; one at least.
  std::map<std::string, std::string, std::less<>> files;  ///< By path: the text.
  const std::string& sha() const { return commits.back().sha; }
};

/// 40 hexadecimal digits, the same for the same text in every run.
std::string fake_sha(std::string_view text);

inline constexpr std::string_view kMainBranch = "main";

class ContentsState {
 public:
  /// Null: there is none.
  const Branch* find(std::string_view repository, std::string_view branch);
  Branch* change(std::string_view repository, std::string_view branch);
  /// Of the commit with that sha, wherever it is the last; null where no branch ends in it, or the name is taken.
  const Branch* add_branch(std::string_view repository, std::string_view branch, std::string_view sha);

  /// All that can matter later.
  void describe_state(std::string& out) const;

 private:
  using Branches = std::map<std::string, Branch, std::less<>>;
  Branches& of(std::string_view repository);
  std::map<std::string, Branches, std::less<>> repositories_;
};

}  // namespace fakes
