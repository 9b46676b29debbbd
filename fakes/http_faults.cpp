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
  const bool is_plain = !action.body && !action.retry_after && action.headers.empty();
  core::HttpResponse response = is_plain ? exchange.plain_error(action.status) : exchange.error(action.status);
  if (action.status < 200 || action.status == 204 || action.status == 304) response.body.clear();
  if (action.body) response.body = *action.body;
  std::erase_if(response.headers, [&action](const core::HttpHeader& header) {
    return core::find_header(action.headers, header.name).has_value();
  });
  response.headers.insert(response.headers.end(), action.headers.begin(), action.headers.end());
  if (!action.retry_after) return response;
  ask_to_wait(*action.retry_after, response, now);
  const auto meant = meant_by(*action.retry_after, now);
  if (meant && action.headers.empty()) {
    const bool has_body = action.body || is_in_the_body(*action.retry_after);
    exchange.add_lesser_waits({*action.retry_after, *meant, !has_body}, response);
  }
  return response;
}

/// The first byte comes with the first part and, where there are two, the last one with the last.
std::vector<BodyPart> equal_parts(const DoPace& pace, std::size_t body) {
  std::vector<BodyPart> parts;
  core::Duration after{};
  for (std::uint64_t i = 1; i <= pace.chunks; ++i) {
    const std::size_t end = std::max<std::size_t>(std::min<std::size_t>(body, 1), body * i / pace.chunks);
    if (parts.empty() || end > parts.back().end) parts.push_back({end, after});
    after = core::saturating_add(core::SteadyTime(after), pace.every).time_since_epoch();
  }
  return parts;
}

std::vector<BodyPart> parts_around(const DoStall& stall, std::size_t body) {
  const std::size_t first = body * std::uint64_t{stall.millionths} / 1'000'000;
  std::vector<BodyPart> parts;
  if (first > 0) parts.push_back({first, core::Duration::zero()});
  if (first < body) parts.push_back({body, stall.goes_on_after.value_or(core::Duration::max())});
  return parts;
}

}  // namespace

/// What each action makes of one request. An action without a function here does not compile.
struct HttpFaults::Deliver {
  HttpFaults& faults;
  const HttpAction& action;
  const Match<HttpAction>& match;
  const core::HttpRequest& request;
  const Now& now;
  HttpExchange& exchange;
  Answer& answer;

  Delivery operator()(const DoStatus& status) const { return Respond{answer_status(status, now, exchange)}; }
  Delivery operator()(const DoTimeout&) const { return NeverAnswer{}; }
  Delivery operator()(const DoRefuse&) const { return RefuseConnection{}; }
  Delivery operator()(const DoReset& reset) const {
    if (reset.when == ResetWhen::After) perform();
    return ResetConnection{};
  }
  Delivery operator()(const DoTruncate& truncate) const {
    Respond respond{perform()};
    respond.body_bytes_sent = respond.response.body.size() * std::uint64_t{truncate.millionths} / 1'000'000;
    return respond;
  }
  Delivery operator()(const DoGarbage&) const { return Respond{exchange.garbage(match.variant)}; }
  Delivery operator()(const DoFlood& flood) const {
    return Flood{.headers = flood.part == DoFlood::Part::Headers, .bytes = flood.bytes};
  }
  Delivery operator()(const DoRateLimit& limit) const {
    if (exchange.is_free_of_limits()) return Respond{perform()};
    const auto account = exchange.account(limit);
    const std::string_view credential = account ? *account : credential_of(request.headers).value;
    const Quota quota = faults.windows_.take(match.index, limit, credential, now.steady);
    if (quota.exceeded) {
      if (exchange.tells_when_limits_end()) answer.asked_to_wait = quota.resets_in;
      return Respond{exchange.limited(limit, quota)};
    }
    Respond respond{perform()};
    exchange.show_quota(respond.response.headers, limit, quota);
    return respond;
  }
  Delivery operator()(const DoStall& stall) const {
    Respond respond{perform()};
    respond.parts = parts_around(stall, respond.response.body.size());
    return respond;
  }
  Delivery operator()(const DoPace& pace) const {
    Respond respond{perform()};
    respond.parts = equal_parts(pace, respond.response.body.size());
    return respond;
  }
  Delivery operator()(std::monostate) const { return Respond{perform()}; }
  // The exchange knows what a model says.
  Delivery operator()(const DoText&) const { return Respond{perform()}; }
  Delivery operator()(const DoTool&) const { return Respond{perform()}; }
  Delivery operator()(const DoTools&) const { return Respond{perform()}; }

 private:
  core::HttpResponse perform() const {
    core::HttpResponse response = exchange.perform(action);
    answer.own_status = response.status;
    return response;
  }
};

Delivery HttpFaults::deliver(const Match<HttpAction>& match, const core::HttpRequest& request, const Now& now,
                             HttpExchange& exchange, Answer& answer) {
  static const HttpAction kNoAction;
  const HttpAction& action = match.rule == nullptr ? kNoAction : match.rule->action;
  return std::visit(Deliver{*this, action, match, request, now, exchange, answer}, action);
}

Answer HttpFaults::answer(std::string_view operation, const core::HttpRequest& request, const Now& now,
                          HttpExchange& exchange) {
  Answer answer{{}, {}, operation, {}};
  Match<HttpAction> match;
  if (!rules_.empty()) {
    const std::string job = percent_decode(core::find_header(request.headers, core::kJobHeader).value_or(""));
    const std::string runner = percent_decode(core::find_header(request.headers, core::kRunnerHeader).value_or(""));
    match = rules_.meet({operation, {}, job, now.steady, runner});
    answer.latency = match.latency;
    answer.asked_to_wait = asked_to_wait(match.rule, now);
    answer.rule = match.rule;
  }
  answer.delivery = deliver(match, request, now, exchange, answer);
  return answer;
}

}  // namespace fakes
