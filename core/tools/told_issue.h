// The words for the model about the job's issue.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/queue/job.h"

namespace core {

enum class WithText : std::uint8_t { No, Yes };
/// What an issue must be; empty: it may be anything.
struct AskedIssue {
  std::string state = {}, title = {};
};

/// Of GitHub's issue: its number, title, state and labels, with or without its text. Nothing: it is no issue, not what
/// was asked for, or another than the job's, as where it was moved to another repository.
std::optional<std::string> told_issue(std::string_view issue, const JobSpec& job, const AskedIssue& asked,
                                      WithText with_text = WithText::No);

}  // namespace core
