#include "sim/world/queue_watch.h"

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

void QueueWatch::on_script(std::string_view script, const core::RedisCommand& command) {
  constexpr std::size_t kFirstArgument = 4;  // EVAL, the text, the number of keys, the key.
  if (command.size() <= kFirstArgument) return;
  const bool is_enqueue = script == "enqueue";
  if (is_enqueue && command.size() <= kFirstArgument + 2) return;
  const std::string_view token = command[kFirstArgument + (is_enqueue ? 2 : 0)];
  for (const std::string& job : jobs_of(script, token, command)) look_at(script, job, token);
}

std::vector<std::string> QueueWatch::jobs_of(std::string_view script, std::string_view token,
                                             const core::RedisCommand& command) {
  std::vector<std::string> jobs;
  if (script == "claim") {
    if (const auto job = redis_.server().field_of(key("owners"), token)) jobs.emplace_back(*job);
  } else if (script == "recover") {
    for (core::RedisValue& job : redis_.look({"LRANGE", key("recovered:", token), "0", "-1"}).elements) {
      jobs.push_back(std::move(job.text));
    }
  } else if (const std::string_view job = redis_.server().job_of(command); !job.empty()) {
    jobs.emplace_back(job);
  }
  return jobs;
}

void QueueWatch::look_at(std::string_view script, std::string_view job, std::string_view token) {
  const fakes::redis::Server& server = redis_.server();
  const std::string data = key("data:", job);
  QueueStep step{.script = script, .job = job, .token = token, .at = kernel_.now(), .now_us = server.now_us()};
  step.after.state = server.field_of(data, "state").value_or("");
  step.after.owner = server.field_of(data, "owner").value_or("");
  step.after.due_us = whole(server.score_of(key("delayed"), job));
  step.after.lease_us = whole(server.score_of(key("leases"), job));
  step.after.retries = number_in(server.text_of(key("retry:", job)).value_or("0"));
  invariants_.on_queue_step(step);
}

std::string QueueWatch::key(std::string_view name, std::string_view rest) const {
  std::string result = root_;
  result.append(name).append(rest);
  return result;
}

}  // namespace sim
