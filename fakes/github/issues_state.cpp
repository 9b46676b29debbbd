#include "fakes/github/issues_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/http/http.h"
#include "core/state.h"

namespace fakes {

namespace {

constexpr std::uint64_t kFirstMade = 1001, kFirstReview = 3'000'000'001;
/// 2025-01-01.
constexpr core::WallTime kOld(std::chrono::seconds(1'735'689'600));

Issue never_touched(std::uint64_t number) {
  Issue issue{.number = number, .title = fmt::format("Issue {}", number), .body = "It does not work."};
  issue.created = kOld;
  return issue;
}

}  // namespace

bool is_same_label(std::string_view one, std::string_view other) {
  return core::equal_ignoring_case(one, other);
}

Issue IssuesState::find(std::string_view repository, std::uint64_t number) const {
  const auto found = issues_.find({std::string(repository), number});
  return found == issues_.end() ? never_touched(number) : found->second;
}

Issue& IssuesState::at(std::string_view repository, std::uint64_t number) {
  return issues_.try_emplace({std::string(repository), number}, never_touched(number)).first->second;
}

const Issue& IssuesState::add(std::string_view repository, Issue issue) {
  std::uint64_t& made = made_[std::string(repository)];
  while (issues_.contains({std::string(repository), kFirstMade + made})) ++made;
  issue.number = kFirstMade + made++;
  const Key key{std::string(repository), issue.number};
  return issues_.emplace(key, std::move(issue)).first->second;
}

const Review& IssuesState::add_review(std::string_view repository, std::uint64_t number, Review review) {
  review.id = kFirstReview + review_count_++;
  return reviews_[{std::string(repository), number}].emplace_back(std::move(review));
}

const std::vector<Review>& IssuesState::reviews_of(std::string_view repository, std::uint64_t number) const {
  static const std::vector<Review> kNone;
  const auto found = reviews_.find({std::string(repository), number});
  return found == reviews_.end() ? kNone : found->second;
}

std::vector<const Issue*> IssuesState::of(std::string_view repository) const {
  std::vector<const Issue*> issues;
  for (auto entry = issues_.lower_bound({std::string(repository), 0}); entry != issues_.end(); ++entry) {
    if (entry->first.first != repository) break;
    issues.push_back(&entry->second);
  }
  // total order: no two issues have one number
  std::ranges::sort(issues, [](const Issue* a, const Issue* b) {
    return std::pair(a->created, a->number) > std::pair(b->created, b->number);
  });
  return issues;
}

void IssuesState::describe_state(std::string& out) const {
  using core::append_state;
  append_state(out, issues_.size());
  for (const auto& [key, issue] : issues_) {
    append_state(out, key.first);
    append_state(out, key.second);
    append_state(out, issue.title);
    append_state(out, issue.body);
    append_state(out, issue.labels.size());
    for (const std::string& label : issue.labels) append_state(out, label);
    append_state(out, issue.is_open);
    append_state(out, issue.reason);
  }
  append_state(out, reviews_.size());
  for (const auto& [key, reviews] : reviews_) {
    append_state(out, key.first);
    append_state(out, key.second);
    append_state(out, reviews.size());
    for (const Review& review : reviews) append_state(out, review.body);
  }
}

}  // namespace fakes
