// Trace files read back: what was written comes back the same, and what is wrong is told with its place.
#include "reports/trace/trace_reader.h"
#include "core/text/enum_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "core/text/enum_names.h"
#include "reports/event_json.h"
#include "reports/trace/line_reader.h"
#include "sim/record/recorder.h"
#include "tests/support/temporary_folder.h"

namespace {

using core::Event;
using core::EventKind;
using reports::TraceHeader;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kHeader = R"({"format":"rehearse-trace","version":1})"
                            "\n";
const std::string kEvent = R"({"t_ns":5,"event":"job.started","runner":"r","job":"a","attempt":1})"
                           "\n";

struct Kept final : reports::TraceSink {
  void on_run(TraceHeader header) override {
    headers.push_back(std::move(header));
    runs.push_back(std::make_unique<sim::Recorder>(sim::KeepEvents::Yes));
  }
  void on_event(const Event& event) override { runs.back()->on_event(event); }

  std::vector<TraceHeader> headers;
  std::vector<std::unique_ptr<sim::Recorder>> runs;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Errors without the file's path.
Kept read(const std::string& text) {
  const std::string path = tests::own_folder() + "rehearse-trace-reader-" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + ".jsonl";
  std::ofstream(path, std::ios::binary) << text;
  Kept kept;
  const reports::TraceFaults faults = reports::read_trace(path, kept);
  const auto texts = [&](const std::vector<core::InputError>& list) {
    std::vector<std::string> result;
    for (const core::InputError& each : list) result.push_back(core::to_text(each).substr(path.size() + 1));
    return result;
  };
  kept.errors = texts(faults.errors);
  kept.warnings = texts(faults.warnings);
  return kept;
}

TEST(TraceReader, reads_a_header_as_both_programs_begin_it) {
  const Kept kept = read(reports::trace_header_start() + "}\n" + kEvent);
  EXPECT_THAT(kept.errors, IsEmpty());
  EXPECT_THAT(kept.warnings, IsEmpty());
  EXPECT_EQ(kept.headers.size(), 1U);
}

/// An event with every field that there is.
Event full(EventKind kind) {
  Event event{.kind = kind,
              .at = core::SteadyTime(core::Duration(INT64_MAX)),
              .runner = "runner \"1\"",
              .job = "tab\t\xc3\xa4",
              .run = 2,
              .call = INT64_MAX,
              .api = "llm.chat",
              .tool = "comment_on_issue",
              .attempt = 1,
              .max_attempts = UINT32_MAX,
              .attempts = 3,
              .retry_count = 0,
              .max_retries = 5,
              .status = 429,
              .failure = core::FailureKind::ClientError,
              .hint = core::Duration::max(),
              .delay = core::Duration(1),
              .lost = core::Duration(0),
              .source = core::DelaySource::RateLimitReset,
              .outcome = core::AgentOutcome::ServiceError,
              .code = "ECONNRESET"};
  if (kind == EventKind::CallGaveUp) event.reason = core::GiveUpReason::Exhausted;
  if (kind == EventKind::JobRequeued) event.reason = core::RequeueReason::ServiceError;
  if (kind == EventKind::JobFailed) event.reason = core::JobFailReason::RecoveredTooOften;
  return event;
}

TEST(TraceReader, gives_back_every_field_of_every_kind) {
  sim::Recorder written(sim::KeepEvents::Yes);
  std::string text = kHeader;
  for (const EventKind kind : core::values_of<EventKind>()) {
    written.on_event(full(kind));
    reports::append_event_json(text, written.events().back());
    text += '\n';
  }
  const Kept kept = read(text);
  ASSERT_THAT(kept.errors, IsEmpty());
  ASSERT_THAT(kept.warnings, IsEmpty());
  EXPECT_EQ(kept.runs.at(0)->events(), written.events());
  EXPECT_EQ(kept.runs.at(0)->digest(), written.digest());
}

TEST(TraceReader, reads_what_a_header_tells) {
  const Kept kept =
      read(R"({"format":"rehearse-trace","version":1,"scenario":"s","file":"s.json","seed":18446744073709551615,)"
           R"("scenario_digest":"d","build":"b","simulated":true,"config":{"llm":{"model":"m"}}})");
  ASSERT_THAT(kept.errors, IsEmpty());
  const TraceHeader& header = kept.headers.at(0);
  EXPECT_EQ(header.scenario, "s");
  EXPECT_EQ(header.seed, UINT64_MAX);
  EXPECT_EQ(header.scenario_digest, "d");
  EXPECT_EQ(header.build, "b");
  EXPECT_TRUE(header.simulated);
  ASSERT_NE(header.config(), nullptr);
  EXPECT_EQ(core::input::to_json(*header.config()), R"({"llm":{"model":"m"}})");
}

TEST(TraceReader, takes_nothing_for_granted_that_a_header_does_not_tell) {
  const Kept kept = read(kHeader);
  ASSERT_THAT(kept.errors, IsEmpty());
  EXPECT_FALSE(kept.headers.at(0).simulated);
  EXPECT_FALSE(kept.headers.at(0).seed);
  EXPECT_EQ(kept.headers.at(0).config(), nullptr);
  EXPECT_THAT(kept.runs.at(0)->events(), IsEmpty());
}

TEST(TraceReader, keeps_runs_apart_and_passes_verdicts_over) {
  const Kept kept = read(kHeader + kEvent + kEvent + "{\"verdict\":{\"held\":true}}\n" + kHeader + kEvent);
  ASSERT_THAT(kept.errors, IsEmpty());
  ASSERT_EQ(kept.runs.size(), 2U);
  EXPECT_EQ(kept.runs[0]->count(), 2U);
  EXPECT_EQ(kept.runs[1]->count(), 1U);
  EXPECT_EQ(kept.headers[1].line, 5U);
}

TEST(TraceReader, the_last_line_needs_no_line_feed) {
  const Kept kept = read(kHeader + kEvent.substr(0, kEvent.size() - 1));
  EXPECT_THAT(kept.errors, IsEmpty());
  EXPECT_EQ(kept.runs.at(0)->count(), 1U);
}

TEST(TraceReader, warns_of_each_foreign_field_once_and_reads_on) {
  const std::string event = R"({"t_ns":5,"event":"job.started","job":"a","later":{"x":[1]}})"
                            "\n";
  const Kept kept = read(R"({"format":"rehearse-trace","version":1,"host":"h"})"
                         "\n" +
                         event + event);
  EXPECT_THAT(kept.errors, IsEmpty());
  EXPECT_THAT(kept.warnings, ElementsAre(HasSubstr("1: /host: a foreign field"), HasSubstr("2: /later: a foreign")));
  EXPECT_EQ(kept.runs.at(0)->count(), 2U);
}

TEST(TraceReader, tells_what_is_wrong_and_where) {
  const auto event = [](const std::string& more) { return R"({"t_ns":5,"event":)" + more + "}\n"; };
  const std::pair<std::string, std::string> rows[] = {
      {"", "1: the file is empty; accepted: a header first: {\"format\":\"rehearse-trace\",\"version\":1,...}"},
      {kEvent, "1: the file does not begin as a trace; accepted: a header first"},
      {"[1]\n", "1: the file does not begin as a trace"},
      {"{\n", "1: the line ends inside the object that begins on line 1; accepted: a header first"},
      {kHeader + kEvent.substr(0, 30), "2: /event: the file ends inside the object that begins on line 2"},
      {kHeader + "{\n" + kEvent, "2: the line ends inside the object that begins on line 2"},
      {kHeader + "garbage\n", "2: not JSON: \"g\" at column 1"},
      {kHeader + "\n", "2: the line is empty"},
      {kHeader + "[]\n", "2: found an array; accepted: an object: an event, or the header"},
      {kHeader + kEvent + "{} {}\n", "3: the document has ended, but \"{\" follows at column 4"},
      {kHeader + "{} // comment\n", "2: the document has ended"},
      {kHeader + "{\"a\":\"\xff\"}\n", "2: not UTF-8: the byte FF at column 7"},
      {R"({"format":"rehearse-trail","version":1})", R"(/format: found "rehearse-trail"; accepted: rehearse-trace;)"},
      {R"({"format":"rehearse-trace","version":2})", "/version: found the number 2; accepted: 1, the only version"},
      {R"({"format":"rehearse-trace"})", "1: the key \"version\" is missing"},
      {R"({"format":"rehearse-trace","version":1,"seed":-1})", "/seed: found the number -1; accepted: a whole number"},
      {R"({"format":"rehearse-trace","version":1,"simulated":1})", "/simulated: found the number 1"},
      {R"({"format":"rehearse-trace","version":1,"config":[]})", "/config: found an array; accepted: an object"},
      {kHeader + "{\"event\":\"job.started\"}", "2: the key \"t_ns\" is missing"},
      {kHeader + "{\"t_ns\":1}", "2: the key \"event\" is missing"},
      {kHeader + R"({"t_ns":"5","event":"job.started"})", "/t_ns: found \"5\"; accepted: a whole number from 0"},
      {kHeader + R"({"t_ns":-5,"event":"job.started"})", "/t_ns: found the number -5"},
      {kHeader + R"({"t_ns":1.5,"event":"job.started"})", "/t_ns: found the number 1.5"},
      {kHeader + R"({"t_ns":9223372036854775808,"event":"job.started"})", "/t_ns: found the number 92233720"},
      {kHeader + R"({"t_ns":1,"t_ns":2,"event":"job.started"})", "/t_ns: the key \"t_ns\" is given twice"},
      {kHeader + event("\"call.faild\""), "/event: found \"call.faild\"; accepted: job.enqueued, "},
      {kHeader + event("\"call.faild\""), "did you mean \"call.failed\"?"},
      {kHeader + event("7"), "/event: found the number 7"},
      {kHeader + event("\"job.started\",\"job\":7"), "/job: found the number 7; accepted: a string"},
      {kHeader + event("\"job.started\",\"attempt\":4294967296"), "/attempt: found the number 4294967296"},
      {kHeader + event("\"job.started\",\"status\":1000"), "/status: found the number 1000"},
      {kHeader + event("\"call.started\""), "2: the key \"api\" is missing"},
      {kHeader + event("\"tool.started\""), "2: the key \"tool\" is missing"},
      {kHeader + event(R"("call.failed","api":"a","failure":"timeuot")"), "did you mean \"timeout\"?"},
      {kHeader + event(R"("call.retry","api":"a","source":"x")"),
       "/source: found \"x\"; accepted: backoff, retry_after"},
      {kHeader + event(R"("agent.finished","outcome":"x")"),
       "/outcome: found \"x\"; accepted: completed, rate_limited"},
      {kHeader + event(R"("call.gave_up","api":"a","reason":"malformed")"),
       "/reason: found \"malformed\"; accepted: not"},
      {kHeader + event(R"("job.requeued","reason":"exhausted")"), "accepted: rate_limited, service_error"},
      {kHeader + event(R"("job.failed","reason":"limited")"), "accepted: exhausted, not_retryable, outcome_unknown"},
      {kHeader + event(R"("job.requeued","delay_ns":-1)"), "/delay_ns: found the number -1"},
  };
  for (const auto& [text, error] : rows) {
    const Kept kept = read(text);
    ASSERT_EQ(kept.errors.size(), 1U) << text;
    EXPECT_THAT(kept.errors[0], HasSubstr(error)) << text;
  }
}

TEST(TraceReader, tells_all_faults_of_a_file_up_to_a_bound) {
  std::string text = kHeader;
  for (int i = 0; i < 30; ++i) text += "{\"t_ns\":1}\n";
  const Kept kept = read(text);
  ASSERT_EQ(kept.errors.size(), 21U);
  EXPECT_THAT(kept.errors, testing::Contains(HasSubstr("10 more errors")));
}

TEST(TraceReader, refuses_a_line_that_does_not_end) {
  const auto with_line_of = [](std::size_t bytes) {
    const std::string begin = R"({"t_ns":5,"event":"job.started","job":")";
    return kHeader + begin + std::string(bytes - begin.size() - 2, 'x') + "\"}\n" + kEvent;
  };
  const Kept longest = read(with_line_of(reports::LineReader::kMaxLineBytes));
  EXPECT_THAT(longest.errors, IsEmpty());
  EXPECT_EQ(longest.runs.at(0)->count(), 2U);
  const Kept longer = read(with_line_of(reports::LineReader::kMaxLineBytes + 1));
  EXPECT_THAT(longer.errors, ElementsAre(HasSubstr("2: the line is longer than 1048576 bytes")));
}

TEST(TraceReader, refuses_what_is_no_file) {
  Kept kept;
  for (const auto& [path, error] : {std::pair("/there/is/no/file", "no such file"), std::pair("/", "a folder")}) {
    const reports::TraceFaults faults = reports::read_trace(path, kept);
    ASSERT_EQ(faults.errors.size(), 1U);
    EXPECT_THAT(faults.errors[0].found, HasSubstr(error));
  }
}

}  // namespace
