#include "sim/explore/fingerprint.h"

#include <fmt/compile.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

#include "core/api/api.h"
#include "core/events/run_end.h"
#include "core/queue/job.h"
#include "core/state.h"
#include "core/text/compose.h"
#include "fakes/http_text.h"
#include "sim/explore/outcome.h"

namespace sim {

namespace {

using core::append_state;
using core::Duration;
using core::Event;
using core::EventKind;
using core::SteadyTime;

bool leaves_to_chance(const Scenario& scenario) {
  const core::Config& config = scenario.config;
  return config.llm.retry.backoff.draws() || config.github.token.retry.backoff.draws() ||
         config.github.tools.retry.backoff.draws() || config.jobs.retry.backoff.draws() ||
         std::ranges::any_of(config.tools, [](const auto& entry) { return entry.second.retry.backoff.draws(); });
}

/// What such a rule garbles, and how, is drawn by its place among its like; a fixed outcome of garbage is one.
bool garble(const std::vector<fakes::HttpRule>& rules) {
  return std::any_of(rules.begin(), rules.end(),
                     [](const fakes::HttpRule& rule) { return std::holds_alternative<fakes::DoGarbage>(rule.action); });
}

bool has_deadlines(const Scenario& scenario) {
  return scenario.config.jobs.deadline ||
         std::ranges::any_of(scenario.jobs, [](const ScenarioJob& job) { return job.deadline.has_value(); });
}

/// As claim.lua reads it: in microseconds of Redis' clock.
std::optional<double> put_in_at(fakes::redis::Server& server, const std::string& record) {
  auto text = server.field_of(record, "put_in_at");
  if (!text) text = server.field_of(record, "ready_at");
  std::int64_t time = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), time);
  return text ? std::optional(static_cast<double>(time)) : std::nullopt;
}

template <class Rules>
bool has_windows(const Rules& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const auto& rule) { return rule.from || rule.until; });
}

bool tells_the_hour(const Scenario& scenario) {
  return !scenario.world.empty() || has_windows(scenario.llm) || has_windows(scenario.github) ||
         has_windows(scenario.redis);
}

template <class Rules>
bool name_runners(const Rules& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const auto& rule) { return rule.runner.has_value(); });
}

/// What the file's own rules have counted: those of the outcomes that are tried stand before them, and count nothing
/// that still matters. By how many calls of which runner, and in which window, a rule has been met is all in its count.
void put_last(std::string& out, const std::vector<std::uint64_t>& counts, std::size_t own) {
  for (std::size_t i = counts.size() - own; i < counts.size(); ++i) append_state(out, counts[i]);
}

}  // namespace

Fingerprints::Fingerprints(const Scenario& scenario, const std::vector<std::uint8_t>& outcomes, std::size_t most)
    : scenario_(scenario),
      outcomes_(outcomes),
      most_(most),
      depends_on_chance_(leaves_to_chance(scenario)),
      depends_on_the_hour_(tells_the_hour(scenario)),
      has_deadlines_(has_deadlines(scenario)),
      names_runners_(name_runners(scenario.llm) || name_runners(scenario.github) || name_runners(scenario.redis)),
      has_rules_(scenario.forms == fakes::AnswerForms::Varied || !scenario.llm.empty() || !scenario.github.empty() ||
                 !scenario.redis.empty() || !scenario.world.empty()) {}

void Fingerprints::on_event(const Event& event) {
  if (taken_.size() >= most_) return;
  switch (event.kind) {
    case EventKind::CallStarted:
    case EventKind::CallFailed:
    case EventKind::CallRetry:
    case EventKind::CallSucceeded:
    case EventKind::CallGaveUp:
      note_call(event);
      break;
    case EventKind::JobStarted:
      runs_[std::string(event.job)] = {};
      break;
    case EventKind::ToolStarted:
      ++runs_[std::string(event.job)].tools;
      break;
    case EventKind::JobCompleted:
    case EventKind::JobRequeued:
    case EventKind::JobFailed:
    case EventKind::JobReleased:
      if (core::ends_a_run(event)) runs_.erase(std::string(event.job));
      break;
    default:
      break;
  }
  const auto run = runs_.find(event.job);
  if (run == runs_.end()) return;
  run->second.number = ++events_;
  run->second.last = event.kind;
  run->second.at = event.at;
}

void Fingerprints::note_call(const Event& event) {
  last_call_ = core::compose(FMT_COMPILE("{}/{}/{}"), event.runner, event.job, event.api);
  CallPlace& call = calls_[last_call_];
  call.last = event.kind;
  call.attempt = event.attempt.value_or(0);
  call.at = event.at;
  call.delay = event.delay.value_or(Duration::zero());
  call.outcome = -1;
  if (event.kind == EventKind::CallSucceeded && event.api == core::api::kChat) ++runs_[std::string(event.job)].answers;
  if (event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallGaveUp) calls_.erase(last_call_);
}

void Fingerprints::before_request(Services& services, std::string_view runner, const core::HttpRequest& request) {
  if (taken_.size() >= most_) return;
  const std::string text = describe(services, runner, request);
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  const bool llm = request.url.starts_with(services.llm_url);
  const std::size_t number = taken_.size();
  taken_.push_back({hash.high64, hash.low64});
  for_llm_.push_back(llm);
  if (llm) ++llm_requests_;
  const std::uint8_t outcome = number < outcomes_.size() ? outcomes_[number] : 0;
  if (const auto call = calls_.find(last_call_); call != calls_.end()) call->second.outcome = outcome;
  if (std::holds_alternative<fakes::DoGarbage>(call_outcomes()[outcome].action)) ++garbled_[llm ? 0 : 1];
}

std::string Fingerprints::describe(Services& services, std::string_view runner, const core::HttpRequest& request) {
  const SteadyTime now = services.kernel.now();
  std::string out;
  append_state(out, runner);
  append_state(out, request.method);
  append_state(out, request.url);
  append_state(out, request.body);
  describe_calls(out, now);
  services.describe_runners(out);
  describe_jobs(out, services);
  services.github.describe_state(out);
  if (has_rules_) describe_rules(out, services, runner, request);
  if (services.watch != nullptr) services.watch->describe_state(out, now);
  if (depends_on_the_hour_) append_state(out, now.time_since_epoch().count());
  // OpenAI's tool calls have ids, which the fake counts over the whole world.
  if (scenario_.config.llm.protocol == core::LlmProtocol::OpenAi) append_state(out, llm_requests_);
  return out;
}

void Fingerprints::describe_rules(std::string& out, Services& services, std::string_view runner,
                                  const core::HttpRequest& request) {
  put_last(out, services.llm.rule_counts(), scenario_.llm.size());
  put_last(out, services.github.rule_counts(), scenario_.github.size());
  put_last(out, services.redis.faults().counts(), scenario_.redis.size());
  const std::string job = fakes::percent_decode(core::find_header(request.headers, core::kJobHeader).value_or(""));
  ++counts_[core::compose(FMT_COMPILE("{} {} {} {}"), request.method, fakes::split_url(request.url).path, job,
                          names_runners_ ? runner : std::string_view())];
  for (const auto& [name, count] : counts_) {
    append_state(out, name);
    append_state(out, static_cast<std::int64_t>(count));
  }
  if (garble(scenario_.llm)) append_state(out, garbled_[0]);
  if (garble(scenario_.github)) append_state(out, garbled_[1]);
  for (const auto& [name, count] : services.redis.commands()) {
    append_state(out, name);
    append_state(out, static_cast<std::int64_t>(count));
  }
}

void Fingerprints::describe_calls(std::string& out, SteadyTime now) const {
  for (const auto& [name, call] : calls_) {
    append_state(out, name);
    append_state(out, static_cast<std::int64_t>(call.last));
    append_state(out, call.attempt);
    append_state(out, (call.at - now + call.delay).count());
    append_state(out, call.outcome);
  }
  // In the order of their last events: those that wait for the same thing get it in turn.
  std::vector<const decltype(runs_)::value_type*> runs;
  runs.reserve(runs_.size());
  for (const auto& run : runs_) runs.push_back(&run);
  // total order: no two events have one number
  std::sort(runs.begin(), runs.end(), [](auto* a, auto* b) { return a->second.number < b->second.number; });
  for (const auto* entry : runs) {
    const auto& [job, run] = *entry;
    append_state(out, job);
    append_state(out, run.answers);
    append_state(out, run.tools);
    append_state(out, static_cast<std::int64_t>(run.last));
    append_state(out, (now - run.at).count());
  }
}

void Fingerprints::describe_jobs(std::string& out, Services& services) const {
  const std::string root = scenario_.config.redis.key_prefix + "job:";
  fakes::redis::Server& server = services.redis.server();
  // The server's own clock stands where its last command left it.
  const std::int64_t now = (scenario_.start + services.kernel.now().time_since_epoch()).time_since_epoch().count();
  const auto from_now = [now](std::optional<double> score) {
    return score ? static_cast<std::int64_t>(*score) * 1'000 - now : INT64_MIN;
  };
  for (const core::RedisValue& job : services.redis.look({"LRANGE", root + "ready", "0", "-1"}).elements) {
    append_state(out, job.text);
  }
  // Who is woken next.
  for (const core::RedisValue& each : services.redis.look({"ZRANGE", root + "waiting", "0", "-1"}).elements) {
    const std::string& worker = each.text;
    append_state(out, core::runner_of(worker));
    const std::optional<double> woken_at = server.score_of(root + "waiting", worker);
    append_state(out, woken_at == 0 ? INT64_MIN : from_now(woken_at));
    append_state(out, services.redis.look({"PUBSUB", "NUMSUB", root + "wake:" + worker}).elements.at(1).integer);
  }
  for (const core::RedisValue& each : services.redis.look({"ZRANGE", root + "holds", "0", "-1"}).elements) {
    append_state(out, each.text);
    append_state(out, from_now(server.score_of(root + "holds", each.text)));
  }
  for (const ScenarioJob& job : scenario_.jobs) {
    if (job.at > services.kernel.now()) append_state(out, (job.at - services.kernel.now()).count());
    append_state(out, server.field_of(root + "completed_by", job.id) ? "completed" : "");
    append_state(out, server.field_of(root + "data:" + job.id, "reason").value_or(""));
    append_state(out, server.text_of(root + "retry:" + job.id).value_or(""));
    append_state(out, server.field_of(root + "data:" + job.id, "recoveries").value_or("0"));
    // Every draw of a run is made from the branch of its claim, whose number is in the owner's token, by ordinal.
    if (depends_on_chance_) append_state(out, server.field_of(root + "owners", job.id).value_or(""));
    append_state(out, from_now(server.score_of(root + "delayed", job.id)));
    append_state(out, from_now(server.score_of(root + "leases", job.id)));
    if (has_deadlines_) append_state(out, from_now(put_in_at(server, root + "data:" + job.id)));
    const std::vector<core::RedisValue> record = services.redis.look({"HGETALL", root + "data:" + job.id}).elements;
    for (std::size_t i = 0; i + 1 < record.size(); i += 2) {
      if (!record[i].text.starts_with("effect:")) continue;  // The rest of it tells who wrote it, or is told above.
      append_state(out, record[i].text);
      append_state(out, record[i + 1].text);
    }
  }
}

}  // namespace sim
