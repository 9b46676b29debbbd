#include "sim/world/http_network.h"

#include <variant>

#include "core/api/api.h"
#include "fakes/http_text.h"
#include "sim/invariants/account.h"
#include "sim/kernel/clock.h"
#include "sim/kernel/wait.h"
#include "sim/world/arrival.h"
#include "sim/world/world.h"

namespace sim {

namespace {

std::size_t size_of(const core::HttpHeaders& headers) {
  std::size_t size = 0;
  for (const core::HttpHeader& header : headers) size += header.name.size() + header.value.size() + 4;
  return size;
}

/// `url` lies under `base`, and not merely begins with the same letters.
bool is_under(std::string_view url, std::string_view base) {
  return url.starts_with(base) && (url.size() == base.size() || url[base.size()] == '/' || base.ends_with('/'));
}

Peer peer_of(const Services& services, const core::HttpRequest& request) {
  return is_under(request.url, services.llm_url) ? Peer::Llm : Peer::GitHub;
}

/// Nobody listens at an address that is neither service's. What else lies on GitHub's host is GitHub's, too: it answers
/// there that it knows nothing of it.
fakes::Answer answer_of(Services& services, const core::HttpRequest& request) {
  if (is_under(request.url, services.llm_url)) return services.llm.handle(request, services.now());
  const std::string_view github_host = fakes::split_url(services.github_url).base;
  if (fakes::split_url(request.url).base == github_host) return services.github.handle(request, services.now());
  return {fakes::RefuseConnection{}, {}, {}, {}};
}

std::string job_of(const core::HttpRequest& request) {
  return fakes::percent_decode(core::find_header(request.headers, core::kJobHeader).value_or(""));
}

struct Receive {
  const core::HttpRequest& request;

  core::HttpResult operator()(fakes::Respond& respond) const {
    if (size_of(respond.response.headers) > request.max_header_bytes) return core::TransportError::TooLarge;
    const std::size_t body = respond.response.body.size();
    if (std::min(body, respond.body_bytes_sent) > request.max_body_bytes) return core::TransportError::TooLarge;
    if (respond.body_bytes_sent < body) return core::TransportError::Truncated;
    return std::move(respond.response);
  }
  core::HttpResult operator()(fakes::Flood& flood) const {
    const std::size_t bound = flood.headers ? request.max_header_bytes : request.max_body_bytes;
    if (flood.bytes > bound) return core::TransportError::TooLarge;
    core::HttpResponse response;
    response.status = flood.status;
    if (!flood.headers) response.body.assign(static_cast<std::size_t>(flood.bytes), ' ');
    return response;
  }
  core::HttpResult operator()(fakes::NeverAnswer&) const { return core::TransportError::Timeout; }
  core::HttpResult operator()(fakes::RefuseConnection&) const { return core::TransportError::Refused; }
  core::HttpResult operator()(fakes::ResetConnection&) const { return core::TransportError::Reset; }
};

/// Of the fake's own answer to a request for one.
std::string_view token_in(std::string_view body) {
  constexpr std::string_view kBefore = "\"token\":\"";
  const std::size_t at = body.find(kBefore);
  if (at == std::string_view::npos) return {};
  body.remove_prefix(at + kBefore.size());
  return body.substr(0, body.find('"'));
}

}  // namespace

core::HttpResult received(fakes::Delivery delivery, const core::HttpRequest& request) {
  return std::visit(Receive{request}, delivery);
}

/// An answer on its way, which a partition may hold back once it is there.
struct HttpNetwork::OnItsWay {
  const HttpNetwork& network;
  const core::HttpRequest& request;
  std::string_view operation;
  Peer peer;
  core::SteadyTime deadline;
  core::HttpResult result;
  core::SteadyTime at;  ///< When it is looked at.
  bool timed_out;       ///< The client gives up then, of its own accord.

  bool is_held_back() {
    if (timed_out) return false;
    const core::SteadyTime opens = network.links_.arrival(peer, at);
    if (opens == at) return false;
    if (network.services_.watch != nullptr) {
      network.services_.watch->on_answer_held_back(network.process_.name(), operation, job_of(request));
    }
    at = std::min(opens, deadline);
    timed_out = at == deadline;
    if (timed_out) result = core::TransportError::Timeout;
    return true;
  }

  template <class Handler>
  static void wait(OnItsWay arrival, Handler handler) {
    Process& process = arrival.network.process_;
    const core::SteadyTime at = arrival.at;
    start_wait(process, at, std::move(handler), [arrival = std::move(arrival)](auto awaiting, WaitEnd end) mutable {
      if (end == WaitEnd::Due && arrival.is_held_back()) return wait(std::move(arrival), std::move(awaiting));
      std::move(awaiting)(error_of(end), std::move(arrival.result));
    });
  }
};

boost::asio::awaitable<core::HttpResult> HttpNetwork::send(const core::HttpRequest& request,
                                                           core::SteadyTime deadline) {
  const Peer peer = peer_of(services_, request);
  if (links_.is_cut(peer, process_.kernel().now())) return deliver_later(request, peer, deadline);
  return deliver(request, peer, deadline);
}

boost::asio::awaitable<core::HttpResult> HttpNetwork::deliver_later(const core::HttpRequest& request, Peer peer,
                                                                    core::SteadyTime deadline) {
  SimClock clock(process_);
  for (core::SteadyTime due = clock.now();;) {
    // A process that was paused finds its connection made late: what else is due for it goes first.
    const core::SteadyTime opens = links_.arrival(peer, due);
    if (opens == due && clock.now() == due) break;
    due = std::max(std::min(opens, deadline), clock.now());
    co_await clock.sleep_until(due);
    if (clock.now() >= deadline) co_return core::TransportError::Timeout;
  }
  if (request.permit != nullptr && !request.permit->holds()) co_return core::TransportError::Refused;
  co_return co_await deliver(request, peer, deadline);
}

boost::asio::awaitable<core::HttpResult> HttpNetwork::deliver(const core::HttpRequest& request, Peer peer,
                                                              core::SteadyTime deadline) {
  if (services_.observer != nullptr) services_.observer->before_request(services_, process_.name(), request);
  fakes::Answer answer = answer_of(services_, request);
  const Arrival arrival = arrival_of(answer, request, process_.kernel().now(), deadline);
  if (services_.observer != nullptr) services_.observer->on_answer(answer, arrival.timeout);
  core::HttpResult result =
      arrival.timeout ? core::HttpResult(*arrival.timeout) : received(std::move(answer.delivery), request);
  if (services_.watch != nullptr) tell(request, answer, arrival.at, result);
  OnItsWay on_its_way{*this,    request,           answer.operation, peer,
                      deadline, std::move(result), arrival.at,       arrival.timeout.has_value()};
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                     void(boost::system::error_code, core::HttpResult)>(
      [on_its_way = std::move(on_its_way)](auto handler) mutable {
        OnItsWay::wait(std::move(on_its_way), std::move(handler));
      },
      boost::asio::use_awaitable);
}

void HttpNetwork::tell(const core::HttpRequest& request, const fakes::Answer& answer, core::SteadyTime answered,
                       const core::HttpResult& result) const {
  const std::string decoded = job_of(request);
  Exchange exchange{.runner = process_.name(),
                    .operation = answer.operation,
                    .job = decoded,
                    .sent = process_.kernel().now(),
                    .answered = answered};
  exchange.body = request.body;
  exchange.url = request.url;
  exchange.headers = &request.headers;
  exchange.credential = fakes::credential_of(request.headers).value;
  exchange.own_status = answer.own_status;
  if (result) {
    exchange.status = result->status;
    exchange.asked_to_wait = answer.asked_to_wait;
    if (answer.said) exchange.said = &*answer.said;
    exchange.forbids_retry = core::find_header(result->headers, "x-should-retry") == "false";
    const auto* status = answer.rule == nullptr ? nullptr : std::get_if<fakes::DoStatus>(&answer.rule->action);
    exchange.has_rule_body = status != nullptr && status->body.has_value();
    exchange.names_used_up =
        answer.operation == core::api::kChat.operation && result->status == 429 && names_used_up_account(result->body);
    if (answer.operation == core::api::kToken.operation && answer.own_status == 201)
      exchange.minted = token_in(result->body);
  }
  exchange.refused = !result && result.error() == core::TransportError::Refused;
  services_.watch->on_exchange(exchange);
}

}  // namespace sim
