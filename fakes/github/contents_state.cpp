#include "fakes/github/contents_state.h"

#include <fmt/compile.h>
#include <xxhash.h>

#include <algorithm>

#include "core/state.h"
#include "core/text/compose.h"

namespace fakes {

std::string fake_sha(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return core::compose(FMT_COMPILE("{:016x}{:016x}{:08x}"), hash.high64, hash.low64,
                       static_cast<std::uint32_t>(hash.high64 ^ hash.low64));
}

ContentsState::Branches& ContentsState::of(std::string_view repository) {
  const auto known = repositories_.find(repository);
  if (known != repositories_.end()) return known->second;
  Branches& branches = repositories_[std::string(repository)];
  Branch& main = branches[std::string(kMainBranch)];
  main.commits.push_back({.sha = fake_sha(repository), .message = "Begin", .path = {}, .app = {}, .made = {}});
  main.files["README.md"] = "# " + std::string(repository) + "\n";
  return branches;
}

const Branch* ContentsState::find(std::string_view repository, std::string_view branch) {
  return change(repository, branch);
}

Branch* ContentsState::change(std::string_view repository, std::string_view branch) {
  Branches& branches = of(repository);
  const auto found = branches.find(branch);
  return found == branches.end() ? nullptr : &found->second;
}

const Branch* ContentsState::add_branch(std::string_view repository, std::string_view branch, std::string_view sha) {
  Branches& branches = of(repository);
  const auto origin = std::ranges::find_if(branches, [sha](const auto& each) { return each.second.sha() == sha; });
  if (origin == branches.end() || branches.contains(branch)) return nullptr;
  return &branches.emplace(std::string(branch), Branch(origin->second)).first->second;
}

void ContentsState::describe_state(std::string& out) const {
  using core::append_state;
  append_state(out, repositories_.size());
  for (const auto& [repository, branches] : repositories_) {
    append_state(out, repository);
    append_state(out, branches.size());
    for (const auto& [name, branch] : branches) {
      append_state(out, name);
      append_state(out, branch.commits.size());
      for (const Commit& commit : branch.commits) append_state(out, commit.message);
      append_state(out, branch.files.size());
      for (const auto& [path, text] : branch.files) {
        append_state(out, path);
        append_state(out, text);
      }
    }
  }
}

}  // namespace fakes
