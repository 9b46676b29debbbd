// A job as it lies in Redis: what the payload says, checked. The payload comes from outside and is not trusted.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time/time.h"

namespace core {

/// For how long a job that has ended, but for the dead-letter list, can be looked up and guards its id against a second
/// enqueue.
inline constexpr std::chrono::hours kEndedJobsKept(24);

/// What is to be done, and the only place where it may be done.
struct JobSpec {
  std::string repo;  ///< "owner/name" of GitHub's characters.
  std::uint64_t issue = 1;
  std::uint64_t installation = 1;
  std::string prompt;
  std::optional<Duration> deadline = std::nullopt;  ///< Counted from when it was put in; nothing: JobsConfig::deadline.
  /// What the model may use; nothing: comment_on_issue alone.
  std::optional<std::vector<std::string>> tools = std::nullopt;

  bool may_use(std::string_view tool) const;
};

struct MalformedJob {
  std::string message;  ///< What is wrong, without quoting the payload.
};

/// A JSON object of `repo`, `issue`, `installation`, `prompt`, all mandatory, and `deadline` and `tools`.
std::string encode_job(const JobSpec& job);
boost::system::result<JobSpec, MalformedJob> decode_job(std::string_view payload);

/// The name of the runner whose claim an owner token stands for: "runner-7" of "runner-7/0123456789abcdef/12". The name
/// itself may hold slashes.
std::string runner_of(std::string_view owner_token);

/// What a run of a job has met, for people and for who looks for jobs of one kind.
struct JobError {
  std::string text = {};
  std::string api = {};            ///< Of the call that was given up; empty: none was.
  std::optional<int> status = {};  ///< Which it was answered with.
};

/// A job that this worker holds the lease of.
struct ClaimedJob {
  std::string id;
  std::string payload;
  std::string found_instead = {};  ///< What Redis has where the payload should be; empty: the payload is there.
  std::uint32_t retry_count = 0;
  std::uint32_t run = 0;      ///< Counts the job's runs from 1, over all workers; 0: its record is gone.
  bool is_too_large = false;  ///< Its payload and journal were left in Redis.
  /// 128 random bits, the same in all runs of the job. The markers of its comments are made with it, so nobody else can
  /// make one. A later job with the same id has another secret.
  std::string secret;
  std::map<std::string, std::string> journal;  ///< What earlier attempts, and this one, wrote of their effects.
  SteadyTime claimed_at;                       ///< Not after the moment from which Redis counts the lease.
  SteadyTime put_in_at = claimed_at;           ///< Or brought back by an operator; not after that moment either.
  /// For how long a worker could have taken it, by Redis' clock. Nothing: not known.
  std::optional<Duration> waited = {};
};

}  // namespace core
