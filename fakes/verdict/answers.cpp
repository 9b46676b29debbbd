// Answers of the model that were cut, and that the client went on with as if they had been whole: seen by the cut
// answer being part of the conversation in a later request, without the question having been answered in full in
// between.
#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

#include "fakes/verdict/judges.h"

namespace fakes {

namespace {

using Conversation = std::pair<TextDigest, std::string_view>;  ///< And the job, if it is of one.

struct Question {
  const Exchange* cut = nullptr;                        ///< The last answer of which a part arrived.
  core::SteadyTime answered = core::SteadyTime::max();  ///< In full, for the first time.
};

}  // namespace

void judge_answers(std::span<const Exchange> exchanges, std::vector<Fault>& faults) {
  std::map<Conversation, Question> questions;
  for (const Exchange& exchange : exchanges) {
    for (const TextDigest continued : exchange.continued) {
      const auto found = questions.find({continued, exchange.job});
      if (found == questions.end()) continue;
      Question& question = found->second;
      const bool was_answered = question.answered <= exchange.arrived;
      if (question.cut == nullptr || was_answered || *question.cut->ended > exchange.arrived) continue;
      faults.push_back(make_fault(
          FaultKind::AcceptedCutAnswer,
          fmt::format("request {} goes on from answer {}, which was cut", exchange.number, question.cut->number),
          std::array{question.cut, &exchange}));
      question.cut = nullptr;  // Told once.
    }
    if (exchange.conversation == 0 || !exchange.ended || exchange.status != 200) continue;
    Question& question = questions[{exchange.conversation, exchange.job}];
    if (exchange.ending == Ending::Cut) question.cut = &exchange;
    // One that left early may have had the answer, or what it made itself: no fault is seen in what follows.
    const bool answered = exchange.ending == Ending::Complete || exchange.ending == Ending::ClientLeft;
    if (answered) question.answered = std::min(question.answered, *exchange.ended);
  }
}

}  // namespace fakes
