// The branches that jobs may make and write to. They have names of their own, so that no tool touches anybody else's.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/jobs/job_run.h"

namespace core {

inline constexpr std::string_view kOwnBranches = "rehearse/";

/// Whether git takes it for the name of a branch (git-check-ref-format, and GitHub's 244 bytes).
bool is_branch_name(std::string_view name);

/// A path within a repository: no segment of it is empty, ".", ".." or ".git", and nothing in it is read in two ways.
bool is_file_path(std::string_view path);

/// The branch that a call of create_branch makes: no other call, of this job or another, makes the same.
std::string own_branch(std::string_view name, std::string_view key);

/// A member of what that tool answered last in this run; nothing: it has not.
std::optional<std::string> told_by_last(const JobRun& run, std::string_view tool, std::string_view member);

/// As GitHubTool::intent_of() writes it of arguments that were not refused, with the job's last branch where they have
/// none.
std::string with_branch(boost::json::object intent, const JobRun& run, std::string_view member);

/// What is wrong with a tool's branch for this job, in words for the model; nothing if the job made it. An empty one
/// stands for the last that it made. `most` is how many a run may make.
std::optional<std::string> refuse_branch(const JobRun& run, std::string_view branch, std::uint32_t most);

}  // namespace core
