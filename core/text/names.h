// The names that come from outside and that everybody checks alike: of repositories and of jobs.
#pragma once

#include <string_view>

namespace core {

/// "owner/name" in GitHub's characters: letters, digits, '-' and '_', in the name also '.', but neither "." nor "..";
/// an owner has up to 39 of them (those of Enterprise Managed Users end in "_" and a short code), a name up to 100.
bool is_repository(std::string_view text);

/// A job's id: 1-256 bytes of UTF-8 without control characters.
bool is_job_id(std::string_view text);

}  // namespace core
