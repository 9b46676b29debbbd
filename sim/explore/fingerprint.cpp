#include "sim/explore/fingerprint.h"

#include <fmt/compile.h>
#include <xxhash.h>

#include <algorithm>

#include "core/text/compose.h"
#include "fakes/http_text.h"

namespace sim {

namespace {

using core::Duration;
using core::Event;
using core::EventKind;
using core::SteadyTime;

bool leaves_to_chance(const Scenario& scenario) {
  const core::Config& config = scenario.config;
  const auto jitters = [](const core::BackoffPolicy& policy) { return policy.jitter.kind != core::JitterKind::None; };
  return jitters(config.llm.retry.backoff) || jitters(config.github.token.retry.backoff) ||
         jitters(config.github.tools.retry.backoff) || jitters(config.jobs.retry.backoff) ||
         std::any_of(config.tool_retry.begin(), config.tool_retry.end(),
                     [&](const auto& entry) { return jitters(entry.second.backoff); });
}

template <class Rules>
bool has_windows(const Rules& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const auto& rule) { return rule.from || rule.until; });
}

bool tells_the_hour(const Scenario& scenario) {
  return !scenario.world.empty() || has_windows(scenario.llm) || has_windows(scenario.github) ||
         has_windows(scenario.redis);
}

void put(std::string& out, std::string_view text) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}:"), text.size());
  out += text;
}
void put(std::string& out, std::int64_t number) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{};"), number);
}

}  // namespace

Fingerprints::Fingerprints(const Scenario& scenario, const std::vector<std::uint8_t>& outcomes, std::size_t most)
    : scenario_(scenario),
      outcomes_(outcomes),
      most_(most),
      depends_on_chance_(leaves_to_chance(scenario)),
      depends_on_the_hour_(tells_the_hour(scenario)) {}

void Fingerprints::on_event(const Event& event) {
  if (taken_.size() >= most_) return;
  switch (event.kind) {
    case EventKind::CallStarted:
    case EventKind::CallFailed:
    case EventKind::CallRetry:
    case EventKind::CallSucceeded:
    case EventKind::CallGaveUp: {
      last_call_ = core::compose(FMT_COMPILE("{}/{}/{}"), event.runner, event.job, event.api);
      CallPlace& call = calls_[last_call_];
      call = {event.kind, event.attempt.value_or(0), event.at, event.delay.value_or(Duration::zero()), -1};
      if (event.kind == EventKind::CallSucceeded && event.api == "llm.chat") ++runs_[std::string(event.job)].answers;
      if (event.kind == EventKind::CallSucceeded && event.api == "github.token") {
        tokens_[std::string(event.runner)] = event.at;
      }
      if (event.kind == EventKind::CallStarted && event.api == "github.token" && event.attempt == 1U) ++mints_;
      if (event.kind == EventKind::CallStarted && event.api == "llm.chat") paced_[std::string(event.runner)] = event.at;
      // A token that was refused is thrown away.
      const bool refused = event.kind == EventKind::CallFailed && event.status == 401 && event.api != "llm.chat";
      if (refused) tokens_.erase(std::string(event.runner));
      const bool over = event.kind == EventKind::CallSucceeded || event.kind == EventKind::CallGaveUp;
      if (over) calls_.erase(last_call_);
      break;
    }
    case EventKind::JobStarted:
      runs_[std::string(event.job)] = {};
      break;
    case EventKind::ToolStarted:
      ++runs_[std::string(event.job)].tools;
      break;
    default:
      break;
  }
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
  if (const auto call = calls_.find(last_call_); call != calls_.end()) {
    call->second.outcome = number < outcomes_.size() ? outcomes_[number] : 0;
  }
}

std::string Fingerprints::describe(Services& services, std::string_view runner, const core::HttpRequest& request) {
  const SteadyTime now = services.kernel.now();
  std::string out;
  put(out, runner);
  put(out, request.method);
  put(out, request.url);
  put(out, request.body);
  describe_calls(out, now);
  describe_jobs(out, services);
  for (const auto& [name, start] : paced_) {
    const Duration since = now - start;
    put(out, name);
    put(out, std::min(since, scenario_.config.llm.min_interval).count());
  }
  for (const auto& [name, minted] : tokens_) {
    put(out, name);
    put(out, std::min<Duration>(now - minted, std::chrono::hours(1)).count());
  }
  if (depends_on_chance_) put(out, mints_);
  services.github.for_each_comment([&out](std::string_view issue, const fakes::Comment& comment) {
    put(out, issue);
    put(out, comment.body);
  });
  if (!scenario_.llm.empty() || !scenario_.github.empty()) {
    const std::string job = fakes::percent_decode(core::find_header(request.headers, core::kJobHeader).value_or(""));
    ++counts_[core::compose(FMT_COMPILE("{} {} {}"), request.method, fakes::split_url(request.url).path, job)];
    for (const auto& [name, count] : counts_) {
      put(out, name);
      put(out, static_cast<std::int64_t>(count));
    }
  }
  if (services.watch != nullptr) services.watch->describe_state(out, now);
  if (depends_on_the_hour_) put(out, now.time_since_epoch().count());
  // OpenAI's tool calls have ids, which the fake counts over the whole world.
  if (scenario_.config.llm.protocol == core::LlmProtocol::OpenAi) put(out, llm_requests_);
  return out;
}

void Fingerprints::describe_calls(std::string& out, SteadyTime now) const {
  for (const auto& [name, call] : calls_) {
    put(out, name);
    put(out, static_cast<std::int64_t>(call.last));
    put(out, call.attempt);
    put(out, (call.at - now + call.delay).count());
    put(out, call.outcome);
  }
  for (const auto& [job, run] : runs_) {
    put(out, job);
    put(out, run.answers);
    put(out, run.tools);
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
  for (const ScenarioJob& job : scenario_.jobs) {
    put(out, server.field_of(root + "data:" + job.id, "state").value_or(""));
    put(out, server.text_of(root + "retry:" + job.id).value_or(""));
    // Every draw of a run is made from the branch of its claim, whose number is in the owner's token, by ordinal.
    if (depends_on_chance_) put(out, server.field_of(root + "data:" + job.id, "owner").value_or(""));
    put(out, from_now(server.score_of(root + "delayed", job.id)));
    put(out, from_now(server.score_of(root + "leases", job.id)));
    for (const core::RedisValue& part : services.redis.look({"HGETALL", root + "journal:" + job.id}).elements) {
      put(out, part.text);
    }
  }
}

}  // namespace sim
