#include "sim/invariants/conversation.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <functional>
#include <set>
#include <unordered_map>

#include "core/text/text_hash.h"

namespace sim {

namespace {

namespace json = boost::json;

class ConversationReader {
 public:
  std::optional<std::string> read(const json::array& messages) {
    for (const json::value& message : messages) {
      if (!message.is_object()) return std::nullopt;
      if (auto fault = take(message.get_object())) return fault;
    }
    if (waits_for_the_user_) return "the model is asked to go on with its own words";
    return std::nullopt;
  }

 private:
  std::optional<std::string> take(const json::object& message) {
    const std::string_view role = text_of(message, "role");
    if (waits_for_the_user_ && role != "user")
      return fmt::format("the user says nothing between the model's words and a message of role {}", role);
    waits_for_the_user_ = false;
    if (role == "tool" && text_of(message, "content").empty()) return "the result of a tool says nothing";
    if (role != "assistant") return std::nullopt;
    const json::value* calls = message.if_contains("tool_calls");
    if (calls == nullptr || !calls->is_array() || calls->get_array().empty()) {
      waits_for_the_user_ = true;
      return std::nullopt;
    }
    for (const json::value& call : calls->get_array()) {
      const std::string_view id = call.is_object() ? text_of(call.get_object(), "id") : std::string_view();
      if (!id.empty() && !ids_.insert(id).second) return fmt::format("two calls of a tool have the id {}", id);
    }
    return std::nullopt;
  }

  bool waits_for_the_user_ = false;
  std::set<std::string_view> ids_;
};

}  // namespace

std::string_view text_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  const boost::json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

const json::array* messages_of(std::string_view body) {
  constexpr std::size_t kRemembered = 1024, kLongestRemembered = 4 * 1024;
  using Requests = std::unordered_map<std::string, json::value, core::TextHash, std::equal_to<>>;  // never iterated
  thread_local Requests remembered;
  thread_local json::value long_request;

  const auto read = [body] {
    boost::system::error_code error;
    json::value request = json::parse(body, error, {}, {.max_depth = 64});
    return error ? json::value() : request;
  };
  const json::value* request = &long_request;
  if (body.size() > kLongestRemembered) {
    long_request = read();
  } else if (const auto found = remembered.find(body); found != remembered.end()) {
    request = &found->second;
  } else {
    if (remembered.size() >= kRemembered) remembered.clear();
    request = &remembered.emplace(body, read()).first->second;
  }
  if (!request->is_object()) return nullptr;
  const json::value* messages = request->get_object().if_contains("messages");
  return messages == nullptr ? nullptr : messages->if_array();
}

std::optional<std::string> fault_of_conversation(const json::array& messages) {
  return ConversationReader().read(messages);
}

}  // namespace sim
