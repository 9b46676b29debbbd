// The table of events' fields says which kinds of events can have each: no world shows another, and no scenario may
// list another.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/events/event.h"
#include "core/text/enum_names.h"
#include "sim/fuzz/generate.h"
#include "sim/scenario/load.h"
#include "sim/world/world.h"
#include "tests/support/folders.h"

namespace sim {
namespace {

using core::EventKind;

std::string pair_of(EventKind kind, std::string_view field) {
  return std::string(core::name_of(kind)) + " " + std::string(field);
}

std::set<std::string> pairs_of_the_table() {
  std::set<std::string> pairs;
  for (const EventKind kind : core::values_of<EventKind>()) {
    if (core::kRunnerKinds.contains(kind)) pairs.insert(pair_of(kind, "runner"));
    core::for_each_event_field([&](const auto& field) {
      if (field.kinds.contains(kind)) pairs.insert(pair_of(kind, field.name));
    });
  }
  return pairs;
}

void add_pairs_that_happen(const Scenario& scenario, std::set<std::string>& pairs) {
  Recorder recorder(KeepEvents::Yes);
  run_scenario(scenario, recorder);
  for (const core::Event& event : recorder.events()) {
    if (!event.runner.empty()) pairs.insert(pair_of(event.kind, "runner"));
    core::for_each_field(event, [&](std::string_view name, const auto&) { pairs.insert(pair_of(event.kind, name)); });
  }
}

TEST(EventFields, are_those_that_happen) {
  std::set<std::string> happened;
  for (std::uint64_t number = 0; number < 300; ++number) add_pairs_that_happen(random_scenario(1, number), happened);
  const std::vector<std::string> folders = {tests::source_path("scenarios/documented"),
                                            tests::source_path("scenarios/smoke")};
  for (const std::string& path : find_scenario_files(folders).paths) {
    const LoadedScenario loaded = load_scenario(path);
    ASSERT_TRUE(loaded.scenario) << path;
    add_pairs_that_happen(*loaded.scenario, happened);
  }
  std::set<std::string> table = pairs_of_the_table();
  EXPECT_EQ(table.erase("call.started status"), 1U) << "the page of the format names it";
  EXPECT_EQ(happened, table);
}

/// What is wrong with a scenario of these members, which begin on line 2.
std::string errors_of(const std::string& members) {
  std::string text;
  for (const auto& error : parse_scenario("x.json", "{\"title\": \"x\", \"why\": \"w\",\n" + members + "}").errors) {
    text += core::to_text(error) + "\n";
  }
  return text;
}

std::string errors_of_entry(const std::string& fields) {
  return errors_of(R"("expect": {"timeline": [{"at": "1s", "event": )" + fields + "}]}");
}

TEST(EventFields, that_an_event_cannot_have_are_refused_in_expectations) {
  const std::string of_started = "; accepted: at, within, event, runner, job, run, attempt, deadline";
  const std::string at = "x.json:2: /expect/timeline/0/";
  EXPECT_EQ(errors_of_entry("\"job.started\",\n\"failure\": \"timeout\""),
            "x.json:3: /expect/timeline/0/failure: job.started has no field \"failure\"" + of_started + "\n");
  EXPECT_EQ(errors_of_entry(R"("job.started", "atempt": 1)"),
            at + "atempt: job.started has no field \"atempt\"" + of_started + "; did you mean \"attempt\"?\n");
  EXPECT_EQ(
      errors_of_entry(R"("call.gave_up", "attempt": 2)"),
      at + "attempt: call.gave_up has no field \"attempt\"; accepted: at, within, event, runner, job, run, call, api, "
           "max_attempts, attempts, reason; did you mean \"attempts\"?\n");
  EXPECT_EQ(errors_of_entry(R"("call.failed", "tool": "comment_on_issue")"),
            at + "tool: call.failed has no field \"tool\"; accepted: at, within, event, runner, job, run, call, api, "
                 "attempt, max_attempts, status, failure, hint, code\n");
  EXPECT_EQ(errors_of_entry(R"("job.enqueued", "runner": "runner-1")"),
            at + "runner: job.enqueued has no field \"runner\"; accepted: at, within, event, job, attempt\n");
  EXPECT_EQ(errors_of_entry(R"("worker.started", "job": "a")"),
            at + "job: worker.started has no field \"job\"; accepted: at, within, event, runner\n");
}

TEST(EventFields, that_an_event_cannot_have_are_refused_in_invariants) {
  EXPECT_EQ(errors_of(R"("invariants": [{"never": {"event": "job.failed", "failure": "timeout"}}])"),
            "x.json:2: /invariants/0/never/failure: job.failed has no field \"failure\"; accepted: event, runner, job, "
            "run, reason\n");
  EXPECT_EQ(errors_of(R"("invariants": [{"after": {"event": "lease.lost", "attempt": 1}, "within": "1s",
                          "expect": {"event": "job.started", "status": 200}}])"),
            "x.json:2: /invariants/0/after/attempt: lease.lost has no field \"attempt\"; accepted: event, runner, job, "
            "run\n"
            "x.json:3: /invariants/0/expect/status: job.started has no field \"status\"; accepted: event, runner, job, "
            "run, attempt, deadline\n");
}

TEST(EventFields, are_not_judged_where_the_event_is_not_known) {
  EXPECT_EQ(errors_of_entry(R"("job.start", "tool": "t", "status": 200)").find("has no field"), std::string::npos);
}

}  // namespace
}  // namespace sim
