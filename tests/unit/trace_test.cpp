// Trace files: what is written is read again, and what is wrong with one is said.
#include "reports/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/digest/digest.h"
#include "reports/event_json.h"
#include "sim/fuzz/generate.h"
#include "sim/world/world.h"

namespace reports {
namespace {

const std::string kHeader = trace_header({.scenario = "t", .seed = 7, .scenario_digest = "d", .build = "b"});

std::string first_error(std::string_view text) {
  const LoadedTraces loaded = parse_traces("t.jsonl", text);
  EXPECT_TRUE(loaded.errors.empty() || loaded.traces.empty());
  return loaded.errors.empty() ? "none" : core::to_text(loaded.errors.front());
}

TEST(Trace, IsReadAsItWasWritten) {
  std::string text;
  for (std::uint64_t number = 0; number < 50; ++number) {
    sim::Recorder recorder(sim::KeepEvents::Yes);
    sim::run_scenario(sim::random_scenario(5, number), recorder);
    std::string run = trace_header({.scenario = "w", .seed = number, .config = R"({"llm":{}})", .simulated = true});
    for (const core::Event& event : recorder.events()) {
      append_event_json(run, event);
      run += '\n';
    }
    const LoadedTraces loaded = parse_traces("t.jsonl", run);
    ASSERT_EQ(loaded.traces.size(), 1u) << core::to_text(loaded.errors.front());
    const Trace& trace = loaded.traces[0];
    std::string again = trace_header(trace.header);
    for (const core::Event& event : trace.events) {
      append_event_json(again, event);
      again += '\n';
    }
    EXPECT_EQ(again, run);
    EXPECT_THAT(loaded.warnings, testing::IsEmpty());
  }
}

TEST(Trace, MayHoldSeveralRuns) {
  const std::string event = R"({"t_ns":5,"event":"worker.started","runner":"runner-1"})"
                            "\n";
  const LoadedTraces loaded = parse_traces("t.jsonl", kHeader + event + "{\"verdict\":{}}\n" + kHeader + event + event);
  ASSERT_EQ(loaded.traces.size(), 2u);
  EXPECT_EQ(loaded.traces[0].events.size(), 1u);
  EXPECT_EQ(loaded.traces[1].events.size(), 2u);
  EXPECT_EQ(loaded.traces[1].header.seed, 7u);
  EXPECT_FALSE(loaded.traces[1].header.simulated);
}

TEST(Trace, PassesOverForeignFieldsWithAWarning) {
  const LoadedTraces loaded =
      parse_traces("t.jsonl", kHeader + R"({"t_ns":5,"event":"worker.started","host":"a","pid":[1]})"
                                        "\n");
  ASSERT_EQ(loaded.traces.size(), 1u);
  ASSERT_EQ(loaded.warnings.size(), 2u);
  EXPECT_EQ(core::to_text(loaded.warnings[0]), "t.jsonl: passed over the unknown field \"host\"");
}

TEST(Trace, SaysWhatIsWrong) {
  const std::string event = R"({"t_ns":5,"event":"job.started","job":"a","attempt":1})"
                            "\n";
  const std::pair<std::string, std::string> rows[] = {
      {"", "t.jsonl: the file is empty"},
      {event, "t.jsonl:1: an event before any header"},
      {kHeader + event.substr(0, event.size() - 1), "t.jsonl:2: the file ends in the middle of a line"},
      {kHeader + event.substr(0, 20), "the file ends inside the object"},
      {kHeader + "[]\n", "t.jsonl:2: found an array; accepted: an event"},
      {kHeader + "{}\n", "t.jsonl:2: there is no \"t_ns\""},
      {kHeader + R"({"t_ns":5,"event":"job.startd"})"
                 "\n",
       "did you mean \"job.started\"?"},
      {kHeader + R"({"t_ns":-5,"event":"job.started"})"
                 "\n",
       "t.jsonl:2: /t_ns: found the number -5"},
      {kHeader + R"({"t_ns":5,"event":"job.started","job":7})"
                 "\n",
       "t.jsonl:2: /job: found the number 7"},
      {kHeader + R"({"t_ns":5,"event":"call.failed","failure":"bad"})"
                 "\n",
       "t.jsonl:2: /failure: found \"bad\""},
      {kHeader + R"({"t_ns":5,"event":"call.failed","status":42})"
                 "\n",
       "t.jsonl:2: /status: found the number 42"},
      {R"({"format":"other"})"
       "\n",
       "t.jsonl:1: /format: found \"other\"; accepted: rehearse-trace"},
      {R"({"format":"rehearse-trace"})"
       "\n",
       "the header has no \"version\""},
      {R"({"format":"rehearse-trace","version":2})"
       "\n",
       "t.jsonl:1: /version: found the number 2"},
      {kHeader + std::string(2 * 1024 * 1024, ' ') + "\n", "t.jsonl:2: a line of more than 1 MiB"},
      {kHeader + std::string("{\"t_ns\":5,\0}\n", 12), "t.jsonl:2: "}};
  for (const auto& [text, error] : rows)
    EXPECT_THAT(first_error(text), testing::HasSubstr(error)) << text.substr(0, 300);
}

TEST(Trace, ErrorsAreBounded) {
  std::string text = kHeader;
  for (int i = 0; i < 1'000; ++i) text += "nonsense\n";
  EXPECT_LE(parse_traces("t.jsonl", text).errors.size(), 21u);
}

}  // namespace
}  // namespace reports
