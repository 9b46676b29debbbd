// Traces as files, for the commands that read them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/support/command_line.h"

namespace tests {

/// A name for a file that no other test uses, nor this one for another file: tests run side by side.
inline std::string fresh(const std::string& name) {
  static int count = 0;
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  return std::string("rehearse-") + test.test_suite_name() + "-" + test.name() + "-" + std::to_string(++count) + name;
}

/// The trace of the repository's scenarios below `what`, with `from` replaced by `to` throughout.
inline std::string trace_of(const std::string& what, const std::string& from = "", const std::string& to = "") {
  const std::string path = tests::own_folder() + fresh(".jsonl");
  rehearse("run -q --trace " + path + " " + kScenarios + what);
  std::string text = text_of(path);
  EXPECT_NE(text.find(from.empty() ? "t_ns" : from), std::string::npos) << from;
  for (std::size_t at = 0; !from.empty() && (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return file_with(fresh(".jsonl"), text);
}

inline const std::string kOne = "documented/rate-limited-every-layer.json";

/// A runner's trace in real time, of `lines` after the header.
inline std::string runner_trace(const std::string& started, const std::string& lines) {
  return file_with(fresh(".jsonl"), R"({"format":"rehearse-trace","version":1,"simulated":false,"started":")" +
                                        started + "\"}\n" + lines);
}
inline const std::string kRunner1 =
    R"({"t_ns":1000,"event":"job.started","runner":"runner-1","job":"a","attempt":1}
{"t_ns":2000,"event":"agent.finished","runner":"runner-1","job":"a","outcome":"service_error"}
{"t_ns":3000,"event":"job.requeued","runner":"runner-1","job":"a","retry_count":1,"max_retries":5,"delay_ns":1000000000,"reason":"service_error"}
)";
inline const std::string kRunner2 =
    R"({"t_ns":500000000,"event":"job.started","runner":"runner-2","job":"a","attempt":2}
{"t_ns":500001000,"event":"agent.finished","runner":"runner-2","job":"a","outcome":"completed"}
{"t_ns":500002000,"event":"job.completed","runner":"runner-2","job":"a","attempt":2}
)";
inline const std::string kStopped1 = R"({"t_ns":4000,"event":"worker.stopped","runner":"runner-1"})";
inline const std::string kStopped2 = R"({"t_ns":500003000,"event":"worker.stopped","runner":"runner-2"})";

}  // namespace tests
