#include "sim/world/new_work.h"

#include <algorithm>
#include <string_view>

#include "core/text/text_hash.h"

namespace sim {

namespace {

/// Whoever lets a job do the same more often than this, and all at one instant, means without end.
constexpr std::uint64_t kMostRepeats = 100'000;

/// How often one job may do the same thing: in each turn of each attempt of each of its runs.
std::uint32_t most_repeats(const core::Config& config) {
  std::uint64_t most = 1;
  for (const std::uint64_t factor :
       {std::uint64_t{config.llm.max_turns},
        std::uint64_t{std::max(config.llm.retry.attempts.value_or(1), config.github.tools.retry.attempts.value_or(1))},
        std::uint64_t{config.jobs.retry.requeues} + 1, std::uint64_t{config.jobs.recoveries} + 1}) {
    most = std::min(kMostRepeats, most * std::max<std::uint64_t>(factor, 1));
  }
  return static_cast<std::uint32_t>(most);
}

std::uint64_t hash_of(const core::Event& event) {
  const core::TextHash hash;
  auto all = static_cast<std::uint64_t>(event.kind);
  for (const std::string_view part : {event.runner, event.job, event.api, event.tool}) {
    all = all * 0x9e3779b97f4a7c15ULL + hash(part);
  }
  return all;
}

}  // namespace

NewWork::NewWork(const core::Config& config) : most_(most_repeats(config)) {}

bool NewWork::is_new(const core::Event& event) {
  if (event.at != at_) times_done_.clear();
  at_ = event.at;
  return ++times_done_[hash_of(event)] <= most_;
}

}  // namespace sim
