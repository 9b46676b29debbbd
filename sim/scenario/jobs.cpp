#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "core/json/object.h"
#include "core/text/names.h"
#include "core/text/text_hash.h"
#include "core/tools/all_tools.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace core::input;

constexpr std::uint64_t kMaxJobs = 1'000'000;
/// A bound on what a few bytes of a file may grow to.
constexpr std::uint64_t kMaxPromptBytes = 256 * 1024 * 1024;
constexpr std::string_view kNumber = "{n}";
constexpr std::string_view kRepositorySchema = "^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$";

/// One entry of the file: a job, or a count of them.
struct JobEntry {
  ScenarioJob job;
  std::optional<std::uint64_t> count = std::nullopt;
  core::Duration every{};
  std::optional<std::uint64_t> installations = std::nullopt;
};

auto entry_type() {
  return object<JobEntry>([](auto& io, JobEntry& entry) {
    ScenarioJob& job = entry.job;
    io.required("id", job.id, Text{"a job's id: 1 to 256 bytes, no control characters", core::is_job_id},
                "The job's name; with \"count\", {n} in it stands for the job's number.");
    io.optional("at", job.at, DurationText{}, "When the job is put in.");
    io.optional("repo", job.repo, Text{"owner/name, such as \"octo/hello\"", core::is_repository, kRepositorySchema},
                "The repository of the issue.");
    io.optional("issue", job.issue, Integer{1, INT64_MAX}, "The issue's number.");
    io.optional("installation", job.installation, Integer{1, INT64_MAX}, "The installation whose token is used.");
    io.optional("prompt", job.prompt, Text{}, "What the model is asked to do.");
    io.optional("deadline", job.deadline, kPositiveDuration,
                "The job fails if it has not ended so long after it was put in.");
    io.optional("tools", job.tools, List{NameOf{core::names_of_tools()}, std::size(core::kAllTools)},
                "What the model may use; comment_on_issue alone where it is absent.");
    io.optional("count", entry.count, Integer{1, kMaxJobs}, "Makes this many jobs, numbered from 1.");
    const bool every = io.optional("every", entry.every, DurationText{}, "The time between two of them.");
    io.check(!every || entry.count, "every", "\"every\" without \"count\"");
    const bool shared = io.optional("installations", entry.installations, Integer{1, kMaxJobs},
                                    "So many installations, from \"installation\" on, take turns with the jobs.");
    io.check(!shared || entry.count, "installations", "\"installations\" without \"count\"");
    io.check(!shared || job.installation <= INT64_MAX - kMaxJobs, "installation",
             "the last installation has no number");
    if (!entry.count) return;
    io.check(*entry.count == 1 || job.id.find(kNumber) != std::string::npos, "id",
             fmt::format("found {}, which would be the id of {} jobs", core::quoted(job.id), *entry.count),
             "an id with {n} in it, which stands for the job's number");
    const auto steps = static_cast<std::int64_t>(*entry.count - 1);
    const core::Duration room = core::SteadyTime::max() - job.at;
    io.check(steps == 0 || entry.every <= room / steps, "every",
             "the last of these jobs would come after the end of time");
  });
}

std::string with_number(std::string_view id, std::uint64_t number) {
  std::string result;
  for (;;) {
    const std::size_t place = id.find(kNumber);
    result += id.substr(0, place);
    if (place == std::string_view::npos) return result;
    result += std::to_string(number);
    id.remove_prefix(place + kNumber.size());
  }
}

void expand(const JobEntry& entry, std::vector<ScenarioJob>& jobs) {
  if (!entry.count) {
    jobs.push_back(entry.job);
    return;
  }
  ScenarioJob job = entry.job;
  for (std::uint64_t number = 1; number <= *entry.count; ++number, job.at += entry.every) {
    job.id = with_number(entry.job.id, number);
    if (entry.installations) job.installation = entry.job.installation + (number - 1) % *entry.installations;
    jobs.push_back(job);
  }
}

/// Reports the first id that comes twice in each entry.
bool no_id_twice(const At& at, const std::vector<ScenarioJob>& jobs, const std::vector<std::size_t>& ends) {
  std::unordered_map<std::string_view, std::size_t, core::TextHash> entry_of;  // never iterated
  entry_of.reserve(jobs.size());
  bool ok = true;
  for (std::size_t entry = 0, i = 0; entry < ends.size(); ++entry) {
    bool reported = false;
    for (; i < ends[entry]; ++i) {
      const auto [other, is_new] = entry_of.emplace(jobs[i].id, entry);
      if (is_new || reported) continue;
      reported = true;
      const At here = at.item(entry);
      const Node& first = *at.node().children[other->second].find("id");
      ok = here.member(*here.node().find("id"))
               .error(
                   fmt::format("the job id {} is given twice, first by line {}", core::quoted(jobs[i].id), first.line),
                   "ids that differ");
    }
  }
  return ok;
}

}  // namespace

bool JobsType::read(const At& at, std::vector<ScenarioJob>& jobs) const {
  std::vector<JobEntry> entries;
  if (!List{entry_type()}.read(at, entries)) return false;
  std::uint64_t total = 0;
  std::uint64_t prompt_bytes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::uint64_t count = entries[i].count.value_or(1);
    total += count;
    prompt_bytes += count * entries[i].job.prompt.size();
    if (total > kMaxJobs) return at.item(i).error(fmt::format("more than {} jobs in all", kMaxJobs));
    if (prompt_bytes > kMaxPromptBytes) {
      return at.item(i).error(fmt::format("the prompts take more than {} bytes in all", kMaxPromptBytes));
    }
    if (entries[i].count && !core::is_job_id(with_number(entries[i].job.id, count))) {
      return at.item(i).error("an id that is longer than 256 bytes once {n} is filled in");
    }
  }
  jobs.reserve(total);
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    expand(entries[i], jobs);
    ends.push_back(jobs.size());
  }
  return no_id_twice(at, jobs, ends);
}

JsonObject JobsType::schema(const std::vector<ScenarioJob>&) const {
  return List{entry_type()}.schema(std::vector<JobEntry>());
}

std::vector<std::string> JobsType::file_texts(const std::vector<ScenarioJob>& jobs) const {
  std::vector<JobEntry> entries;
  for (const ScenarioJob& job : jobs) entries.push_back({.job = job});
  return List{entry_type()}.file_texts(entries);
}

bool JobName::read(const At& at, std::string& value) const {
  const std::string_view accepted = or_all ? "\"*\" for all, or a job's id" : "a job's id";
  if (!at.is(Kind::String)) return at.wrong_kind(accepted);
  value = at.node().text;
  if (ids == nullptr || (or_all && value == "*")) return true;
  if (std::binary_search(ids->begin(), ids->end(), at.node().text)) return true;
  constexpr std::size_t kMaxCompared = 10'000;
  const std::span<const std::string_view> near(ids->data(), std::min(ids->size(), kMaxCompared));
  return at.error("no job has the id " + core::quoted(at.node().text), accepted, nearest_name(at.node().text, near));
}

JsonObject JobName::schema(const std::string&) const {
  return string_schema({});
}

}  // namespace sim
