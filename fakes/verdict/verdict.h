// The verdict on a client: what is wrong in how it repeated requests, waited, and used answers. It goes by the
// exchanges alone and speaks of faults only where nothing but a fault explains them: what a client may have had a good
// reason for is let pass. docs/serving.md says what each fault means.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/terminal_text.h"
#include "core/time/time.h"
#include "fakes/verdict/exchange.h"

namespace fakes {

enum class FaultKind : std::uint8_t {
  RetriedFinalAnswer,
  UndercutRetryAfter,
  NoBackoff,
  TooManyAttempts,
  DuplicateEffect,
  AcceptedCutAnswer,
  HammeredWhileLimited,
};
/// "retried_final_answer"
std::string_view name_of(FaultKind kind);
/// What is wrong with that, in one sentence.
std::string_view sentence_of(FaultKind kind);

struct Fault {
  FaultKind kind;
  std::string message;
  std::vector<std::uint64_t> requests;  ///< Their numbers, rising; the last one is the fault.
  Service service = Service::Llm;
  std::string operation;
  std::string job;
  core::SteadyTime at;
};

struct VerdictLimits {
  std::uint64_t max_attempts = 10;                               ///< Of one request, in a row, before it succeeds.
  core::Duration shortest_wait = std::chrono::milliseconds(20);  ///< What is repeated sooner was not waited for.
};

struct Verdict {
  static constexpr std::size_t kMaxKept = 100;

  std::vector<Fault> faults;  ///< By time; the first kMaxKept.
  std::uint64_t fault_count = 0;
  std::map<FaultKind, std::uint64_t> by_kind;  ///< All of them; a kind of which there is none is not listed.
  std::uint64_t judged = 0;                    ///< Exchanges.
  std::uint64_t forgotten = 0;  ///< Earlier ones, which were too many to be kept: judge() does not know of them.

  bool held() const { return fault_count == 0; }
};

/// `exchanges` in the order of arrival.
Verdict judge(std::span<const Exchange> exchanges, const VerdictLimits& limits = {});

/// For people: a line of summary, then two lines a fault.
core::TerminalText verdict_text(const Verdict& verdict);
/// One JSON object.
std::string verdict_json(const Verdict& verdict);

}  // namespace fakes
