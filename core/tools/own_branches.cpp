#include "core/tools/own_branches.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/api/api.h"
#include "core/text/ascii.h"
#include "core/tools/idempotency_key.h"

namespace core {

namespace {

/// Calls takes(segment) for each part between slashes; whether all were taken.
template <class Takes>
bool all_segments(std::string_view text, Takes takes) {
  for (;;) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    if (!takes(text.substr(0, slash))) return false;
    if (slash == text.size()) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_same_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, to_lower, to_lower);
}

/// A server that decodes once more than it should reads another path.
bool holds_encoded(std::string_view segment) {
  constexpr std::array<std::string_view, 4> kEncoded = {"%2e", "%2f", "%5c", "%25"};
  return std::ranges::any_of(kEncoded, [segment](std::string_view each) {
    return !std::ranges::search(segment, each, {}, to_lower, to_lower).empty();
  });
}

}  // namespace

bool is_branch_name(std::string_view name) {
  constexpr std::size_t kLongest = 244;
  constexpr std::string_view kForbidden = " ~^:?*[\\";
  constexpr std::array<std::string_view, 4> kFull = {"refs", "heads", "HEAD", "@"};
  if (name.empty() || name.size() > kLongest || name.starts_with('-')) return false;
  if (name.find("..") != std::string_view::npos || name.find("@{") != std::string_view::npos) return false;
  const auto is_bad = [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || kForbidden.find(c) != std::string_view::npos;
  };
  if (std::ranges::any_of(name, is_bad)) return false;
  if (std::ranges::find(kFull, name.substr(0, name.find('/'))) != kFull.end()) return false;
  return all_segments(name, [](std::string_view segment) {
    return !segment.empty() && !segment.starts_with('.') && !segment.ends_with('.') && !segment.ends_with(".lock");
  });
}

bool is_file_path(std::string_view path) {
  constexpr std::size_t kLongest = 1024;
  if (path.empty() || path.size() > kLongest) return false;
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\'; };
  if (std::ranges::any_of(path, is_bad)) return false;
  return all_segments(path, [](std::string_view segment) {
    // Git for Windows reads "git~1" and ".git " as ".git".
    std::string_view bare = segment;
    while (bare.ends_with(' ') || bare.ends_with('.')) bare.remove_suffix(1);
    return !bare.empty() && !is_same_word(bare, ".git") && !is_same_word(bare, "git~1") && !holds_encoded(segment);
  });
}

std::string own_branch(std::string_view name, std::string_view key) {
  constexpr std::size_t kDigits = 12;
  return fmt::format("{}{}-{}", kOwnBranches, name, key.substr(0, kDigits));
}

std::optional<std::string> told_by_last(const JobRun& run, std::string_view tool, std::string_view member) {
  const auto told = run.told.find(std::string(tool));
  if (told == run.told.end()) return std::nullopt;
  boost::system::error_code bad;
  const boost::json::value answer = boost::json::parse(told->second, bad);
  const boost::json::object* object = bad ? nullptr : answer.if_object();
  const boost::json::value* value = object == nullptr ? nullptr : object->if_contains(member);
  if (value == nullptr) return std::nullopt;
  return value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
}

std::string with_branch(boost::json::object intent, const JobRun& run, std::string_view member) {
  if (!intent.contains(member)) intent[member] = told_by_last(run, api::kCreateRef.tool, "branch").value_or("");
  return boost::json::serialize(intent);
}

std::optional<std::string> refuse_branch(const JobRun& run, std::string_view branch, std::uint32_t most) {
  constexpr std::string_view kTool = api::kCreateRef.tool;
  if (branch.empty()) {
    if (told_by_last(run, kTool, "branch")) return std::nullopt;
    return fmt::format("Refused: this job has made no branch; {} does.", kTool);
  }
  for (std::uint32_t ordinal = 1; ordinal <= most && is_branch_name(branch); ++ordinal) {
    const std::string key = idempotency_key(run.claimed.secret, run.claimed.id, kTool, ordinal);
    if (branch.starts_with(kOwnBranches) && branch.ends_with(own_branch("", key).substr(kOwnBranches.size()))) {
      return std::nullopt;
    }
  }
  return fmt::format("Refused: only branches that {} made for this job may be written to.", kTool);
}

}  // namespace core
