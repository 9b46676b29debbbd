// Faults in how one request was repeated. A repetition is what arrived after the outcome of an earlier, equal request:
// equal requests that were under way at the same time say nothing about retrying.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "fakes/verdict/judges.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

/// After that long somebody may have asked again for reasons of their own.
constexpr core::Duration kRetryWithin = 2min;
/// GitHub answers a token with 401 or 403 for some seconds after it was made, until all its servers know it.
constexpr core::Duration kTokenIsFresh = 10s;
/// Gaps up to this, all of one length, are not a backoff.
constexpr core::Duration kTinyGap = 250ms;
constexpr std::size_t kImmediateInARow = 2, kTinyInARow = 4;
/// How far back the exchange that is repeated is looked for, among equal ones under way at the same time.
constexpr std::size_t kLookBack = 64;

/// One repetition, what it repeats and how long after.
struct Repetition {
  const Exchange* before;
  const Exchange* after;
  core::Duration gap;
};

const Exchange* repeated_by(const Chain& chain, std::size_t index) {
  const Exchange* latest = nullptr;
  for (std::size_t back = 1; back <= std::min(index, kLookBack); ++back) {
    const Exchange& earlier = *chain[index - back];
    if (!earlier.ended || *earlier.ended > chain[index]->arrived) continue;
    if (latest == nullptr || *earlier.ended > *latest->ended) latest = &earlier;
  }
  return latest;
}

std::vector<Repetition> repetitions_of(const Chain& chain) {
  std::vector<Repetition> repetitions;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (const Exchange* before = repeated_by(chain, i)) {
      repetitions.push_back({before, chain[i], chain[i]->arrived - *before->ended});
    }
  }
  return repetitions;
}

/// By token: when its answer was sent; of one whose answer is not known, when it was first used.
using Births = std::map<TextDigest, core::SteadyTime>;

Births births_of(std::span<const Exchange> exchanges) {
  Births births;
  for (const Exchange& exchange : exchanges) {
    if (exchange.service != Service::GitHub) continue;
    if (exchange.minted != 0 && exchange.ended) births.emplace(exchange.minted, *exchange.ended);
    births.emplace(exchange.token, exchange.arrived);
  }
  return births;
}

/// A refusal of a token so young says nothing (reading 21 in docs/readings.md).
bool may_be_fresh_token(const Exchange& exchange, const Births& births) {
  if (exchange.service != Service::GitHub || (exchange.status != 401 && exchange.status != 403)) return false;
  // An App's own credential is no token.
  if (exchange.token == 0 || exchange.operation == "token" || exchange.operation == "app.get") return false;
  return exchange.arrived - births.at(exchange.token) < kTokenIsFresh;
}

void judge_final(const std::vector<Repetition>& repetitions, const Births& births, std::vector<Fault>& faults) {
  for (const auto& [before, after, gap] : repetitions) {
    // Another credential is another question.
    if (!before->is_final || before->ending != Ending::Complete || before->credential != after->credential) continue;
    if (gap > kRetryWithin || may_be_fresh_token(*before, births)) continue;
    faults.push_back(make_fault(FaultKind::RetriedFinalAnswer,
                                fmt::format("request {} repeats request {}, {} after its answer {}", after->number,
                                            before->number, time_text(gap), before->status),
                                std::array{before, after}));
    return;
  }
}

bool is_constant(std::span<const Repetition> row) {
  const auto [least, most] = std::minmax_element(
      row.begin(), row.end(), [](const Repetition& a, const Repetition& b) { return a.gap < b.gap; });
  return most->gap <= kTinyGap && most->gap <= least->gap + least->gap / 2 + 5ms;
}

void judge_backoff(const std::vector<Repetition>& repetitions, const VerdictLimits& limits,
                   std::vector<Fault>& faults) {
  std::size_t row = 0, immediate = 0;
  for (std::size_t i = 0; i < repetitions.size(); ++i) {
    const auto& [before, after, gap] = repetitions[i];
    // Where the answer says how long to wait, that is judged instead.
    const bool wants_backoff = before->failed() && !before->is_final && !before->hint && !before->hint_date;
    row = wants_backoff ? row + 1 : 0;
    immediate = wants_backoff && gap < limits.shortest_wait ? immediate + 1 : 0;
    const bool tiny =
        row >= kTinyInARow && is_constant(std::span(repetitions).subspan(i + 1 - kTinyInARow, kTinyInARow));
    if (immediate < kImmediateInARow && !tiny) continue;
    const std::size_t count = immediate >= kImmediateInARow ? kImmediateInARow : kTinyInARow;
    std::vector<const Exchange*> concerned{repetitions[i + 1 - count].before};
    for (std::size_t k = i + 1 - count; k <= i; ++k) concerned.push_back(repetitions[k].after);
    faults.push_back(make_fault(
        FaultKind::NoBackoff,
        fmt::format("request {} was repeated {} times in a row, each within {} of {}", concerned.front()->number, count,
                    time_text(immediate >= kImmediateInARow ? limits.shortest_wait : kTinyGap), outcome_text(*before)),
        concerned));
    return;
  }
}

void judge_attempts(const std::vector<Repetition>& repetitions, const VerdictLimits& limits,
                    std::vector<Fault>& faults) {
  std::uint64_t attempts = 1, most = 0;
  const Exchange* first = nullptr;
  std::array<const Exchange*, 2> worst{};
  for (const auto& [before, after, gap] : repetitions) {
    if (!before->failed()) {
      attempts = 1;
      continue;
    }
    if (attempts == 1) first = before;
    if (++attempts <= std::max(most, limits.max_attempts)) continue;
    most = attempts;
    worst = {first, after};
  }
  if (most == 0) return;
  faults.push_back(make_fault(FaultKind::TooManyAttempts,
                              fmt::format("requests {} to {} are {} attempts at one thing; {} are allowed",
                                          worst[0]->number, worst[1]->number, most, limits.max_attempts),
                              worst));
}

}  // namespace

void judge_repetitions(std::span<const Exchange> exchanges, const VerdictLimits& limits, std::vector<Fault>& faults) {
  const Births births = births_of(exchanges);
  std::map<TextDigest, std::size_t> places;
  std::vector<Chain> chains;
  for (const Exchange& exchange : exchanges) {
    const auto [place, is_new] = places.emplace(exchange.request, chains.size());
    if (is_new) chains.emplace_back();
    chains[place->second].push_back(&exchange);
  }
  for (const Chain& chain : chains) {
    const std::vector<Repetition> repetitions = repetitions_of(chain);
    judge_final(repetitions, births, faults);
    judge_backoff(repetitions, limits, faults);
    judge_attempts(repetitions, limits, faults);
  }
}

}  // namespace fakes
