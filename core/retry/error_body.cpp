#include "core/retry/error_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/http/http.h"
#include "core/retry/account_words.h"
#include "core/retry/wait_text.h"
#include "core/text/ascii.h"
#include "core/text/secret_mask.h"

namespace core {

namespace {

using namespace std::chrono_literals;
using input::Kind;
using input::Node;

constexpr std::size_t kLongestBody = 64 * 1024;
constexpr std::size_t kLongestReason = 600;
constexpr std::size_t kErrorsQuoted = 5;
constexpr std::size_t kErrorsWithin = 4;

/// Members that hold a code, a type or a status.
constexpr std::array<std::string_view, 6> kCodeKeys = {"code", "type", "status", "error_code", "reason", "error"};
/// Members whose text is a sentence of the service's.
constexpr std::array<std::string_view, 5> kSentenceKeys = {"message", "error", "detail", "msg", "error_description"};

struct WaitKey {
  std::string_view name;
  Duration unit;
};
/// Members that hold a wait, without '_' and '-', in lower case; and what a bare number counts. retryDelay is that of
/// Google's google.rpc.RetryInfo; the others are those of gateways and of OpenAI-compatible servers.
constexpr std::array<WaitKey, 9> kWaitKeys = {{{"retrydelay", 1s},
                                               {"retryafter", 1s},
                                               {"retryafterseconds", 1s},
                                               {"retryaftersecs", 1s},
                                               {"retryafterms", 1ms},
                                               {"retryaftermillis", 1ms},
                                               {"retryaftermilliseconds", 1ms},
                                               {"resetsinseconds", 1s},
                                               {"resetinseconds", 1s}}};

/// How GitHub says that it limits: docs.github.com, "Rate limits for the REST API"; "You have triggered an abuse
/// detection mechanism" is what it said before 2021 and what GitHub Enterprise still says; "was submitted too quickly"
/// comes with a 422 for content that is made too fast; "This endpoint is temporarily being throttled" with a 429
/// (github.com/actions/configure-pages/issues/190).
constexpr std::array<std::string_view, 4> kGitHubLimits = {"rate limit", "abuse detection", "submitted too quickly",
                                                           "temporarily being throttled"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// `words` in lower case.
bool contains_words(std::string_view text, std::string_view words) {
  return !std::ranges::search(text, words, [](char a, char b) { return to_lower(a) == b; }).empty();
}

/// Calls visit(node, key) for the value and all that is in it, until visit returns true; `key` is that of the nearest
/// member around a value. The document has bounded the depth.
template <class Visit>
bool any_value(const Node& node, std::string_view key, const Visit& visit) {
  if (visit(node, key)) return true;
  return std::ranges::any_of(node.children, [&](const Node& child) {
    return any_value(child, node.kind == Kind::Object ? child.key : key, visit);
  });
}

bool is_sentence(const Node& node, std::string_view key) {
  // Texts in `errors` are sentences, too: GitHub sends ["was submitted too quickly"].
  return node.kind == Kind::String && (is_one_of(kSentenceKeys, key) || key == "errors");
}

std::optional<Duration> unit_of_wait(std::string_view key) {
  std::string name;
  for (const char c : key.substr(0, 32)) {
    if (c != '_' && c != '-') name += to_lower(c);
  }
  const auto found = std::ranges::find(kWaitKeys, name, &WaitKey::name);
  return found == kWaitKeys.end() ? std::nullopt : std::optional(found->unit);
}

/// {"seconds": 34, "nanos": 70000000}: how protocol buffers write a duration where they do not write "34.07s".
Duration wait_of_parts(const Node& node) {
  const auto part = [&node](std::string_view name, Duration unit) {
    const Node* value = node.find(name);
    const bool readable = value != nullptr && (value->kind == Kind::Number || value->kind == Kind::String);
    return readable ? read_amount(value->text, unit).value_or(Duration::zero()) : Duration::zero();
  };
  const Duration seconds = part("seconds", 1s), nanos = part("nanos", 1ns);
  return seconds > kTooLong - nanos ? kTooLong : seconds + nanos;
}

Duration wait_of(const Node& node, std::string_view key, const AnswerTime& now) {
  if (const auto unit = unit_of_wait(key)) {
    if (node.kind == Kind::Object) return wait_of_parts(node);
    if (node.kind == Kind::Number || node.kind == Kind::String) {
      return read_wait(node.text, *unit, now).value_or(Duration::zero());
    }
  }
  return is_sentence(node, key) ? wait_in_words(node.text).value_or(Duration::zero()) : Duration::zero();
}

std::string_view text_of(const Node& object, std::string_view key) {
  const Node* value = object.find(key);
  return value != nullptr && value->kind == Kind::String ? value->text : std::string_view();
}

/// "body is too long (maximum is 65536 characters)", "title missing_field". GitHub's message names the field, or does
/// not
/// ("data" stands for any), or there is none and the code says what is wrong.
std::string error_text(const Node& error) {
  if (error.kind == Kind::String) return std::string(error.text);
  if (error.kind != Kind::Object) return {};
  const std::string_view message = text_of(error, "message");
  std::string_view field = text_of(error, "field");
  std::string lower_field(field);
  std::ranges::transform(lower_field, lower_field.begin(), to_lower);
  if (!message.empty() && (field == "data" || contains_words(message, lower_field))) field = {};
  std::string text(field);
  const std::string_view what = message.empty() ? text_of(error, "code") : message;
  if (!text.empty() && !what.empty()) text += ' ';
  return text.append(what);
}

bool looks_like_a_credential(std::string_view word) {
  constexpr std::array<std::string_view, 7> kBeginnings = {"ghs_", "ghp_",        "gho_", "ghu_",
                                                           "ghr_", "github_pat_", "eyJ"};
  return word.size() >= 20 && std::ranges::any_of(kBeginnings, [word](std::string_view begin) {
           return word.find(begin) != std::string_view::npos;
         });
}

}  // namespace

ErrorBody::ErrorBody(std::string_view body) : text_(body.substr(0, kLongestBody)) {
  const std::size_t first = body.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos || body.size() > kLongestBody || (body[first] != '{' && body[first] != '['))
    return;
  const auto parse = [this](std::string_view text) {
    auto document = input::parse_document("error", text, {.comments = input::Comments::Refused});
    if (document) documents_.push_back(std::move(*document));
  };
  parse(body);
  if (documents_.empty()) return;
  std::vector<std::string_view> within;
  any_value(documents_.front().root(), {}, [&within](const Node& node, std::string_view) {
    const std::size_t begin = node.kind == Kind::String ? node.text.find('{') : std::string_view::npos;
    if (begin == std::string_view::npos) return false;
    const std::string_view text = std::string_view(node.text).substr(begin);
    within.push_back(text.substr(0, text.rfind('}') + 1));
    return within.size() == kErrorsWithin;
  });
  for (const std::string_view text : within) parse(text);
}

template <class Visit>
bool ErrorBody::any_value_of_all(const Visit& visit) const {
  return std::ranges::any_of(documents_,
                             [&](const input::Document& each) { return any_value(each.root(), {}, visit); });
}

std::optional<std::string_view> ErrorBody::account_word() const {
  std::optional<std::string_view> found;
  const auto is_account_word = [&found](const Node& node, std::string_view key) {
    const bool scalar = node.kind == Kind::String || node.kind == Kind::Number;
    for (const AccountWord& each : account_words()) {
      const bool named = each.place == AccountWord::Place::Code
                             ? scalar && is_one_of(kCodeKeys, key) && equal_ignoring_case(node.text, each.word)
                             : is_sentence(node, key) && contains_words(node.text, each.word);
      if (named) found = each.word;
      if (named) return true;
    }
    return false;
  };
  any_value_of_all(is_account_word);
  return found;
}

std::optional<Duration> ErrorBody::wait(const AnswerTime& now) const {
  Duration longest = Duration::zero();
  if (documents_.empty()) longest = wait_in_words(text_).value_or(Duration::zero());
  any_value_of_all([&](const Node& node, std::string_view key) {
    longest = std::max(longest, wait_of(node, key, now));
    return false;
  });
  return longest > Duration::zero() ? std::optional(longest) : std::nullopt;
}

HttpHeaders ErrorBody::headers_within() const {
  HttpHeaders headers;
  any_value_of_all([&headers](const Node& node, std::string_view key) {
    if (node.kind != Kind::Object || key != "headers") return false;
    for (const Node& child : node.children) {
      if (child.kind == Kind::String || child.kind == Kind::Number)
        headers.push_back({std::string(child.key), std::string(child.text)});
    }
    return false;
  });
  return headers;
}

bool ErrorBody::says_too_many_requests() const {
  return any_value_of_all([](const Node& node, std::string_view key) {
    return is_sentence(node, key) && contains_words(node.text, "too many requests");
  });
}

bool ErrorBody::names_github_limit() const {
  const auto names_limit = [](std::string_view text) {
    return std::ranges::any_of(kGitHubLimits, [text](std::string_view words) { return contains_words(text, words); });
  };
  if (documents_.empty()) return names_limit(text_);
  return any_value(documents_.front().root(), {}, [&](const Node& node, std::string_view key) {
    return is_sentence(node, key) && names_limit(node.text);
  });
}

std::string ErrorBody::github_reason() const {
  if (documents_.empty() || documents_.front().root().kind != Kind::Object) return {};
  const Node& root = documents_.front().root();
  std::string reason(text_of(root, "message"));
  const Node* errors = root.find("errors");
  std::size_t quoted = 0;
  if (errors != nullptr && errors->kind == Kind::Array) {
    for (const Node& error : errors->children) {
      const std::string text = error_text(error);
      if (text.empty()) continue;
      if (quoted == kErrorsQuoted) {
        reason += "; ...";
        break;
      }
      if (!reason.empty()) reason += quoted == 0 ? ": " : "; ";
      reason += text;
      ++quoted;
    }
  }
  return quoted_text(without_credentials(reason), kLongestReason);
}

std::string quoted_text(std::string_view text, std::size_t longest) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::string next =
        byte >= 0x20 && byte < 0x7f && c != '\\' ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    if (result.size() + next.size() > longest - 3) return result + "...";
    result += next;
  }
  return result;
}

std::string without_credentials(std::string_view text) {
  constexpr std::string_view kBetweenWords = " \t\r\n\"'`,;:()[]{}<>=";
  std::string result;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(kBetweenWords));
    if (looks_like_a_credential(fully_unescaped(word))) {
      result += "[secret]";
    } else {
      result += word;
    }
    text.remove_prefix(word.size());
    const std::size_t between = std::min(text.find_first_not_of(kBetweenWords), text.size());
    result += text.substr(0, between);
    text.remove_prefix(between);
  }
  return result;
}

}  // namespace core
