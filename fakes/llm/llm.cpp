#include "fakes/llm/llm.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "fakes/llm/model_reply.h"
#include "fakes/waits_asked.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

constexpr std::string_view kComment = R"({"body":"Thanks for the report. I had a look and will follow up here."})";
/// With what lies beyond the sixteen bits of UTF-16.
constexpr std::string_view kVariedComment =
    "{\"body\":\"Thanks for the report \xF0\x9F\x91\x8D. I had a l\xC3\xB6\xC3\xB6k and will follow up here.\"}";
constexpr std::string_view kVariedFarewell = "I have commented \xF0\x9F\x91\x8D on the issue \xE2\x80\x93 done.";
constexpr std::string_view kWordsBeside = "I will \xF0\x9F\x91\x8D this \xE2\x80\x93 at once.";
constexpr std::string_view kFarewell = "I have commented on the issue.";

struct Route {
  std::string_view operation;
  LlmProtocol protocol = LlmProtocol::Ollama;
  std::string_view method;
};

Route route_of(std::string_view path) {
  struct Ending {
    std::string_view text;
    Route route;
  };
  static constexpr std::array<Ending, 6> kEndings = {{{"/chat", {"chat", LlmProtocol::Ollama, "POST"}},
                                                      {"/chat/completions", {"chat", LlmProtocol::OpenAi, "POST"}},
                                                      {"/generate", {"generate", LlmProtocol::Ollama, "POST"}},
                                                      {"/tags", {"tags", LlmProtocol::Ollama, "GET"}},
                                                      {"/version", {"version", LlmProtocol::Ollama, "GET"}},
                                                      {"/models", {"models", LlmProtocol::OpenAi, "GET"}}}};
  for (const Ending& ending : kEndings) {
    if (path.ends_with(ending.text)) return ending.route;
  }
  return {"other", path.find("/v1/") == std::string_view::npos ? LlmProtocol::Ollama : LlmProtocol::OpenAi, ""};
}

/// As OpenAI spells the time to a reset, rounded up to the millisecond.
std::string reset_text(core::Duration duration) {
  return duration_text(std::chrono::milliseconds(whole_up(duration, 1ms)));
}

constexpr std::string_view kHtml =
    "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>";

/// Bodies of a complete 200 that hold no answer. Those of a stream come last and are for streams alone.
constexpr std::size_t kOfStreams = 2;
constexpr std::array<std::string_view, 10> kOllamaGarbage = {
    kHtml,
    "{}",
    R"({"model":7,"created_at":null,"message":["assistant"],"done":"yes"})",
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\xff\xfe\xc3\"},\"done\":true}",
    "",
    R"({"model":"m","message":{"role":"assistant","content":"I ha)",
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\xf4\x90\x80\x80\"},\"done\":true}",
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\xed\xa0\x80 \xc0\xaf\"},\"done\":true}",
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"I\"},\"done\":false}\n{\"model\":\"m\",\"mess\n"
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\" did\"},\"done\":true}\n",
    "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"I\"},"
    "\"done\":false}\n"};
constexpr std::array<std::string_view, 10> kOpenAiGarbage = {
    kHtml,
    "{}",
    R"({"id":7,"object":"chat.completion","choices":{"message":"none"}})",
    "{\"id\":\"x\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
    "\"content\":\"\xff\xfe\xc3\"},\"finish_reason\":\"stop\"}]}",
    "",
    R"({"id":"x","object":"chat.completion","choices":[{"index":0,"mess)",
    "{\"id\":\"x\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
    "\"content\":\"\xf4\x90\x80\x80\"},\"finish_reason\":\"stop\"}]}",
    "{\"id\":\"x\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
    "\"content\":\"\xed\xa0\x80 \xc0\xaf\"},\"finish_reason\":\"stop\"}]}",
    "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"I\"},\"finish_reason\":null}]}\n\n"
    "data: {\"id\":\"x\",\"choi\n\n"
    "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" did\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n",
    "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"I\"},"
    "\"finish_reason\":null}]}\n\n"};

AskedTool asked(const DoTool& tool) {
  return {tool.tool, tool.arguments.empty() ? std::string_view("{}") : std::string_view(tool.arguments)};
}

}  // namespace

class LlmExchange final : public HttpExchange {
 public:
  LlmExchange(Llm& llm, const Route& route, const core::HttpRequest& request, const Now& now)
      : llm_(llm), route_(route), request_(request), now_(now) {}

  core::HttpResponse perform(const HttpAction& action) override {
    if (route_.method.empty()) return refuse({404, "404 page not found"});
    if (request_.method != route_.method) return error(405);
    if (route_.operation == "chat") return chat(action);
    if (route_.operation == "generate") return generate();
    if (route_.operation == "tags") return respond(200, std::string(ollama_tags()));
    if (route_.operation == "version") return respond(200, std::string(ollama_version()));
    return respond(200, std::string(openai_models()));
  }

  core::HttpResponse error(int status) override {
    if (is_openai()) return refuse(openai_error_of(status));
    return respond(status, ollama_error(ollama_message(status)));
  }

  core::HttpResponse plain_error(int status) override {
    constexpr std::uint32_t kDisguised = 300'000;  // Of a million.
    if (!varies() || route_.operation != "chat" || status < 400 || status > 599) return error(status);
    const auto chat = parse_chat(route_.protocol, request_);
    const core::Random random = form_random().fork("error");
    if (!chat || !random.chance(kDisguised, 99)) return error(status);
    llm_.said_ = ModelSaid{.kind = ModelSaid::Kind::Trouble, .calls = {}, .status = status};
    return respond(
        200, is_openai() ? varied_openai_error(chat->stream, status, random) : varied_ollama_error(status, random),
        chat->stream);
  }

  void add_lesser_waits(const AskedWait& wait, core::HttpResponse& response) override {
    if (varies() && route_.operation == "chat")
      add_lesser_waits_of_model(wait, response, now_, form_random().fork("waits"));
  }

  core::HttpResponse garbage(std::uint64_t variant) override {
    const auto& bodies = is_openai() ? kOpenAiGarbage : kOllamaGarbage;
    const bool streamed = route_.operation == "chat" && streams();
    const std::string_view body = bodies[variant % (streamed ? bodies.size() : bodies.size() - kOfStreams)];
    if (route_.operation == "chat") llm_.said_ = ModelSaid{.kind = ModelSaid::Kind::Trouble, .calls = {}};
    core::HttpResponse response = respond(200, std::string(body), streamed);
    if (body == kHtml) set_header(response.headers, "content-type", "text/html; charset=utf-8");
    return response;
  }

  core::HttpResponse limited(const DoRateLimit& limit, const Quota& quota) override {
    if (!is_openai()) return error(429);
    LlmError error = openai_error_of(429);
    error.message = fmt::format(
        "Rate limit reached for requests per window: Limit {}, Used {}, Requested 1. Please try again in {}.",
        quota.limit, quota.used, reset_text(quota.resets_in));
    core::HttpResponse response = refuse(error);
    show_quota(response.headers, limit, quota);
    response.headers.push_back({"retry-after", fmt::format("{}", whole_up(quota.resets_in, 1s))});
    response.headers.push_back({"retry-after-ms", fmt::format("{}", whole_up(quota.resets_in, 1ms))});
    return response;
  }

  bool tells_when_limits_end() const override { return is_openai(); }

  void show_quota(core::HttpHeaders& headers, const DoRateLimit&, const Quota& quota) override {
    if (!is_openai()) return;
    headers.push_back({"x-ratelimit-limit-requests", fmt::format("{}", quota.limit)});
    headers.push_back({"x-ratelimit-remaining-requests", fmt::format("{}", quota.remaining())});
    headers.push_back({"x-ratelimit-reset-requests", reset_text(quota.resets_in)});
    // OpenAI tells both of its limits in every answer; of tokens there are enough.
    headers.push_back({"x-ratelimit-limit-tokens", "2000000"});
    headers.push_back({"x-ratelimit-remaining-tokens", "1999500"});
    headers.push_back({"x-ratelimit-reset-tokens", "15ms"});
  }

 private:
  bool is_openai() const { return route_.protocol == LlmProtocol::OpenAi; }

  bool varies() const { return llm_.forms_ == AnswerForms::Varied; }

  core::Random form_random() const {
    const std::string job(core::find_header(request_.headers, core::kJobHeader).value_or(""));
    return llm_.random_.fork("forms").fork(job).fork(llm_.requests_of_[job]);
  }

  bool streams() const {
    const auto chat = parse_chat(route_.protocol, request_);
    return chat && chat->stream;
  }

  core::HttpResponse respond(int status, std::string body, bool streamed = false) {
    core::HttpResponse response{status, {}, std::move(body)};
    response.headers.reserve(4);
    response.headers.push_back({"content-type", !streamed     ? is_openai() ? "application/json" : kOllamaJson
                                                : is_openai() ? "text/event-stream; charset=utf-8"
                                                              : "application/x-ndjson"});
    response.headers.push_back({"date", llm_.date_.at(now_.wall)});
    return response;
  }

  core::HttpResponse refuse(const LlmError& error) {
    return respond(error.status, is_openai() ? openai_error(error) : ollama_error(error.message));
  }

  core::HttpResponse chat(const HttpAction& action) {
    const auto chat = parse_chat(route_.protocol, request_);
    if (!chat) return refuse(chat.error());
    const bool varied = varies();
    ModelReply reply = left_alone(*chat);
    if (const auto* text = std::get_if<DoText>(&action)) reply = {text->text, {}, text->thinking, text->finish};
    if (const auto* tool = std::get_if<DoTool>(&action)) reply = {{}, {asked(*tool)}, {}, tool->finish};
    if (const auto* tools = std::get_if<DoTools>(&action)) {
      reply = {};
      for (const DoTool& tool : tools->tools) reply.tools.push_back(asked(tool));
    }
    const ReplyStamp stamp{now_.wall, ++llm_.answers_};
    llm_.said_ = said_by(reply, is_openai() ? fmt::format("call_{:016x}", stamp.number) : std::string());
    if (varied) return vary(*chat, reply, stamp);
    return respond(200, is_openai() ? openai_chat(*chat, reply, stamp) : ollama_chat(*chat, reply, stamp),
                   chat->stream);
  }

  /// It comments once, where it may, and says so. Where it may not, it calls once each tool that is offered and that it
  /// has an example for, one after another.
  ModelReply left_alone(const ChatRequest& chat) const {
    const bool varied = varies();
    const ModelReply farewell{varied ? kVariedFarewell : kFarewell, {}};
    if (chat.offers_comment_tool) {
      if (chat.tool_results > 0) return farewell;
      return {{}, {{kCommentTool, varied ? kVariedComment : kComment}}};
    }
    if (llm_.examples_ == nullptr) return farewell;
    std::size_t known = 0;
    for (const std::string& tool : chat.tools) {
      const auto example = llm_.examples_->find(tool);
      if (example == llm_.examples_->end() || known++ < chat.tool_results) continue;
      return {{}, {{example->first, example->second}}};
    }
    return farewell;
  }

  static ModelSaid said_by(const ModelReply& reply, const std::string& id) {
    using Kind = ModelSaid::Kind;
    const std::string_view end = reply.finish;
    if (end == "length" || end == "max_tokens") return {Kind::Cut, {}};
    if (end == "content_filter" || end == "safety") return {Kind::Filtered, {}};
    if (end == "error") return {Kind::Trouble, {}};
    if (reply.tools.empty()) return {reply.text.empty() ? Kind::Nothing : Kind::Text, {}};
    ModelSaid said{Kind::ToolCalls, {}};
    for (std::size_t i = 0; i < reply.tools.size(); ++i) {
      const bool numbered = i > 0 && !id.empty();
      said.calls.push_back({numbered ? fmt::format("{}_{}", id, i) : id, std::string(reply.tools[i].name),
                            std::string(reply.tools[i].arguments)});
    }
    return said;
  }

  core::HttpResponse vary(const ChatRequest& chat, ModelReply reply, const ReplyStamp& stamp) {
    Form form = draw_form(form_random());
    if (form.words_beside_calls && !reply.tools.empty() && reply.finish.empty()) reply.text = kWordsBeside;
    if (is_openai()) {
      for (AskedTool& tool : reply.tools) tool.arguments = arguments_sent(reply, tool);
    }
    form = form_for(form, reply);
    llm_.said_->text = reply.text;
    for (std::size_t i = 0; i < llm_.said_->calls.size(); ++i) {
      const bool has_id = is_openai() && !form.legacy_call;  // Requests to Ollama name a call's tool, not its id.
      llm_.said_->calls[i].id = has_id ? call_id(form, stamp, i) : std::string();
    }
    return respond(
        200, is_openai() ? varied_openai_chat(chat, reply, stamp, form) : varied_ollama_chat(chat, reply, stamp, form),
        chat.stream);
  }

  core::HttpResponse generate() {
    const auto prompt = parse_generate(request_);
    if (!prompt) return refuse(prompt.error());
    const ReplyStamp stamp{now_.wall, ++llm_.answers_};
    return respond(200, ollama_generate(*prompt, {kFarewell, {}}, stamp), prompt->stream);
  }

  static constexpr const char* kOllamaJson = "application/json; charset=utf-8";

  Llm& llm_;
  const Route route_;
  const core::HttpRequest& request_;
  const Now& now_;
};

Answer Llm::handle(const core::HttpRequest& request, const Now& now) {
  const Route route = route_of(split_url(request.url).path);
  if (forms_ == AnswerForms::Varied && route.operation == "chat") {
    ++requests_of_[std::string(core::find_header(request.headers, core::kJobHeader).value_or(""))];
  }
  LlmExchange exchange(*this, route, request, now);
  said_.reset();
  Answer answer = faults_.answer(route.operation, request, now, exchange);
  answer.said = std::exchange(said_, std::nullopt);
  return answer;
}

}  // namespace fakes
