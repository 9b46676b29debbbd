#include "sim/world/queue_watch.h"

#include <algorithm>
#include <charconv>

namespace sim {

namespace {

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Scores are whole microseconds.
std::optional<std::int64_t> whole(std::optional<double> score) {
  return score ? std::optional(static_cast<std::int64_t>(*score)) : std::nullopt;
}

}  // namespace

QueueWatch::QueueWatch(Kernel& kernel, RedisHost& redis, const core::Config& config, Invariants& invariants)
    : kernel_(kernel),
      redis_(redis),
      invariants_(invariants),
      root_(config.redis.key_prefix + "job:"),
      ready_(root_ + "ready"),
      owners_(root_ + "owners"),
      delayed_(root_ + "delayed"),
      leases_(root_ + "leases"),
      completed_by_(root_ + "completed_by") {}

void QueueWatch::on_script(const fakes::redis::ScriptCall& call, const core::RedisCommand& command) {
  constexpr std::size_t kFirstArgument = 4;  // EVAL, the text, the number of keys, the key.
  if (command.size() <= kFirstArgument) return;
  if (call.script == "claim") {
    if (command.size() > kFirstArgument + 1) look_at_claim(command[kFirstArgument], command[kFirstArgument + 1]);
  } else if (call.script == "recover") {
    const std::string& token = command[kFirstArgument];
    for (const std::string& job : recovered_by(token)) look_at(call.script, job, token);
  } else if (call.script == "complete") {
    for (std::size_t i = 0; i < call.jobs.size(); ++i) {
      const std::string_view job = call.jobs[i];
      const std::string& token = command[kFirstArgument + 1 + 2 * i];
      // Of a job that is named for more than one run it is the one whose end stands there that is judged.
      const bool is_only = std::count(call.jobs.begin(), call.jobs.end(), job) == 1;
      if (is_only || redis_.server().field_of(completed_by_, job) == token) look_at(call.script, job, token);
    }
  } else if (!call.jobs.empty()) {
    const std::size_t token = kFirstArgument + (call.script == "enqueue" ? 2 : 0);
    if (command.size() > token) look_at(call.script, call.jobs.front(), command[token]);
  }
}

void QueueWatch::look_at_claim(const std::string& worker, const std::string& number) {
  // What comes late has changed nothing.
  if (!redis_.server().text_of(key("claim:", worker)).value_or("").starts_with(number + ":")) return;
  const std::string token = worker + number;
  for (const core::RedisValue& job : redis_.look({"ZRANGE", leases_, "0", "-1"}).elements) {
    if (redis_.server().field_of(owners_, job.text) == token) look_at("claim", job.text, token);
  }
}

std::vector<std::string> QueueWatch::recovered_by(const std::string& token) {
  std::vector<std::string> jobs;
  const core::RedisValue kept = redis_.look({"LRANGE", key("recovered:", token), "0", "-1"});
  // "ready:abc-123" or "failed:abc-123".
  for (const core::RedisValue& entry : kept.elements) jobs.push_back(entry.text.substr(entry.text.find(':') + 1));
  return jobs;
}

std::string_view QueueWatch::state_of(std::string_view job) {
  const fakes::redis::Server& server = redis_.server();
  const bool failed = server.field_of(key("data:", job), "reason").has_value();
  if (server.field_of(completed_by_, job)) return failed ? "completed and failed" : "completed";
  if (failed) return "failed";
  if (server.score_of(leases_, job)) return "running";
  if (server.score_of(delayed_, job)) return "delayed";
  return server.field_of(key("data:", job), "payload") ? "waiting" : "";
}

void QueueWatch::look_at(std::string_view script, std::string_view job, std::string_view token) {
  const fakes::redis::Server& server = redis_.server();
  QueueStep step{.script = script, .job = job, .token = token, .at = kernel_.now(), .now_us = server.now_us()};
  step.after.state = state_of(job);
  // A new job is at the end of what may be a long list.
  const bool ought_to_be_ready = step.after.state == "waiting" && script != "enqueue";
  if (ought_to_be_ready && redis_.look({"LPOS", ready_, std::string(job)}).is_null()) step.after.state = "in no list";
  step.after.owner = server.field_of(owners_, job).value_or("");
  step.after.due_us = whole(server.score_of(delayed_, job));
  step.after.lease_us = whole(server.score_of(leases_, job));
  step.after.retries = number_in(server.text_of(key("retry:", job)).value_or("0"));
  invariants_.on_queue_step(step);
}

const std::string& QueueWatch::key(std::string_view name, std::string_view rest) {
  return key_.assign(root_).append(name).append(rest);
}

}  // namespace sim
