#include "sim/invariants/conversation.h"

#include <fmt/format.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <set>

namespace sim {

namespace {

namespace json = boost::json;

class Reader {
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

std::optional<std::string> fault_of_conversation(std::string_view body) {
  unsigned char memory[8 * 1024];
  json::monotonic_resource resource(memory, sizeof memory);
  boost::system::error_code error;
  const json::value request = json::parse(body, error, &resource, {.max_depth = 64});
  if (error || !request.is_object()) return std::nullopt;
  const json::value* messages = request.get_object().if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return std::nullopt;
  return Reader().read(messages->get_array());
}

}  // namespace sim
