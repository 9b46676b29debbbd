#include "fakes/http_faults.h"

#include <algorithm>
#include <optional>

#include "fakes/http_text.h"
#include "fakes/waits_asked.h"

namespace fakes {

namespace {

/// Where a rule sends headers of its own, or a body in place of the one that asks, they may say otherwise.
std::optional<core::Duration> asked_to_wait(const HttpRule* rule, const Now& now) {
  const auto* status = rule == nullptr ? nullptr : std::get_if<DoStatus>(&rule->action);
  if (status == nullptr || !status->retry_after || !status->headers.empty()) return std::nullopt;
  return meant_by(*status->retry_after, now);
}

core::HttpResponse answer_status(const DoStatus& action, const Now& now, HttpExchange& exchange) {
  core::HttpResponse response = exchange.error(action.status);
  if (action.status < 200 || action.status == 204 || action.status == 304) response.body.clear();
  if (action.body) response.body = *action.body;
  std::erase_if(response.headers, [&action](const core::HttpHeader& header) {
    return core::find_header(action.headers, header.name).has_value();
  });
  response.headers.insert(response.headers.end(), action.headers.begin(), action.headers.end());
  if (action.retry_after) ask_to_wait(*action.retry_after, response, now);
  return response;
}

}  // namespace

Delivery HttpFaults::deliver(const Match<HttpAction>& match, const core::HttpRequest& request, const Now& now,
                             HttpExchange& exchange, Answer& answer) {
  static const HttpAction kNoAction;
  const HttpAction& action = match.rule == nullptr ? kNoAction : match.rule->action;
  const auto perform = [&] {
    core::HttpResponse response = exchange.perform(action);
    answer.own_status = response.status;
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
  if (quota.exceeded) {
    if (exchange.tells_when_limits_end()) answer.asked_to_wait = quota.resets_in;
    return Respond{exchange.limited(*limit, quota)};
  }
  Respond respond{perform()};
  exchange.show_quota(respond.response.headers, *limit, quota);
  return respond;
}

Answer HttpFaults::answer(std::string_view operation, const core::HttpRequest& request, const Now& now,
                          HttpExchange& exchange) {
  Answer answer{{}, {}, operation, {}};
  Match<HttpAction> match;
  if (!rules_.empty()) {
    const std::string job = percent_decode(core::find_header(request.headers, core::kJobHeader).value_or(""));
    match = rules_.meet({operation, {}, job, now.steady});
    answer.latency = match.latency;
    answer.asked_to_wait = asked_to_wait(match.rule, now);
  }
  answer.delivery = deliver(match, request, now, exchange, answer);
  return answer;
}

}  // namespace fakes
