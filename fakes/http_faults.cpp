#include "fakes/http_faults.h"

#include <algorithm>
#include <optional>

#include "core/time/text.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

// Beside a rule's own header of that name, not instead of it: services have been seen to send two.
struct AddRetryAfter {
  core::HttpHeaders& headers;
  core::WallTime now;

  void operator()(const RetryAfterSeconds& hint) const {
    headers.push_back({"retry-after", decimal_of(hint.delay, 1s)});
  }
  void operator()(const RetryAfterMs& hint) const {
    headers.push_back({"retry-after-ms", decimal_of(hint.delay, 1ms)});
  }
  void operator()(const RetryAfterRaw& hint) const { headers.push_back({"retry-after", hint.text}); }
  void operator()(const RetryAfterDate& hint) const {
    // Counted from the second that the answer's own Date names, which is what clients subtract from it.
    const core::WallTime date(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()));
    const core::WallTime until = core::saturating_add(date, hint.ahead);
    headers.push_back({"retry-after", core::format_http_date(core::saturating_add(until, core::Duration(1s) - 1ns))});
  }
};

/// What a client is to wait, from now on.
struct MeantBy {
  core::WallTime now;

  std::optional<core::Duration> operator()(const RetryAfterSeconds& hint) const { return hint.delay; }
  std::optional<core::Duration> operator()(const RetryAfterMs& hint) const { return hint.delay; }
  std::optional<core::Duration> operator()(const RetryAfterRaw&) const { return std::nullopt; }
  std::optional<core::Duration> operator()(const RetryAfterDate& hint) const {
    return hint.ahead - (now.time_since_epoch() - std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()));
  }
};

std::optional<core::Duration> asked_to_wait(const HttpRule* rule, const Now& now) {
  const auto* status = rule == nullptr ? nullptr : std::get_if<DoStatus>(&rule->action);
  if (status == nullptr || !status->retry_after || !status->headers.empty()) return std::nullopt;
  const auto wait = std::visit(MeantBy{now.wall}, *status->retry_after);
  return wait && *wait > core::Duration::zero() ? wait : std::nullopt;
}

core::HttpResponse answer_status(const DoStatus& action, const Now& now, HttpExchange& exchange) {
  core::HttpResponse response = exchange.error(action.status);
  if (action.body) {
    response.body = *action.body;
  } else if (action.status < 200 || action.status == 204 || action.status == 304) {
    response.body.clear();
  }
  std::erase_if(response.headers, [&action](const core::HttpHeader& header) {
    return core::find_header(action.headers, header.name).has_value();
  });
  response.headers.insert(response.headers.end(), action.headers.begin(), action.headers.end());
  if (action.retry_after) std::visit(AddRetryAfter{response.headers, now.wall}, *action.retry_after);
  return response;
}

}  // namespace

Delivery HttpFaults::deliver(const Match<HttpAction>& match, const core::HttpRequest& request, const Now& now,
                             HttpExchange& exchange, std::optional<int>& own_status) {
  static const HttpAction kNoAction;
  const HttpAction& action = match.rule == nullptr ? kNoAction : match.rule->action;
  const auto perform = [&] {
    core::HttpResponse response = exchange.perform(action);
    own_status = response.status;
    return response;
  };
  if (const auto* status = std::get_if<DoStatus>(&action)) return Respond{answer_status(*status, now, exchange)};
  if (std::holds_alternative<DoTimeout>(action)) return NeverAnswer{};
  if (std::holds_alternative<DoRefuse>(action)) return RefuseConnection{};
  if (const auto* reset = std::get_if<DoReset>(&action)) {
    if (reset->when == ResetWhen::After) perform();
    return ResetConnection{};
  }
  if (const auto* truncate = std::get_if<DoTruncate>(&action)) {
    Respond respond{perform()};
    respond.body_bytes_sent = respond.response.body.size() * std::uint64_t{truncate->millionths} / 1'000'000;
    return respond;
  }
  if (std::holds_alternative<DoGarbage>(action)) return Respond{exchange.garbage(match.variant)};
  if (const auto* flood = std::get_if<DoFlood>(&action)) {
    return Flood{.headers = flood->part == DoFlood::Part::Headers, .bytes = flood->bytes};
  }
  const auto* limit = std::get_if<DoRateLimit>(&action);
  if (limit == nullptr || exchange.is_free_of_limits()) return Respond{perform()};

  const auto account = exchange.account();
  const std::string_view credential = account ? *account : credential_of(request.headers).value;
  const Quota quota = windows_.take(match.index, *limit, credential, now.steady);
  if (quota.exceeded) return Respond{exchange.limited(*limit, quota)};
  Respond respond{perform()};
  exchange.show_quota(respond.response.headers, *limit, quota);
  return respond;
}

Answer HttpFaults::answer(std::string_view operation, const core::HttpRequest& request, const Now& now,
                          HttpExchange& exchange) {
  std::optional<int> own_status;
  if (rules_.empty()) {
    Delivery delivery = deliver({}, request, now, exchange, own_status);
    return {std::move(delivery), {}, operation, {}, own_status};
  }
  const std::string job = percent_decode(core::find_header(request.headers, core::kJobHeader).value_or(""));
  const Match<HttpAction> match = rules_.meet({operation, {}, job, now.steady});
  Delivery delivery = deliver(match, request, now, exchange, own_status);
  return {std::move(delivery), match.latency, operation, asked_to_wait(match.rule, now), own_status};
}

}  // namespace fakes
