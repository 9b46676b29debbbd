// What the fake GitHub knows of issues and pull requests, which share their numbers, and of reviews. Any issue exists,
// open and without labels; what a client has changed or made is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time/time.h"

namespace fakes {

struct PullRequest {
  std::string head, base;  ///< Branches of the same repository.
  bool operator==(const PullRequest&) const = default;
};

struct Issue {
  std::uint64_t number = 0;
  std::string title, body;
  std::vector<std::string> labels;  ///< In the order in which they came.
  bool is_open = true;
  std::string reason;      ///< Why it was closed: "completed", "not_planned"; empty: it is open.
  std::string app;         ///< Who made it; empty: a person.
  core::WallTime created;  ///< A whole second.
  std::optional<PullRequest> pull;
  bool operator==(const Issue&) const = default;
};

struct Review {
  std::uint64_t id = 0;
  std::string body;
  std::string app;
  core::WallTime created;
};

/// Labels are the same in upper and lower case.
bool is_same_label(std::string_view one, std::string_view other);

class IssuesState {
 public:
  /// By value: as it is, changed or not.
  Issue find(std::string_view repository, std::uint64_t number) const;
  /// To be changed.
  Issue& at(std::string_view repository, std::uint64_t number);
  /// Gives it the next number: those of issues that clients made begin at 1001.
  const Issue& add(std::string_view repository, Issue issue);
  const Review& add_review(std::string_view repository, std::uint64_t number, Review review);
  const std::vector<Review>& reviews_of(std::string_view repository, std::uint64_t number) const;
  /// Those that are kept of a repository, the newest first.
  std::vector<const Issue*> of(std::string_view repository) const;

  /// All that can matter later.
  void describe_state(std::string& out) const;

 private:
  using Key = std::pair<std::string, std::uint64_t>;
  std::map<Key, Issue> issues_;
  std::map<Key, std::vector<Review>> reviews_;
  std::map<std::string, std::uint64_t, std::less<>> made_;  ///< By repository: how many.
  std::uint64_t review_count_ = 0;
};

}  // namespace fakes
