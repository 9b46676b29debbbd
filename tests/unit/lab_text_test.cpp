// The laboratory's tables as text and as JSON.
#include "sim/lab/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

LabResult some_rows() {
  LabResult result;
  FleetRow kept{.cell = {find_limited_service("openai"), find_fleet_strategy("adaptive-shared"), 50}};
  kept.jobs = kept.completed = 500;
  kept.calls = 1033;
  kept.passed = 1000;
  kept.refused = 33;
  kept.completed_at = kept.longest_wait = 1'149'949ms;
  kept.waits = 500 * std::uint64_t{575'000'000'000};
  result.fleet.push_back(kept);
  FleetRow bad{.cell = {find_limited_service("ollama"), find_fleet_strategy("none"), 50}};
  bad.jobs = bad.dead = 500;
  bad.calls = bad.refused = 15'300;
  bad.faults = {{fakes::FaultKind::NoBackoff, 600}, {fakes::FaultKind::TooManyAttempts, 500}};
  bad.violations = {{"liveness", 1}};
  result.fleet.push_back(bad);
  for (const ContentionStrategy& strategy : contention_strategies()) {
    if (strategy.name == "equal") continue;
    result.contention.push_back({{&strategy, 10}, 4, 203, 40, 163, 1'810ms});
  }
  result.cells = 7;
  return result;
}

LabOptions options_of_rows() {
  LabOptions options;
  options.services = {find_limited_service("openai"), find_limited_service("ollama")};
  options.contenders = {10};
  options.contention.runs = 4;
  return options;
}

TEST(LabText, is_a_table) {
  EXPECT_EQ(lab_text(options_of_rows(), some_rows()).str(),
            R"(== openai: 50 calls (chat) pass in 60s, the others get 429 with Retry-After-Ms

clients  strategy          jobs   calls  per success  refused  completed  dead letters      time  of ideal  longest/mean  verdict
     50  adaptive-shared    500    1033         1.03       3%        500             0   1149.9s      1.01          2.00  no fault

== ollama: 50 calls (chat) pass in 60s, the others get 429 that tells nothing

clients  strategy          jobs   calls  per success  refused  completed  dead letters      time  of ideal  longest/mean  verdict
     50  none               500   15300            -     100%          0           500         -         -             -  no_backoff 600, too_many_attempts 500, VIOLATED liveness 1

targets: at most 1.2 calls a success and 1.1 of the ideal time where a refusal tells the wait, 2 and 1.5 where it does not, and no job lost, no fault: kept in 1 of 1 rows

== contention for one record: each client writes it once; means of 4 runs

writes until all clients have succeeded, those in vain, too
clients          none   exponential          full         equal  decorrelated
     10            51            51            51             ?            51

time until all clients have succeeded
clients          none   exponential          full         equal  decorrelated
     10         0.45s         0.45s         0.45s             ?         0.45s
)");
}

TEST(LabText, names_the_targets_that_are_missed) {
  LabResult result = some_rows();
  result.fleet[0].calls = 1300;
  const std::string text = lab_text(options_of_rows(), result).str();
  EXPECT_THAT(text, HasSubstr("no fault: kept in 0 of 1 rows\n"
                              "missed: openai, adaptive-shared, 50 clients: 1.30 calls a success, not 1.20\n"));
  result.fleet.erase(result.fleet.begin());
  EXPECT_THAT(lab_text(options_of_rows(), result).str(), Not(HasSubstr("targets:")));
}

TEST(LabJson, is_one_object) {
  const boost::json::value value = boost::json::parse(lab_json(options_of_rows(), some_rows()));
  EXPECT_FALSE(value.at("complete").as_bool());
  const boost::json::value& fleet = value.at("fleet");
  EXPECT_EQ(fleet.at("per_ns").as_int64(), 60'000'000'000);
  const boost::json::array& rows = fleet.at("rows").as_array();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("strategy").as_string(), "adaptive-shared");
  EXPECT_TRUE(rows[0].at("tells_the_wait").as_bool());
  EXPECT_EQ(rows[0].at("successes").as_int64(), 1000);
  EXPECT_EQ(rows[0].at("ideal_ns").as_int64(), 1'140'000'000'000);
  EXPECT_EQ(rows[0].at("mean_wait_ns").as_int64(), 575'000'000'000);
  EXPECT_TRUE(rows[0].at("missed_targets").as_array().empty());
  EXPECT_TRUE(rows[1].at("missed_targets").is_null());
  EXPECT_TRUE(rows[1].at("completed_ns").is_null());
  EXPECT_EQ(rows[1].at("faults").at("no_backoff").as_int64(), 600);
  EXPECT_EQ(rows[1].at("violations").at("liveness").as_int64(), 1);
  const boost::json::array& contention = value.at("contention").at("rows").as_array();
  ASSERT_EQ(contention.size(), 4U);
  EXPECT_EQ(contention[0].at("conflicts").as_int64(), 163);
}

TEST(LabJson, has_only_the_tables_that_were_asked_for) {
  const boost::json::value value = boost::json::parse(lab_json({}, {.complete = true}));
  EXPECT_TRUE(value.at("complete").as_bool());
  EXPECT_FALSE(value.as_object().contains("fleet"));
  EXPECT_FALSE(value.as_object().contains("contention"));
}

}  // namespace
}  // namespace sim
