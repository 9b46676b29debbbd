#include "fakes/verdict/exchange.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/api/api.h"
#include "core/json/members.h"
#include "fakes/http_text.h"
#include "fakes/verdict/hint.h"

namespace fakes {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxContinued = 64;  ///< Of the last turns of a conversation.

TextDigest digest(std::string_view text, TextDigest before = 0) {
  const TextDigest value = XXH3_64bits_withSeed(text.data(), text.size(), before);
  return value == 0 ? 1 : value;
}

/// Texts one after another, kept apart by their lengths.
TextDigest digest_of_all(std::initializer_list<std::string_view> texts) {
  TextDigest value = 0;
  for (const std::string_view text : texts) value = digest(text, value);
  return value;
}

/// What is kept of a text of the client's: all of it, or its beginning and a digest of the whole. Many requests are
/// kept.
std::string kept_text(std::string_view text) {
  constexpr std::size_t kMostBytes = 512;
  if (text.size() <= kMostBytes) return std::string(text);
  return fmt::format("{}...{:016x}", text.substr(0, kMostBytes / 2), digest(text));
}

bool is_app_operation(std::string_view operation) {
  return operation == "token" || operation == "app.get";
}

/// Whether a request of it posts a text that must not come twice.
bool posts(std::string_view operation) {
  const core::Api* api = core::find_github_operation(operation);
  return api != nullptr && api->kind == core::ApiKind::Effect;
}

void describe_conversation(Exchange& exchange, const json::value& body) {
  const json::object* object = body.if_object();
  const json::value* messages = object == nullptr ? nullptr : object->if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return;
  TextDigest value = 0;
  for (const json::value& message : messages->get_array()) {
    const json::object* fields = message.if_object();
    const json::value* role = fields == nullptr ? nullptr : fields->if_contains("role");
    const bool is_answer = role != nullptr && role->is_string() && role->get_string() == "assistant";
    if (is_answer && value != 0) exchange.continued.push_back(value);
    value = digest(json::serialize(message), value);
  }
  exchange.conversation = value;
  if (exchange.continued.size() > kMaxContinued) {
    exchange.continued.erase(exchange.continued.begin(), exchange.continued.end() - kMaxContinued);
  }
}

void describe_post(Exchange& exchange, const json::value& body) {
  const json::object* object = body.if_object();
  if (object == nullptr) return;
  const std::string text = core::text_member(*object, "body").value_or("");
  const std::string title = core::text_member(*object, "title").value_or("");
  if (text.empty() && title.empty()) return;
  exchange.posted = title.empty() ? digest(text) : digest_of_all({title, text});
  // Templates of issues and pull requests begin with a comment that is the same for all.
  if (!title.empty()) return;
  const std::size_t begin = text.find("<!--");
  const std::size_t end = begin == std::string_view::npos ? begin : text.find("-->", begin);
  if (end != std::string_view::npos) exchange.marker = digest(text.substr(begin, end - begin));
}

/// Of the token in an answer that gives one out; 0 for every other.
TextDigest minted_token(const core::HttpResponse& response) {
  if (response.status != 201) return 0;
  boost::system::error_code bad;
  const json::value body = json::parse(response.body, bad);
  const json::object* object = bad ? nullptr : body.if_object();
  const json::value* token = object == nullptr ? nullptr : object->if_contains("token");
  return token == nullptr || !token->is_string() ? 0 : digest(token->get_string());
}

bool says(const core::HttpResponse& response, std::string_view words) {
  return response.body.find(words) != std::string::npos;
}

bool is_of_github(std::string_view operation) {
  return is_app_operation(operation) || operation == "rate_limit" || operation.find('.') != std::string_view::npos;
}

/// Whether a model's 429 names a used-up quota or an account that is not paid for, as the services document it.
bool names_account_trouble(const core::HttpResponse& response) {
  constexpr std::array<std::string_view, 20> kCodes = {"insufficient_quota",
                                                       "billing_not_active",
                                                       "billing_hard_limit_reached",
                                                       "credit_balance_exhausted",
                                                       "organization_spend_limit_exceeded",
                                                       "project_spend_limit_exceeded",
                                                       "organization_usage_limit_exceeded",
                                                       "exceeded_current_quota_error",
                                                       "enforced_spend_limit_reached",
                                                       "insufficient_balance",
                                                       "payment_required",
                                                       "AccountOverdueError",
                                                       "Arrearage",
                                                       "1110",
                                                       "1111",
                                                       "1112",
                                                       "1113",
                                                       "1121",
                                                       "1309",
                                                       "1310"};
  const auto is_named = [&response](std::string_view code) {
    return says(response, fmt::format("\"{}\"", code)) || says(response, fmt::format("\"code\":{}", code));
  };
  return std::any_of(kCodes.begin(), kCodes.end(), is_named) || says(response, "prepayment credits are depleted") ||
         says(response, "used all available credits");
}

void describe_response(Exchange& exchange, const core::HttpResponse& response, const Now& now) {
  const int status = response.status;
  exchange.status = status;
  const bool of_github = is_of_github(exchange.operation);
  const bool has_hint = read_hint(response, of_github, now, exchange.hint, exchange.hint_date);
  const bool no_quota = status == 429 && !of_github && names_account_trouble(response);
  const bool limited_403 = status == 403 && (has_hint || says(response, "rate limit"));
  const bool limited_422 = status == 422 && of_github && names_github_limit(response);
  exchange.rate_limited = (status == 429 && !no_quota) || limited_403 || limited_422;
  const bool plain_refusal = status == 400 || status == 401 || status == 402 || status == 404 ||
                             (status == 403 && !limited_403) || (status == 409 && of_github) ||
                             (status == 422 && !limited_422);
  // OpenAI's word for whether to try again goes above the status.
  const std::string_view should_retry = core::find_header(response.headers, "x-should-retry").value_or("");
  exchange.is_final = should_retry == "false" || ((plain_refusal || no_quota) && should_retry != "true");
}

}  // namespace

std::string_view name_of(Service service) {
  return service == Service::Llm ? "llm" : "github";
}

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::UnderWay:
      return "under way";
    case Ending::Complete:
      return "complete";
    case Ending::Cut:
      return "cut";
    case Ending::Reset:
      return "reset";
    case Ending::ClientLeft:
      return "client left";
  }
  return {};
}

std::optional<core::SteadyTime> Exchange::not_before() const {
  if (!ended || ending != Ending::Complete || status < 400) return std::nullopt;
  std::optional<core::SteadyTime> time = hint_date;
  if (hint) time = std::max(time.value_or(*ended), core::saturating_add(*ended, *hint));
  return time;
}

bool Exchange::failed() const {
  if (ending == Ending::UnderWay) return false;
  if (ending != Ending::Complete) return true;
  return rate_limited || is_final || status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

Exchange describe(const core::HttpRequest& request, const Answer& answer, const Now& now) {
  Exchange exchange;
  exchange.operation = answer.operation;
  exchange.method = kept_text(request.method);
  exchange.path = kept_text(split_url(request.url).path);
  exchange.job = kept_text(percent_decode(core::find_header(request.headers, core::kJobHeader).value_or("")));
  exchange.arrived = now.steady;
  exchange.latency = answer.latency;
  exchange.rule_asked_to_wait = answer.asked_to_wait;

  const auto authorization = core::find_header(request.headers, "authorization");
  if (authorization) exchange.credential = digest(*authorization);
  if (authorization) exchange.token = digest(credential_of(request.headers).value);
  exchange.place = answer.place.empty() ? exchange.path : kept_text(answer.place);
  exchange.account = is_app_operation(answer.operation) ? digest("an App") : exchange.credential;
  const std::string account = fmt::format("{:x}", exchange.account);
  exchange.request = digest_of_all({request.method, request.url, account, exchange.job,
                                    core::find_header(request.headers, "idempotency-key").value_or(""), request.body});

  const bool is_chat = answer.operation == "chat", is_post = posts(answer.operation);
  if (is_chat || is_post) {
    boost::system::error_code bad;
    const json::value body = json::parse(request.body, bad);
    if (!bad && is_chat) describe_conversation(exchange, body);
    if (!bad && is_post) describe_post(exchange, body);
  }
  if (const auto* respond = std::get_if<Respond>(&answer.delivery)) {
    describe_response(exchange, respond->response, now);
    if (answer.operation == "token") exchange.minted = minted_token(respond->response);
  } else if (const auto* flood = std::get_if<Flood>(&answer.delivery)) {
    exchange.status = flood->status;
  }
  return exchange;
}

}  // namespace fakes
