#include "core/llm/llm_client.h"

#include <algorithm>
#include <utility>

#include "core/api/api.h"
#include "core/guards/credential_names.h"
#include "core/guards/worker_guards.h"
#include "core/http/percent.h"
#include "core/http/user_agent.h"
#include "core/retry/classify.h"
#include "core/text/secret_mask.h"

namespace core {

namespace {

std::string without_trailing_slash(std::string url) {
  if (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

struct LlmClient::Ask {
  const LlmClient& client;
  const HttpRequest& request;
  bool may_be_empty;

  boost::asio::awaitable<AttemptResult<ModelAnswer>> operator()(const Attempt& attempt) const {
    return client.send(attempt, request, may_be_empty);
  }
};

LlmClient::LlmClient(const Environment& environment, const LlmConfig& config, const ClientOptions& options)
    : environment_(environment),
      config_(config),
      protocol_(protocol_of(config.protocol)),
      credential_guard_(options.credentials, Credential::ModelKey),
      shared_guards_(options.guards),
      pacer_(environment.clock, config.min_interval),
      ceiling_(options.ceiling) {
  request_.method = "POST";
  request_.url = without_trailing_slash(config.base_url()).append(protocol_.path());
  request_.headers = {{"Content-Type", "application/json"},
                      {"Accept", std::string(protocol_.accept(config.stream))},
                      {"User-Agent", std::string(kUserAgent)}};
  if (!environment.runner.empty()) {
    request_.headers.push_back({std::string(kRunnerHeader), percent_encode(environment.runner)});
  }
  if (!config.api_key.empty()) request_.headers.push_back({"Authorization", "Bearer " + config.api_key});
  request_.first_byte_timeout = config.first_byte_timeout;
  request_.idle_timeout = config.idle_timeout;
}

boost::asio::awaitable<CallResult<ModelAnswer>> LlmClient::chat(Caller caller, Random random,
                                                                const std::vector<Message>& messages,
                                                                const std::vector<ToolDefinition>& tools) {
  const HttpRequest request = make_request(caller.job, messages, tools);
  const Call call{.api = api::kChat,
                  .job = caller.job,
                  .policy = config_.retry,
                  .random = random,
                  .guards = guards_between(shared_guards_, &credential_guard_, &pacer_),
                  .credential = kLimitedModel,
                  .timeout = config_.timeout,
                  .deadline = caller.deadline,
                  .ceiling = ceiling_,
                  .permit = caller.permit,
                  .run_since = caller.run_since,
                  .run = caller.run,
                  .is_of_a_rerun = caller.is_rerun};
  const bool after_a_tool =
      std::any_of(messages.begin(), messages.end(), [](const Message& message) { return message.role == Role::Tool; });
  const Ask operation{*this, request, after_a_tool};
  CallResult<ModelAnswer> result = co_await retry<ModelAnswer>(environment_, call, operation);
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

boost::asio::awaitable<AttemptResult<ModelAnswer>> LlmClient::send(const Attempt& attempt, const HttpRequest& request,
                                                                   bool may_be_empty) const {
  const SteadyTime deadline = attempt.request_deadline(environment_.clock.now());
  HttpResult response = co_await environment_.http.send(request, deadline);
  if (!response) co_return AttemptFailure{classify(response.error())};
  co_return read(*std::move(response), may_be_empty);
}

AttemptResult<ModelAnswer> LlmClient::read(HttpResponse response, bool may_be_empty) const {
  AttemptResult<ModelAnswer> result = read_as_is(response, may_be_empty);
  // Errors quote what came, and services have been seen to send the key back.
  if (!result && mask_secret(response.body, config_.api_key, "[api key]")) return read_as_is(response, may_be_empty);
  return result;
}

AttemptResult<ModelAnswer> LlmClient::read_as_is(const HttpResponse& response, bool may_be_empty) const {
  const ClassifyContext context{.service = Service::Llm, .now = environment_.clock.wall_now()};
  if (std::optional<Failure> failure = classify(response, context)) return AttemptFailure{*std::move(failure)};
  ChatAnswer answer = protocol_.decode_response(response, context.now);
  if (!answer) return AttemptFailure{std::move(answer).error()};
  const bool well = may_be_empty && answer->end == AnswerEnd::Stop;
  if (!is_cut(answer->end) && !well && is_empty(answer->message)) return AttemptFailure{empty_answer(response.status)};
  return Success<ModelAnswer>{*std::move(answer), response.status};
}

}  // namespace core
