#include "core/llm/llm_client.h"

#include <utility>

#include "core/http/percent.h"
#include "core/http/user_agent.h"
#include "core/retry/classify.h"

namespace core {

namespace {

std::string without_trailing_slash(std::string url) {
  if (url.ends_with('/')) url.pop_back();
  return url;
}

/// False when there is nothing to replace.
bool replace_all(std::string& text, std::string_view secret, std::string_view replacement) {
  if (secret.empty()) return false;
  bool replaced = false;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + replacement.size())) {
    text.replace(at, secret.size(), replacement);
    replaced = true;
  }
  return replaced;
}

}  // namespace

struct LlmClient::Attempt {
  const LlmClient& client;
  const HttpRequest& request;

  boost::asio::awaitable<AttemptResult<Message>> operator()(std::uint32_t) const { return client.attempt(request); }
};

LlmClient::LlmClient(const Environment& environment, const LlmConfig& config)
    : environment_(environment),
      config_(config),
      protocol_(protocol_of(config.protocol)),
      pacer_(environment.clock, config.min_interval) {
  request_.method = "POST";
  request_.url = without_trailing_slash(config.base_url()).append(protocol_.path());
  request_.headers = {{"Content-Type", "application/json"},
                      {"Accept", std::string(protocol_.accept(config.stream))},
                      {"User-Agent", std::string(kUserAgent)}};
  if (!config.api_key.empty()) request_.headers.push_back({"Authorization", "Bearer " + config.api_key});
}

boost::asio::awaitable<CallResult<Message>> LlmClient::chat(std::string_view job, Random random,
                                                            const std::vector<Message>& messages,
                                                            const std::vector<ToolDefinition>& tools, Permit* permit) {
  const HttpRequest request = make_request(job, messages, tools);
  Call call{.api = "llm.chat", .job = job, .policy = config_.retry, .random = random, .gate = &pacer_};
  call.permit = permit;
  const Attempt operation{*this, request};
  CallResult<Message> result = co_await retry<Message>(environment_, call, operation);
  co_return result;
}

HttpRequest LlmClient::make_request(std::string_view job, const std::vector<Message>& messages,
                                    const std::vector<ToolDefinition>& tools) const {
  HttpRequest request = request_;
  request.headers.push_back({std::string(kJobHeader), percent_encode(job)});
  request.body = protocol_.encode_request(
      {.model = config_.model, .messages = messages, .tools = tools, .stream = config_.stream});
  return request;
}

boost::asio::awaitable<AttemptResult<Message>> LlmClient::attempt(const HttpRequest& request) const {
  const SteadyTime deadline = saturating_add(environment_.clock.now(), config_.timeout);
  HttpResult response = co_await environment_.http.send(request, deadline);
  if (!response) co_return AttemptFailure{classify(response.error())};
  co_return read(*std::move(response));
}

AttemptResult<Message> LlmClient::read(HttpResponse response) const {
  AttemptResult<Message> result = read_as_is(response);
  // Errors quote what came, and services have been seen to send the key back.
  if (!result && replace_all(response.body, config_.api_key, "[api key]")) return read_as_is(response);
  return result;
}

AttemptResult<Message> LlmClient::read_as_is(const HttpResponse& response) const {
  const ClassifyContext context{.service = Service::Llm, .now = environment_.clock.wall_now()};
  if (std::optional<Failure> failure = classify(response, context)) return AttemptFailure{*std::move(failure)};
  ChatAnswer answer = protocol_.decode_response(response);
  if (!answer) return AttemptFailure{std::move(answer).error()};
  return Success<Message>{*std::move(answer), response.status};
}

}  // namespace core
