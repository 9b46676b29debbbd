#include "fakes/verdict/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/json/escape.h"
#include "core/json/input_error.h"
#include "core/time/text.h"
#include "fakes/verdict/judges.h"

namespace fakes {

std::string_view name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::RetriedFinalAnswer:
      return "retried_final_answer";
    case FaultKind::UndercutRetryAfter:
      return "undercut_retry_after";
    case FaultKind::NoBackoff:
      return "no_backoff";
    case FaultKind::TooManyAttempts:
      return "too_many_attempts";
    case FaultKind::DuplicateEffect:
      return "duplicate_effect";
    case FaultKind::AcceptedCutAnswer:
      return "accepted_cut_answer";
    case FaultKind::HammeredWhileLimited:
      return "hammered_while_limited";
  }
  return {};
}

std::string_view sentence_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::RetriedFinalAnswer:
      return "What was refused for what it is must not be sent again unchanged.";
    case FaultKind::UndercutRetryAfter:
      return "No request is sent before the time that the answer asked to wait for.";
    case FaultKind::NoBackoff:
      return "Between repetitions of what failed lies a wait, and it grows.";
    case FaultKind::TooManyAttempts:
      return "Attempts at one thing are bounded.";
    case FaultKind::DuplicateEffect:
      return "After a lost answer a client looks before it does the same again.";
    case FaultKind::AcceptedCutAnswer:
      return "An answer that was cut is a failure, never a short answer.";
    case FaultKind::HammeredWhileLimited:
      return "While it is limited a client stops sending, all of it.";
  }
  return {};
}

std::string time_text(core::Duration duration) {
  using namespace std::chrono_literals;
  const core::Duration unit = duration < 1ms ? core::Duration(1us) : core::Duration(1ms);
  return core::format_duration(duration - duration % unit);
}

std::string outcome_text(const Exchange& exchange) {
  if (exchange.ending == Ending::Complete) return fmt::format("{}", exchange.status);
  return exchange.ending == Ending::ClientLeft ? "no answer" : fmt::format("an answer {}", name_of(exchange.ending));
}

Fault make_fault(FaultKind kind, std::string message, std::span<const Exchange* const> exchanges) {
  const Exchange& last = *exchanges.back();
  Fault fault{kind, std::move(message), {}, last.service, last.operation, last.job, last.arrived};
  for (const Exchange* exchange : exchanges) fault.requests.push_back(exchange->number);
  return fault;
}

Verdict judge(std::span<const Exchange> exchanges, const VerdictLimits& limits) {
  Verdict verdict;
  judge_repetitions(exchanges, limits, verdict.faults);
  judge_waits(exchanges, verdict.faults);
  judge_effects(exchanges, verdict.faults);
  judge_answers(exchanges, verdict.faults);
  // total order: two faults of one kind that say the same of the same requests are the same
  std::sort(verdict.faults.begin(), verdict.faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.requests.back(), a.kind, a.requests, a.message) <
           std::tie(b.requests.back(), b.kind, b.requests, b.message);
  });
  verdict.judged = exchanges.size();
  verdict.fault_count = verdict.faults.size();
  for (const Fault& fault : verdict.faults) ++verdict.by_kind[fault.kind];
  if (verdict.faults.size() > Verdict::kMaxKept) verdict.faults.resize(Verdict::kMaxKept);
  return verdict;
}

namespace {

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count == 0 ? "no" : fmt::format("{}", count), what, count == 1 ? "" : "s");
}

std::string json_text(std::string_view text) {
  std::string out;
  core::append_json_string(out, text);
  return out;
}

}  // namespace

core::TerminalText verdict_text(const Verdict& verdict) {
  auto out = core::TerminalText::format("verdict: {} in {}\n", counted(verdict.fault_count, "fault"),
                                        counted(verdict.judged, "request"));
  if (verdict.forgotten > 0) out.append("  not judged: {}, the earliest\n", verdict.forgotten);
  for (const Fault& fault : verdict.faults) {
    const std::string of_job = fault.job.empty() ? "" : fmt::format(", job {}", core::printable(fault.job));
    out.append("  {} at {}: {} {}{}: {}\n    {}\n", name_of(fault.kind), time_text(fault.at.time_since_epoch()),
               name_of(fault.service), fault.operation, of_job, fault.message, sentence_of(fault.kind));
  }
  if (verdict.fault_count > verdict.faults.size()) {
    out.append("  and {} more\n", verdict.fault_count - verdict.faults.size());
  }
  return out;
}

std::string verdict_json(const Verdict& verdict) {
  std::string out = fmt::format("{{\"held\":{},\"judged\":{},\"forgotten\":{},\"fault_count\":{},\"faults\":[",
                                verdict.held(), verdict.judged, verdict.forgotten, verdict.fault_count);
  std::string_view separator;
  for (const Fault& fault : verdict.faults) {
    out += fmt::format(
        "{}{{\"kind\":\"{}\",\"sentence\":{},\"message\":{},\"service\":\"{}\",\"operation\":{},\"job\":{},\"t_ns\":{},"
        "\"requests\":[{}]}}",
        separator, name_of(fault.kind), json_text(sentence_of(fault.kind)), json_text(fault.message),
        name_of(fault.service), json_text(fault.operation), json_text(core::printable(fault.job, 256)),
        fault.at.time_since_epoch().count(), fmt::join(fault.requests, ","));
    separator = ",";
  }
  return out + "]}";
}

}  // namespace fakes
