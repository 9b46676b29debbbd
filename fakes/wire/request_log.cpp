#include "fakes/wire/request_log.h"

#include <fmt/format.h>

#include <utility>

#include "core/json/escape.h"
#include "core/json/input_error.h"

namespace fakes::wire {

namespace {

/// Clients may send anything; what is shown is UTF-8 and short.
std::string json_text(std::string_view text) {
  std::string out;
  core::append_json_string(out, core::printable(text, 256));
  return out;
}

}  // namespace

std::string exchange_json(const Exchange& exchange) {
  std::string out = fmt::format(
      "{{\"t_ns\":{},\"service\":\"{}\",\"operation\":{},\"job\":{},\"number\":{},\"method\":{},\"path\":{},"
      "\"answer\":\"{}\"",
      exchange.arrived.time_since_epoch().count(), name_of(exchange.service), json_text(exchange.operation),
      json_text(exchange.job), exchange.number, json_text(exchange.method), json_text(exchange.path),
      name_of(exchange.ending));
  if (exchange.status != 0) out += fmt::format(",\"status\":{}", exchange.status);
  out += fmt::format(",\"latency_ns\":{}", exchange.latency.count());
  if (exchange.ended) out += fmt::format(",\"answered_t_ns\":{}", exchange.ended->time_since_epoch().count());
  if (exchange.rule_asked_to_wait) {
    out += fmt::format(",\"asked_to_wait_ns\":{}", exchange.rule_asked_to_wait->count());
  }
  return out += '}';
}

std::string exchange_lines(const RedisExchange& exchange) {
  std::vector<std::string> jobs = exchange.jobs;
  if (jobs.empty()) jobs.emplace_back();
  std::string lines;
  for (const std::string& job : jobs) {
    lines += fmt::format(
        "{{\"t_ns\":{},\"service\":\"redis\",\"operation\":{},\"job\":{},\"answer\":{},\"latency_ns\":{}}}\n",
        exchange.arrived.time_since_epoch().count(), json_text(exchange.operation), json_text(job),
        json_text(exchange.answer), exchange.latency.count());
  }
  return lines;
}

std::uint64_t RequestLog::add(Exchange exchange) {
  if (kept_.size() == kMaxKept) {
    kept_.erase(kept_.begin(), kept_.begin() + kMaxKept / 2);
    forgotten_ += kMaxKept / 2;
  }
  exchange.number = next_number_++;
  kept_.push_back(std::move(exchange));
  return kept_.back().number;
}

Exchange* RequestLog::find(std::uint64_t number) {
  if (kept_.empty() || number < kept_.front().number) return nullptr;
  const std::uint64_t place = number - kept_.front().number;
  return place < kept_.size() ? &kept_[static_cast<std::size_t>(place)] : nullptr;
}

void RequestLog::end(std::uint64_t number, Ending ending, core::SteadyTime at) {
  Exchange* exchange = find(number);
  if (exchange == nullptr) return;
  exchange->ending = ending;
  exchange->ended = at;
  if (sink_) sink_(exchange_json(*exchange) + "\n");
}

void RequestLog::add(const RedisExchange& exchange) const {
  if (sink_) sink_(exchange_lines(exchange));
}

void RequestLog::close() {
  for (const Exchange& exchange : kept_) {
    if (sink_ && exchange.ending == Ending::UnderWay) sink_(exchange_json(exchange) + "\n");
  }
  sink_ = nullptr;
}

void RequestLog::clear() {
  kept_.clear();
  forgotten_ = 0;
}

Verdict RequestLog::verdict(const VerdictLimits& limits) const {
  Verdict verdict = judge(kept_, limits);
  verdict.forgotten = forgotten_;
  return verdict;
}

}  // namespace fakes::wire
