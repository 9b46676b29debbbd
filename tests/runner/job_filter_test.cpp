#include "runner/job_filter.h"

#include <gtest/gtest.h>

namespace runner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

core::QueuedJob failed(const char* reason, const char* api, std::optional<core::Duration> ago) {
  return {.id = "a", .reason = reason, .last_error = {.text = "down", .api = api}, .error_ago = ago};
}

TEST(JobFilter, that_says_nothing_means_all) {
  EXPECT_TRUE(JobFilter{}.is_empty());
  EXPECT_TRUE(JobFilter{}.matches(failed("", "", std::nullopt)));
}

TEST(JobFilter, goes_by_the_reason) {
  const JobFilter filter{.reason = core::JobFailReason::Exhausted};
  EXPECT_FALSE(filter.is_empty());
  EXPECT_TRUE(filter.matches(failed("exhausted", "llm.chat", hours(1))));
  EXPECT_FALSE(filter.matches(failed("malformed", "", hours(1))));
}

TEST(JobFilter, goes_by_the_api_or_by_what_its_name_begins_with) {
  const core::QueuedJob job = failed("exhausted", "github.comments.create", hours(1));
  for (const char* api : {"github", "github.comments", "github.comments.create"}) {
    EXPECT_TRUE(JobFilter{.api = api}.matches(job)) << api;
  }
  for (const char* api : {"git", "github.comments.c", "github.comments.create.x", "llm", "."}) {
    EXPECT_FALSE(JobFilter{.api = api}.matches(job)) << api;
  }
}

TEST(JobFilter, goes_by_the_age_where_it_is_known) {
  const JobFilter older{.older_than = hours(1)};
  const JobFilter newer{.newer_than = hours(1)};
  EXPECT_TRUE(older.matches(failed("", "", minutes(61))));
  EXPECT_FALSE(older.matches(failed("", "", minutes(59))));
  EXPECT_FALSE(newer.matches(failed("", "", minutes(61))));
  EXPECT_TRUE(newer.matches(failed("", "", minutes(59))));
  EXPECT_FALSE(older.matches(failed("", "", std::nullopt)));
  EXPECT_FALSE(newer.matches(failed("", "", std::nullopt)));
}

TEST(JobFilter, wants_all_that_it_says) {
  const JobFilter filter{.reason = core::JobFailReason::Exhausted, .api = "llm", .newer_than = hours(1)};
  EXPECT_TRUE(filter.matches(failed("exhausted", "llm.chat", minutes(1))));
  EXPECT_FALSE(filter.matches(failed("malformed", "llm.chat", minutes(1))));
  EXPECT_FALSE(filter.matches(failed("exhausted", "github.token", minutes(1))));
  EXPECT_FALSE(filter.matches(failed("exhausted", "llm.chat", hours(2))));
}

}  // namespace
}  // namespace runner
