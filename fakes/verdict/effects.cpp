// Comments, issues and reviews that exist twice because a client posted again what had been done.
#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>

#include "fakes/verdict/judges.h"

namespace fakes {

namespace {

/// Where something was posted, for which job, and what makes it the same as another.
using Effect = std::tuple<std::string_view, std::string_view, TextDigest>;

std::string_view posted_by(std::string_view operation) {
  if (operation == "comments.create") return "a comment";
  if (operation == "issues.create") return "an issue";
  if (operation == "reviews.create") return "a review";
  if (operation == "pulls.create") return "a pull request";
  return "the same";
}

}  // namespace

void judge_effects(std::span<const Exchange> exchanges, std::vector<Fault>& faults) {
  // The exchange that posted it, and whose answer was lost. A client that got its answer and posts the same
  // again may mean it.
  std::map<Effect, const Exchange*> in_doubt;
  for (const Exchange& exchange : exchanges) {
    if (!exchange.had_effect) continue;
    const Exchange* first = nullptr;
    for (const TextDigest same : {exchange.posted, exchange.marker}) {
      if (same == 0) continue;
      const Effect effect{exchange.place, exchange.job, same};
      const auto found = in_doubt.find(effect);
      if (found != in_doubt.end() && *found->second->ended <= exchange.arrived) first = found->second;
      if (exchange.answer_lost()) in_doubt.emplace(effect, &exchange);
    }
    if (first == nullptr) continue;
    faults.push_back(
        make_fault(FaultKind::DuplicateEffect,
                   fmt::format("request {} made {} again that request {} had made; its answer was "
                               "lost ({})",
                               exchange.number, posted_by(exchange.operation), first->number, outcome_text(*first)),
                   std::array{first, &exchange}));
  }
}

}  // namespace fakes
