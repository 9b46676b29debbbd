#include "runner/sinks/current_values.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/version.h"

namespace runner {

namespace {

using prometheus::MetricType;
using Labels = std::vector<prometheus::ClientMetric::Label>;

struct Sample {
  Labels labels;
  double value = 0;
};

prometheus::MetricFamily family(const char* name, const char* help, MetricType type,
                                const std::vector<Sample>& samples) {
  prometheus::MetricFamily made{name, help, type, {}};
  for (const Sample& sample : samples) {
    prometheus::ClientMetric metric;
    metric.label = sample.labels;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = sample.value;
    made.metric.push_back(std::move(metric));
  }
  return made;
}

double seconds_of(const timeval& time) {
  constexpr double kMicroseconds = 1e6;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicroseconds;
}

std::optional<double> cpu_seconds() {
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) != 0) return std::nullopt;
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

std::optional<double> resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  if (!(file >> all >> resident)) return std::nullopt;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// When the machine started, in seconds since 1970.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> start_time() {
  const std::optional<double> boot = boot_time();
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!boot || !std::getline(file, text)) return std::nullopt;
  // The program's name, in parentheses, may hold anything. The start is the 20th word behind it, in ticks since the
  // boot.
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  constexpr int kBefore = 19;
  std::string passed;
  for (int i = 0; i < kBefore; ++i) rest >> passed;
  double ticks = 0;
  if (!(rest >> ticks)) return std::nullopt;
  return *boot + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::optional<double> open_files() {
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  double count = -1;  // The one that is open to read the folder.
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) ++count;
  return error ? std::nullopt : std::optional(count);
}

std::optional<double> most_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                         : static_cast<double>(limit.rlim_cur);
}

/// Of all credentials of a kind.
struct LimitSums {
  double learnt = 0, calls = 0, window = 0, calls_per_second = 0;
  double waiting = 0;
};

void add(LimitSums& sums, const core::KnownLimit& limit) {
  const auto seconds = [](core::Duration duration) { return std::chrono::duration<double>(duration).count(); };
  sums.waiting += static_cast<double>(limit.waiting);
  if (!limit.calls || !limit.window) return;
  const double window = seconds(*limit.window);
  sums.learnt += 1;
  sums.calls += *limit.calls;
  sums.window = std::max(sums.window, window);
  sums.calls_per_second += *limit.calls / window;
}

}  // namespace

std::string_view kind_of_credential(std::string_view credential) {
  if (credential.starts_with(core::kInstallation)) return "installation";
  if (credential.starts_with(core::kCodeSearch)) return "code_search";
  return credential == core::kLimitedModel || credential == core::kLimitedApp ? credential : "other";
}

MetricFamilies limit_values(const std::vector<core::KnownLimit>& limits) {
  std::map<std::pair<std::string_view, std::string_view>, LimitSums> by_labels;
  std::map<std::string_view, double> held;
  for (const core::KnownLimit& limit : limits) {
    const std::string_view kind = kind_of_credential(limit.credential);
    held[kind] = std::max(held[kind], std::chrono::duration<double>(limit.held).count());
    if (!limit.api.empty()) add(by_labels[{limit.api, kind}], limit);
  }
  const auto family_of = [&](const char* name, const char* help, double LimitSums::* value, bool must_be_learnt) {
    std::vector<Sample> samples;
    for (const auto& [labels, sums] : by_labels) {
      if (must_be_learnt && sums.learnt == 0) continue;
      samples.push_back(
          {{{"api", std::string(labels.first)}, {"credential", std::string(labels.second)}}, sums.*value});
    }
    return family(name, help, MetricType::Gauge, samples);
  };
  std::vector<Sample> held_samples;
  for (const auto& [kind, seconds] : held) held_samples.push_back({{{"credential", std::string(kind)}}, seconds});
  MetricFamilies families{
      family("runner_limit_held_seconds",
             "For how long from now on a service wants no call of a credential; of installations, the longest.",
             MetricType::Gauge, held_samples),
      family_of("runner_limit_calls_waiting", "Calls that wait until it is their turn.", &LimitSums::waiting, false),
      family_of("runner_limits_learnt", "Credentials of which a limit has been learnt.", &LimitSums::learnt, false),
      family_of("runner_limit_calls", "Calls that pass in a window, as learnt; the sum over installations.",
                &LimitSums::calls, true),
      family_of("runner_limit_window_seconds", "How long a window lasts, as learnt; of installations, the longest.",
                &LimitSums::window, true),
      family_of("runner_limit_calls_per_second",
                "Calls a second that limits let through, as learnt; the sum over installations.",
                &LimitSums::calls_per_second, true)};
  std::erase_if(families, [](const prometheus::MetricFamily& each) { return each.metric.empty(); });
  return families;
}

MetricFamilies circuit_values(const std::vector<core::KnownCircuit>& circuits) {
  using State = core::Circuit::State;
  std::map<std::pair<std::string_view, std::string_view>, std::map<State, double>> by_labels;
  for (const core::KnownCircuit& circuit : circuits)
    ++by_labels[{circuit.api, kind_of_credential(circuit.credential)}][circuit.state];
  std::vector<Sample> samples;
  for (auto& [labels, counts] : by_labels) {
    for (const auto& [state, name] : {std::pair(State::Closed, "closed"), std::pair(State::Open, "open"),
                                      std::pair(State::HalfOpen, "half_open")}) {
      samples.push_back(
          {{{"api", std::string(labels.first)}, {"credential", std::string(labels.second)}, {"state", name}},
           counts[state]});
    }
  }
  if (samples.empty()) return {};
  return {family("runner_circuits", "Circuit breakers by state: closed, open or half_open; one for each credential.",
                 MetricType::Gauge, samples)};
}

MetricFamilies build_values() {
  return {family("runner_build_info", "What this runner is: always 1.", MetricType::Gauge,
                 {{{{"version", cli::version()}, {"compiler", cli::compiler()}}, 1}})};
}

MetricFamilies process_values() {
  const struct {
    const char* name;
    const char* help;
    std::optional<double> value;
    MetricType type = MetricType::Gauge;
  } rows[] = {
      {"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", cpu_seconds(),
       MetricType::Counter},
      {"process_resident_memory_bytes", "Resident memory size in bytes.", resident_bytes()},
      {"process_start_time_seconds", "Start time of the process since unix epoch in seconds.", start_time()},
      {"process_open_fds", "Number of open file descriptors.", open_files()},
      {"process_max_fds", "Maximum number of open file descriptors.", most_files()},
  };
  MetricFamilies families;
  for (const auto& row : rows) {
    if (row.value) families.push_back(family(row.name, row.help, row.type, {{{}, *row.value}}));
  }
  return families;
}

MetricFamilies queue_values(const std::optional<core::QueueCounts>& counts) {
  MetricFamilies families{family("runner_queue_up",
                                 "1 if Redis told what is in the queue, else 0 and the other metrics "
                                 "of the queue are left out.",
                                 MetricType::Gauge, {{{}, counts ? 1.0 : 0.0}})};
  if (!counts) return families;
  const auto jobs = [](const char* state, std::uint64_t count) {
    return Sample{{{"state", state}}, static_cast<double>(count)};
  };
  families.push_back(family("runner_queue_jobs", "Jobs in the queue by state: ready, delayed, running, dead.",
                            MetricType::Gauge,
                            {jobs("ready", counts->ready), jobs("delayed", counts->delayed),
                             jobs("running", counts->running), jobs("dead", counts->dead)}));
  families.push_back(family("runner_queue_paused", "1 while the queue is paused and no runner takes a job, else 0.",
                            MetricType::Gauge, {{{}, counts->is_paused ? 1.0 : 0.0}}));
  if (counts->oldest_ready) {
    const double age = std::chrono::duration<double>(*counts->oldest_ready).count();
    families.push_back(family("runner_queue_oldest_ready_age_seconds",
                              "For how long the oldest job that could be taken has waited; 0 if there is none.",
                              MetricType::Gauge, {{{}, age}}));
  }
  return families;
}

}  // namespace runner
