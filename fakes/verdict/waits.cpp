// Faults in how long a client waited where the answer had said how long.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "fakes/verdict/judges.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

/// Timers of clients are that coarse.
constexpr core::Duration kTolerance = 10ms;
/// So many refusals within one wait are no accident of requests that were on their way.
constexpr std::size_t kHammer = 5;

using Asker = std::tuple<Service, std::string_view, TextDigest, std::string_view>;

/// Who waits: a job's requests for one operation. Of clients that name no job, all requests of a credential.
Asker asker_of(const Exchange& exchange) {
  return {exchange.service, exchange.operation, exchange.account, exchange.job};
}

/// Whether the client can have known, when it sent the request, what `asked` had asked for. A repetition is sent after
/// the answer; another request may have been on its way.
bool knew_of(const Exchange& exchange, const Exchange& asked) {
  return exchange.request == asked.request || exchange.arrived >= *asked.ended + kTolerance;
}

bool is_early(const Exchange& exchange, const Exchange& asked) {
  return knew_of(exchange, asked) && *asked.not_before() - exchange.arrived > kTolerance;
}

void judge_undercut(const Chain& requests, std::vector<Fault>& faults) {
  const Exchange* asked = nullptr;  // The answer whose wait is on.
  // Answers come in another order than their requests, where several are under way.
  std::multimap<core::SteadyTime, const Exchange*> answers;
  for (const Exchange* exchange : requests) {
    while (!answers.empty() && answers.begin()->first <= exchange->arrived) {
      asked = answers.begin()->second;
      answers.erase(answers.begin());
    }
    if (asked != nullptr && is_early(*exchange, *asked)) {
      const core::Duration waited = exchange->arrived - *asked->ended;
      faults.push_back(
          make_fault(FaultKind::UndercutRetryAfter,
                     fmt::format("request {} came {} after answer {}, which asked to wait {}", exchange->number,
                                 time_text(waited), asked->number, time_text(*asked->not_before() - *asked->ended)),
                     std::array{asked, exchange}));
      asked = nullptr;
    }
    if (exchange->not_before()) answers.emplace(*exchange->ended, exchange);
  }
}

void judge_hammering(const Chain& requests, std::vector<Fault>& faults) {
  const Exchange* asked = nullptr;
  Chain refused;
  for (const Exchange* exchange : requests) {
    if (asked != nullptr && exchange->arrived >= *asked->ended && is_early(*exchange, *asked)) {
      if (!exchange->rate_limited) continue;
      refused.push_back(exchange);
      if (refused.size() == kHammer) {
        faults.push_back(
            make_fault(FaultKind::HammeredWhileLimited,
                       fmt::format("{} more requests were refused while answer {} asked to wait {}", kHammer,
                                   asked->number, time_text(*asked->not_before() - *asked->ended)),
                       refused));
      }
      continue;
    }
    const bool opens = exchange->rate_limited && exchange->not_before();
    const bool is_over = asked == nullptr || exchange->arrived > *asked->not_before();
    if (!opens || !is_over) continue;
    asked = exchange;
    refused.clear();
  }
}

}  // namespace

void judge_waits(std::span<const Exchange> exchanges, std::vector<Fault>& faults) {
  std::map<Asker, Chain> by_asker;
  std::map<std::pair<Service, TextDigest>, Chain> by_account;
  for (const Exchange& exchange : exchanges) {
    by_asker[asker_of(exchange)].push_back(&exchange);
    by_account[{exchange.service, exchange.account}].push_back(&exchange);
  }
  for (const auto& [asker, requests] : by_asker) judge_undercut(requests, faults);
  for (const auto& [account, requests] : by_account) judge_hammering(requests, faults);
}

}  // namespace fakes
