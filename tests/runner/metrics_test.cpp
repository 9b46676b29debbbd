#include "runner/sinks/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/api/api.h"
#include "core/text/enum_names.h"
#include "tests/support/folders.h"
#include "tests/support/real_loop.h"

namespace runner {
namespace {

using core::Event;
using core::EventKind;
using testing::HasSubstr;
using testing::Not;

/// What a page or a text says of a metric.
struct Described {
  std::string type, help;
  std::set<std::string> labels;
  bool operator==(const Described&) const = default;
};
void PrintTo(const Described& metric, std::ostream* out) {
  *out << metric.type << " {";
  for (const std::string& label : metric.labels) *out << label << " ";
  *out << "} " << metric.help;
}
using Contract = std::map<std::string, Described>;

Contract documented() {
  std::ifstream page(tests::source_path("docs/metrics.md"));
  const std::regex row(R"(\| `(\w+)` \| (\w+) \| ([^|]*)\| (.*) \|)"), label("`(\\w+)`");
  Contract metrics;
  for (std::string line; std::getline(page, line);) {
    std::smatch cells;
    if (!std::regex_match(line, cells, row)) continue;
    Described& metric = metrics[cells[1]] = {cells[2], cells[4], {}};
    const std::string labels = cells[3];
    for (std::sregex_iterator it(labels.begin(), labels.end(), label), end; it != end; ++it) {
      metric.labels.insert((*it)[1]);
    }
  }
  return metrics;
}

Contract told(const std::string& text) {
  const std::regex about(R"(# (HELP|TYPE) (\w+) (.*))"), sample(R"((\w+)(\{(.*)\})? \S+)"), label("(\\w+)=\"");
  Contract metrics;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch cells;
    if (std::regex_match(line, cells, about)) {
      (cells[1] == "HELP" ? metrics[cells[2]].help : metrics[cells[2]].type) = cells[3];
    } else if (std::regex_match(line, cells, sample)) {
      const std::string name = std::regex_replace(cells[1].str(), std::regex("_(bucket|sum|count)$"), "");
      const std::string labels = cells[3];
      for (std::sregex_iterator it(labels.begin(), labels.end(), label), end; it != end; ++it) {
        if ((*it)[1] != "le") metrics[name].labels.insert((*it)[1]);
      }
    } else {
      ADD_FAILURE() << line;
    }
  }
  return metrics;
}

/// An event of each kind, with all that it may have.
void tell_everything(Metrics& metrics) {
  for (const EventKind kind : core::values_of<EventKind>()) {
    Event event;
    event.kind = kind;
    event.job = "a";
    event.api = "llm.chat";
    event.credential = core::kLimitedModel;
    event.tool = "comment_on_issue";
    event.reason = core::GiveUpReason::Exhausted;
    metrics.on_event(event);
    if (event.kind != EventKind::JobFailed) continue;
    event.reason = core::JobFailReason::RecoveredTooOften;
    metrics.on_event(event);
  }
  // Its call has not been made yet.
  metrics.on_event({.kind = EventKind::CallRetry, .job = "a", .call = 2, .api = "llm.chat"});
}

core::KnownLimit limit_of(std::string_view credential, std::string_view api = core::api::kCreateComment) {
  return {.credential = credential, .api = api, .calls = 30, .window = std::chrono::seconds(60)};
}

TEST(MetricsContract, is_what_the_page_says) {
  Metrics metrics;
  tell_everything(metrics);
  const std::string text = metrics.text({.queue = core::QueueCounts{.oldest_ready = core::Duration::zero()},
                                         .limits = {limit_of(core::kLimitedModel)},
                                         .circuits = {{.credential = core::kLimitedModel, .api = core::api::kChat}}});
  const Contract page = documented();
  EXPECT_EQ(told(text), page);
  EXPECT_GT(page.size(), 30U);
}

TEST(MetricsOfTheQueue, are_what_redis_told) {
  const core::QueueCounts counts{.ready = 3,
                                 .delayed = 4,
                                 .running = 5,
                                 .dead = 6,
                                 .oldest_ready = std::chrono::milliseconds(1500),
                                 .is_paused = true};
  const std::string text = Metrics().text({.running = 2, .queue = counts});
  for (const char* line :
       {"runner_queue_up 1\n", "runner_queue_jobs{state=\"ready\"} 3\n", "runner_queue_jobs{state=\"delayed\"} 4\n",
        "runner_queue_jobs{state=\"running\"} 5\n", "runner_queue_jobs{state=\"dead\"} 6\n",
        "runner_queue_oldest_ready_age_seconds 1.5\n", "runner_queue_paused 1\n", "runner_jobs_running 2\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsOfTheQueue, are_left_out_where_they_are_not_known) {
  EXPECT_THAT(Metrics().text({.queue = core::QueueCounts{}}), Not(HasSubstr("oldest_ready")));
  const std::string text = Metrics().text({});
  EXPECT_THAT(text, HasSubstr("runner_queue_up 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("runner_queue_jobs")));
  EXPECT_THAT(text, Not(HasSubstr("runner_queue_paused")));
}

TEST(MetricsOfLimits, add_installations_up_and_tell_the_longest_wait) {
  std::vector<core::KnownLimit> limits;
  for (const char* name : {"installation 1", "installation 2", "installation 3"}) limits.push_back(limit_of(name));
  limits[1].held = std::chrono::milliseconds(2500);
  limits[1].waiting = 3;
  limits[2] = {.credential = "installation 3", .api = core::api::kCreateComment, .waiting = 4};
  limits[0].calls = 90;
  limits[0].window = std::chrono::seconds(30);
  limits.push_back({.credential = core::kLimitedModel, .api = core::api::kChat});
  limits.push_back({.credential = core::kLimitedApp, .api = {}, .held = std::chrono::seconds(9)});
  const std::string text = Metrics().text({.limits = limits});
  const std::string comments = "{api=\"github.comments.create\",credential=\"installation\"} ";
  for (const std::string& line :
       {"runner_limit_calls" + comments + "120\n", "runner_limit_window_seconds" + comments + "60\n",
        "runner_limit_calls_per_second" + comments + "3.5\n", "runner_limit_calls_waiting" + comments + "7\n",
        "runner_limits_learnt" + comments + "2\n", std::string("runner_limit_held_seconds{credential=\"llm\"} 0\n"),
        std::string("runner_limit_held_seconds{credential=\"installation\"} 2.5\n"),
        std::string("runner_limit_held_seconds{credential=\"app\"} 9\n"),
        std::string("runner_limits_learnt{api=\"llm.chat\",credential=\"llm\"} 0\n")}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("runner_limit_calls{api=\"llm.chat\"")));
  EXPECT_THAT(text, Not(HasSubstr("api=\"\"")));
}

TEST(MetricsOfCircuits, count_breakers_of_all_installations_by_state) {
  using State = core::Circuit::State;
  std::vector<core::KnownCircuit> circuits;
  for (const char* name : {"installation 1", "installation 2", "installation 3"}) {
    circuits.push_back({.credential = name, .api = core::api::kCreateComment, .state = State::Open});
  }
  circuits[2].state = State::HalfOpen;
  circuits.push_back({.credential = core::kLimitedModel, .api = core::api::kChat, .state = State::Closed});
  const std::string text = Metrics().text({.circuits = circuits});
  const std::string comments = "runner_circuits{api=\"github.comments.create\",credential=\"installation\",state=";
  for (const std::string& line :
       {comments + "\"closed\"} 0\n", comments + "\"open\"} 2\n", comments + "\"half_open\"} 1\n",
        std::string("runner_circuits{api=\"llm.chat\",credential=\"llm\",state=\"closed\"} 1\n")}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(Metrics().text({}), Not(HasSubstr("runner_circuits")));
}

TEST(MetricsOfLimits, are_no_more_for_a_thousand_installations) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back(core::limited_installation(static_cast<std::uint64_t>(i)));
  std::vector<core::KnownLimit> limits;
  for (const std::string& name : names) limits.push_back(limit_of(name));
  const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  const auto of_all = lines(Metrics().text({.limits = limits}));
  EXPECT_EQ(of_all, lines(Metrics().text({.limits = {limits.front()}})));
}

/// The one value of a metric without labels.
double value_of(const std::string& text, const std::string& name) {
  std::smatch found;
  double value = -1;
  if (std::regex_search(text, found, std::regex("\n" + name + " (\\S+)\n"))) std::istringstream(found[1]) >> value;
  return value;
}

TEST(MetricsOfTheProcess, are_plausible) {
  const std::string text = Metrics().text({});
  tests::RealLoop loop;
  const auto now = std::chrono::duration<double>(loop.clock().wall_now().time_since_epoch()).count();
  EXPECT_GT(value_of(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_NEAR(value_of(text, "process_start_time_seconds"), now, 600);
  EXPECT_GE(value_of(text, "process_max_fds"), value_of(text, "process_open_fds"));
  const double before = value_of(text, "process_open_fds");
  const int more = ::dup(STDERR_FILENO);
  EXPECT_EQ(value_of(Metrics().text({}), "process_open_fds"), before + 1);
  ::close(more);
}

}  // namespace
}  // namespace runner
