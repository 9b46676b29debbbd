#include "sim/world/http_network.h"

#include <variant>

#include "fakes/http_text.h"
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

/// Nobody listens at an address that is neither service's. What else lies on GitHub's host is GitHub's, too: it answers
/// there that it knows nothing of it.
fakes::Answer answer_of(Services& services, const core::HttpRequest& request) {
  if (is_under(request.url, services.llm_url)) return services.llm.handle(request, services.now());
  const std::string github_host = fakes::split_url(services.github_url).base;
  if (fakes::split_url(request.url).base == github_host) return services.github.handle(request, services.now());
  return {fakes::RefuseConnection{}, {}, {}, {}};
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

boost::asio::awaitable<core::HttpResult> HttpNetwork::send(const core::HttpRequest& request,
                                                           core::SteadyTime deadline) {
  if (services_.observer != nullptr) services_.observer->before_request(services_, process_.name(), request);
  fakes::Answer answer = answer_of(services_, request);
  const Arrival arrival = arrival_of(answer, request, process_.kernel().now(), deadline);
  if (services_.observer != nullptr) services_.observer->on_answer(answer, arrival.timeout);
  core::HttpResult result =
      arrival.timeout ? core::HttpResult(*arrival.timeout) : received(std::move(answer.delivery), request);
  if (services_.watch != nullptr) tell(request, answer, arrival.at, result);
  return complete_at(process_, arrival.at, std::move(result));
}

void HttpNetwork::tell(const core::HttpRequest& request, const fakes::Answer& answer, core::SteadyTime answered,
                       const core::HttpResult& result) const {
  const auto job = core::find_header(request.headers, core::kJobHeader);
  const std::string decoded = fakes::percent_decode(job.value_or(""));
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
    if (answer.operation == "token" && answer.own_status == 201) exchange.minted = token_in(result->body);
  }
  exchange.refused = !result && result.error() == core::TransportError::Refused;
  services_.watch->on_exchange(exchange);
}

}  // namespace sim
