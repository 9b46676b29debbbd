#include <algorithm>
#include <map>

#include "core/config/config_json.h"
#include "core/json/object.h"
#include "core/json/pretty.h"
#include "core/text/ascii.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace core::input;

/// Warns of rules for jobs that do not exist: they can never apply.
template <class Rule>
void check_rule_jobs(const At& at, std::string_view service, const std::vector<Rule>& rules,
                     const std::vector<std::string_view>& ids) {
  const Node* list = at.node().find(service);
  if (list == nullptr || list->kind != Kind::Array) return;
  const At here = at.member(*list);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].job || std::binary_search(ids.begin(), ids.end(), std::string_view(*rules[i].job))) continue;
    here.item(i).warning("no job has the id " + core::quoted(*rules[i].job) + ": this rule never applies");
  }
}

/// "-----BEGIN PUBLIC KEY-----" ... Whether the key itself is one is seen where it is used.
bool is_public_key(std::string_view text) {
  const std::size_t first = text.find_first_not_of(core::kWhiteSpace);
  if (first == std::string_view::npos || text.size() > 64 * 1024) return false;
  text = text.substr(first, text.find_last_not_of(core::kWhiteSpace) + 1 - first);
  for (const std::string_view label : {"PUBLIC KEY-----", "RSA PUBLIC KEY-----", "CERTIFICATE-----"}) {
    const std::string begin = "-----BEGIN " + std::string(label);
    const std::string end = "-----END " + std::string(label);
    if (text.size() > begin.size() + end.size() && text.starts_with(begin) && text.ends_with(end)) return true;
  }
  return false;
}

auto github_app_type() {
  return object<GitHubApp>([](auto& io, GitHubApp& app) {
    io.required("id", app.id, Text{"an App ID as a string, such as \"12345\"", is_not_empty}, "The App ID.");
    // What stands here by mistake may be a private key: it is never shown.
    io.optional(
        "public_key", app.public_key,
        Secret{"a public key in PEM form: -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----", is_public_key},
        "The public key in PEM form; with it the JWT's signature is checked.");
  });
}

/// Sorted views of the jobs' ids.
std::vector<std::string_view> sorted_ids(const std::vector<ScenarioJob>& jobs) {
  std::vector<std::string_view> ids;
  ids.reserve(jobs.size());
  for (const ScenarioJob& job : jobs) ids.emplace_back(job.id);
  // total order: equal ids cannot be told apart
  std::sort(ids.begin(), ids.end());
  return ids;
}

auto scenario_type() {
  return object<Scenario>([](auto& io, Scenario& scenario) {
    constexpr bool kReads = std::remove_reference_t<decltype(io)>::kReads;
    const Text sentence{"a sentence", is_not_empty};
    io.required("title", scenario.title, Text{"the file's name without .json", is_not_empty},
                "The file's name without .json.");
    io.required("why", scenario.why, sentence, "One sentence on what the file is for.");
    std::string schema;
    io.optional("$schema", schema, Text{}, "Where the schema is, for editors.");
    io.optional("seed", scenario.seed, Integer{}, "What all chance is drawn from.");
    io.optional("schedule", scenario.schedule, Integer{},
                "What the order of things ready at one instant is drawn from; 0: first in, first out.");
    io.optional("start", scenario.start, UtcText{}, "The wall clock at T=0.");
    io.optional("limit", scenario.limit, kPositiveDuration, "The virtual time that the run may take.");
    io.optional("config", scenario.config, core::ConfigType{}, "The runner's configuration, over the defaults.");
    io.optional("runners", scenario.runners, Integer{1, 1'000}, "How many worker processes there are.");
    io.optional("github_app", scenario.github_app, github_app_type(), "With it the fake checks the App's JWT.");
    io.optional("github_state", scenario.github_state, GitHubStateType{}, "What GitHub holds before the run begins.");
    bool jobs_known = true;
    if constexpr (kReads) jobs_known = !io.has("jobs");
    if (io.optional("jobs", scenario.jobs, JobsType{}, "The jobs that are put in.")) jobs_known = true;
    const std::vector<std::string_view> ids = sorted_ids(scenario.jobs);
    io.optional(
        "forms", scenario.forms,
        OneOf<fakes::AnswerForms>{{{"plain", fakes::AnswerForms::Plain}, {"varied", fakes::AnswerForms::Varied}}},
        "Whether the model's answers come in the many forms of real services.");
    io.optional("llm", scenario.llm, LlmRulesType{scenario.runners},
                "Rules for the language model; the first that matches wins.");
    io.optional("github", scenario.github, GitHubRulesType{scenario.runners},
                "Rules for GitHub; the first that matches wins.");
    io.optional("redis", scenario.redis, RedisRulesType{scenario.runners},
                "Rules for Redis; the first that matches wins.");
    io.optional("world", scenario.world, WorldType{scenario.runners, jobs_known ? &ids : nullptr},
                "What happens to runners, their machines, Redis and the queue, and when.");
    io.optional("invariants", scenario.invariants, OwnInvariantsType{scenario.runners},
                "What must hold of every run of this file, beside the invariants that always do.");
    io.optional("expect", scenario.expect, ExpectType{scenario.runners, jobs_known ? &ids : nullptr},
                "What must come of it.");
    if constexpr (kReads) {
      if (!jobs_known) return;
      check_rule_jobs(io.at(), "llm", scenario.llm, ids);
      check_rule_jobs(io.at(), "github", scenario.github, ids);
      check_rule_jobs(io.at(), "redis", scenario.redis, ids);
    }
  });
}

}  // namespace

bool ScenarioType::read(const At& at, Scenario& scenario) const {
  if (!scenario_type().read(at, scenario)) return false;
  std::multimap<core::SteadyTime, WorldEntry> by_time;  // Equal keys stay in the order in which they came.
  for (WorldEntry& entry : scenario.world) by_time.emplace(entry.at, std::move(entry));
  scenario.world.clear();
  for (auto& [at_time, entry] : by_time) scenario.world.push_back(std::move(entry));
  return true;
}

JsonObject ScenarioType::schema(const Scenario& defaults) const {
  return scenario_type().schema(defaults);
}

std::string scenario_schema() {
  Scenario defaults;
  defaults.start = kDefaultStart;
  JsonObject schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                    {"title", "A scenario of rehearse"},
                    {"allowComments", true}};
  for (const auto& [name, value] : ScenarioType{}.schema(defaults)) schema[name] = value;
  return pretty_json(schema);
}

}  // namespace sim
