// What a rule's `do` may say.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "core/json/choice.h"
#include "core/json/document.h"
#include "fakes/waits_asked.h"
#include "sim/scenario/retry_after.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace core::input;
using namespace fakes;

constexpr std::string_view kHeaderNameCharacters =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";  // RFC 9110, 5.6.2: token.

bool is_header_name(std::string_view text) {
  return !text.empty() && text.size() <= 256 && text.find_first_not_of(kHeaderNameCharacters) == std::string_view::npos;
}

/// A value may be a string, a number (sent as it is written) or a list of them: the header is then sent several times.
struct HeadersType {
  bool read(const At& at, core::HttpHeaders& headers) const {
    if (!at.is(Kind::Object)) return at.wrong_kind("an object of header names and values");
    bool ok = true;
    for (const Node& member : at.node().children) {
      const At here = at.member(member);
      if (!is_header_name(member.key)) {
        ok = here.error("the header name " + core::quoted(member.key), "letters, digits and !#$%&'*+-.^_`|~");
      } else if (here.is(Kind::Array)) {
        for (std::size_t i = 0; i < member.children.size(); ++i)
          ok = read_value(here.item(i), member.key, headers) && ok;
      } else {
        ok = read_value(here, member.key, headers) && ok;
      }
    }
    return ok;
  }
  /// One header is a string, several of one name are a list.
  Json write(const core::HttpHeaders& headers) const {
    JsonObject result;
    for (const core::HttpHeader& header : headers) {
      Json& place = result[header.name];
      if (place.is_null()) {
        place = json_text(header.value);
      } else if (place.is_array()) {
        place.get_array().push_back(json_text(header.value));
      } else {
        place = boost::json::array{place, json_text(header.value)};
      }
    }
    return result;
  }
  JsonObject schema(const core::HttpHeaders&) const {
    boost::json::array one = {"string", "number"};
    boost::json::array any = {"string", "number", "array"};
    return {{"type", "object"}, {"additionalProperties", {{"type", any}, {"items", {{"type", one}}}}}};
  }

 private:
  static bool read_value(const At& at, std::string_view name, core::HttpHeaders& headers) {
    std::string value(at.node().text);
    if (!at.is(Kind::Number) && !kHeaderValue.read(at, value)) return false;
    headers.push_back({std::string(name), std::move(value)});
    return true;
  }
};

/// Any JSON; a string stands for its own text.
struct BodyType {
  bool read(const At& at, std::string& body) const {
    body = at.is(Kind::String) ? std::string(at.node().text) : to_json(at.node());
    return true;
  }
  JsonObject schema(const std::string&) const { return {}; }
  /// As the JSON that it is; as a string what is none, and JSON that a file would spell otherwise or that is a string.
  std::string file_text(const std::string& body) const {
    // In a file it lies four levels deep, and no document is deeper than some.
    const auto document = parse_document("", "[[[[" + body + "]]]]");
    if (!document) return flat_json(json_text(body));
    const Node* node = &document->root();
    for (int i = 0; i < 4 && node->kind == Kind::Array && node->children.size() == 1; ++i) node = &node->children[0];
    const bool is_json = node->kind != Kind::String && to_json(*node) == body;
    return is_json ? body : flat_json(json_text(body));
  }
};

struct JsonObjectText {
  bool read(const At& at, std::string& text) const {
    if (!at.is(Kind::Object)) return at.wrong_kind("an object");
    text = to_json(at.node());
    return true;
  }
  JsonObject schema(const std::string&) const { return {{"type", "object"}}; }
  /// As it is: a value would spell some numbers otherwise, and is not as deep as a file may be.
  std::string file_text(const std::string& text) const { return text; }
};

/// "100MB": a whole number of B, KB, MB or GB (powers of 1,000).
struct SizeType {
  bool read(const At& at, std::uint64_t& bytes) const {
    const std::string_view text = at.node().text;
    std::uint64_t number = 0;
    if (at.is(Kind::String)) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
      constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {
          {"B", 1}, {"KB", 1'000}, {"MB", 1'000'000}, {"GB", 1'000'000'000}};
      for (const auto& [name, size] : kUnits) {
        if (error != std::errc() || unit != name || number == 0 || number > kMaxBytes / size) continue;
        bytes = number * size;
        return true;
      }
    }
    return at.expected("a size such as \"100MB\": a whole number of B, KB, MB or GB, at most 1000000GB");
  }
  JsonObject schema(std::uint64_t) const { return string_schema("^[0-9]+(B|KB|MB|GB)$"); }
  Json write(std::uint64_t bytes) const { return json_text(fmt::format("{}B", bytes)); }

 private:
  static constexpr std::uint64_t kMaxBytes = 1'000'000'000'000'000;
};

bool is_of_body(const DoFlood& flood) {
  return flood.part == DoFlood::Part::Body;
}

auto flood_type() {
  const auto body = [](auto& io, DoFlood& flood) {
    flood.part = DoFlood::Part::Body;
    io.required("body", flood.bytes, SizeType{}, "A body of this size.");
  };
  const auto headers = [](auto& io, DoFlood& flood) {
    flood.part = DoFlood::Part::Headers;
    io.required("headers", flood.bytes, SizeType{}, "A header block of this size.");
  };
  return ByKind{MemberType{&DoFlood::bytes, SizeType{}, &is_of_body},
                one_form_of<DoFlood>(
                    std::tuple{Form{"body", body, &is_of_body}, Form{"headers", headers, std::not_fn(&is_of_body)}})};
}

OneOf<ResetWhen> reset_type() {
  return {{{"before", ResetWhen::Before}, {"after", ResetWhen::After}}};
}

constexpr std::string_view kResetDoc = "The connection is reset: before the effect, or after it with the answer lost.";

/// The action `Done`, which is no more than its name: {"timeout": true}.
template <class Done>
auto plain_form(std::string_view key, std::string_view doc) {
  return alternative_form<Done>(key, [key, doc](auto& io, Done& done) { io.required(key, done, True{}, doc); });
}

/// The action `Done`, whose description is one value: {"stall": {"after": 0.5}}.
template <class Done, class Type>
auto value_form(std::string_view key, Type type, std::string_view doc) {
  return alternative_form<Done>(key, [=](auto& io, Done& done) { io.required(key, done, type, doc); });
}

auto reset_form() {
  return value_form<DoReset>("reset", MemberType{&DoReset::when, reset_type()}, kResetDoc);
}

auto rate_limit_type(core::Service service) {
  return object<DoRateLimit>([service](auto& io, DoRateLimit& limit) {
    io.required("limit", limit.limit, Integer{1, 1'000'000'000}, "How many requests a window allows.");
    io.required("per", limit.per, kPositiveDuration, "The window's length, from its first request.");
    if (service != core::Service::GitHub) return;
    io.optional("kind", limit.kind,
                OneOf<GitHubLimit>{{{"primary", GitHubLimit::Primary}, {"secondary", GitHubLimit::Secondary}}},
                "Which of GitHub's two limits.");
    io.optional("of", limit.of,
                OneOf<LimitOf>{{{"credential", LimitOf::Credential}, {"installation", LimitOf::Installation}}},
                "What is counted together: the requests of each credential, or of all tokens of an installation.");
  });
}

auto status_form(core::Service service) {
  return alternative_form<DoStatus>("status", [service](auto& io, DoStatus& done) {
    io.required("status", done.status, Integer{100, 599}, "The answer's status; the operation is not done.");
    io.optional("retry_after", done.retry_after, RetryAfterType{service}, "The wait that the answer asks for.");
    io.optional("headers", done.headers, HeadersType{}, "Further headers; a list sends one several times.");
    io.optional("body", done.body, BodyType{}, "JSON, or a string that is sent as it is.");
    io.check(!done.body || !done.retry_after || !is_in_the_body(*done.retry_after), "body",
             "the wait that the answer asks for is its body already");
  });
}

/// What both HTTP services may do.
auto http_forms(core::Service service) {
  return std::tuple{status_form(service),
                    plain_form<DoTimeout>("timeout", "Never answers."),
                    plain_form<DoRefuse>("refuse", "The connection is refused."),
                    reset_form(),
                    value_form<DoTruncate>("truncate", MemberType{&DoTruncate::millionths, Decimal{}},
                                           "This part of the body arrives, then the connection closes."),
                    plain_form<DoGarbage>("garbage", "A complete 200 that is not what was asked for."),
                    value_form<DoFlood>("flood", flood_type(), "A body (or header block) of that size."),
                    value_form<DoRateLimit>("rate_limit", rate_limit_type(service),
                                            "The service's own limiter, with its real headers.")};
}

template <class Io>
void describe_tool(Io& io, DoTool& tool) {
  io.required("tool", tool.tool, Text{"a tool's name", is_not_empty}, "The model asks for this tool.");
  io.optional("arguments", tool.arguments, JsonObjectText{}, "What it asks the tool for.");
}

auto tool_list(std::size_t most) {
  return List{object<DoTool>([](auto& io, DoTool& tool) { describe_tool(io, tool); }), most};
}

/// From one to kMost calls, each described as that of a single one is.
struct ToolsType {
  static constexpr std::size_t kMost = 100;

  bool read(const At& at, std::vector<DoTool>& tools) const {
    if (!tool_list(kMost).read(at, tools)) return false;
    return !tools.empty() || at.error("found an empty list", "a list of 1 to 100 calls such as {\"tool\": \"name\"}");
  }
  JsonObject schema(const std::vector<DoTool>& tools) const {
    JsonObject schema = tool_list(kMost).schema(tools);
    schema["minItems"] = 1;
    schema["maxItems"] = kMost;
    return schema;
  }
  std::string file_text(const std::vector<DoTool>& tools) const { return tool_list(kMost).file_text(tools); }
};

auto stall_type() {
  return object<DoStall>([](auto& io, DoStall& stall) {
    io.required("after", stall.millionths, Decimal{}, "This part of the body's bytes comes at the rule's latency.");
    io.optional("for", stall.goes_on_after, DurationText{}, "After that long the rest comes; never if not given.");
  });
}

/// A chunk is kept in memory for as long as its request is under way.
constexpr std::uint64_t kMostChunks = 10'000;

auto pace_type() {
  return object<DoPace>([](auto& io, DoPace& pace) {
    io.required("chunks", pace.chunks, Integer{1, kMostChunks}, "In how many parts the body comes.");
    io.required("every", pace.every, DurationText{}, "The time from one part to the next.");
  });
}

/// A word of a service that exists, or of one to come.
constexpr Text kFinish{
    "the word for an answer's end, such as \"length\" or \"content_filter\", up to 64 bytes",
    [](std::string_view text) { return text.size() <= 64 && is_not_empty(text) && has_no_control_characters(text); }};
constexpr std::string_view kFinishDoc = "Why the answer ended, in the service's word; absent: the usual one.";

auto llm_action_type() {
  const auto text = [](auto& io, DoText& done) {
    io.required("text", done.text, Text{}, "The model answers with this text; empty: with none.");
    io.optional("thinking", done.thinking, Text{}, "What it thinks before it answers.");
    io.optional("finish", done.finish, kFinish, kFinishDoc);
  };
  const auto tool = [](auto& io, DoTool& done) {
    describe_tool(io, done);
    io.optional("finish", done.finish, kFinish, kFinishDoc);
  };
  return one_form_of<HttpAction>(std::tuple_cat(
      http_forms(core::Service::Llm),
      std::tuple{alternative_form<DoText>("text", text), alternative_form<DoTool>("tool", tool),
                 value_form<DoTools>("tools", MemberType{&DoTools::tools, ToolsType{}},
                                     "The model asks for all of these tools in one answer, in this order."),
                 value_form<DoStall>("stall", stall_type(), "The answer stops within its body."),
                 value_form<DoPace>("pace", pace_type(), "The body comes in equal parts.")}));
}

auto github_action_type() {
  return one_form_of<HttpAction>(http_forms(core::Service::GitHub));
}

auto redis_action_type() {
  const Text reply{"an error reply such as \"LOADING Redis is loading the dataset in memory\", on one line",
                   [](std::string_view text) { return is_not_empty(text) && has_no_control_characters(text); }};
  return one_form_of<RedisAction>(std::tuple{
      value_form<DoError>("error", MemberType{&DoError::error, reply},
                          "The server's error reply; the command is not done."),
      reset_form(), plain_form<DoTimeout>("timeout", "Never replies."),
      plain_form<DoFlushScripts>("flush_scripts", "The script cache is emptied, then the command is done.")});
}

}  // namespace

bool LlmActionType::read(const At& at, HttpAction& action) const {
  return llm_action_type().read(at, action);
}
JsonObject LlmActionType::schema(const HttpAction& action) const {
  return llm_action_type().schema(action);
}
std::string LlmActionType::file_text(const HttpAction& action) const {
  return llm_action_type().file_text(action);
}
bool GitHubActionType::read(const At& at, HttpAction& action) const {
  return github_action_type().read(at, action);
}
JsonObject GitHubActionType::schema(const HttpAction& action) const {
  return github_action_type().schema(action);
}
std::string GitHubActionType::file_text(const HttpAction& action) const {
  return github_action_type().file_text(action);
}
bool RedisActionType::read(const At& at, RedisAction& action) const {
  return redis_action_type().read(at, action);
}
JsonObject RedisActionType::schema(const RedisAction& action) const {
  return redis_action_type().schema(action);
}
std::string RedisActionType::file_text(const RedisAction& action) const {
  return redis_action_type().file_text(action);
}

}  // namespace sim
