#include "core/queue/job.h"

#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "core/api/api.h"
#include "core/json/escape.h"
#include "core/json/filtered_json.h"
#include "core/text/names.h"
#include "core/time/text.h"

namespace core {

namespace {

constexpr std::size_t kMaxPayloadBytes = 1024 * 1024;
constexpr std::array<std::string_view, 6> kPayloadKeys = {"repo",   "issue",    "installation",
                                                          "prompt", "deadline", "tools"};
constexpr JsonFilter kOfPayload{.keys = kPayloadKeys};

std::optional<std::uint64_t> positive_integer(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 1) return std::nullopt;
  return static_cast<std::uint64_t>(value->get_int64());
}

const boost::json::string* text(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_string();
}

/// Nothing: it is no list of tools that there are.
std::optional<std::vector<std::string>> tool_names(const boost::json::value& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const boost::json::value& each : value.get_array()) {
    if (!each.is_string() || !is_tool(each.get_string())) return std::nullopt;
    std::string name(each.get_string());
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

bool JobSpec::may_use(std::string_view tool) const {
  if (!tools) return tool == api::kCreateComment.tool;
  return std::ranges::find(*tools, tool) != tools->end();
}

std::string encode_job(const JobSpec& job) {
  std::string result = "{\"repo\":";
  append_json_string(result, job.repo);
  fmt::format_to(std::back_inserter(result), FMT_COMPILE(",\"issue\":{},\"installation\":{},\"prompt\":"), job.issue,
                 job.installation);
  append_json_string(result, job.prompt);
  if (job.deadline) result += ",\"deadline\":\"" + format_duration(*job.deadline) + '"';
  if (job.tools) {
    result += ",\"tools\":[";
    for (const std::string& tool : *job.tools) {
      if (&tool != &job.tools->front()) result += ',';
      append_json_string(result, tool);
    }
    result += ']';
  }
  result += '}';
  return result;
}

boost::system::result<JobSpec, MalformedJob> decode_job(std::string_view payload) {
  if (payload.size() > kMaxPayloadBytes) return MalformedJob{"the payload is longer than 1 MiB"};
  unsigned char buffer[4096];
  boost::json::monotonic_resource memory(buffer, sizeof buffer);
  const auto value = parse_filtered(payload, kOfPayload, &memory);
  if (!value) return MalformedJob{"the payload cannot be read: " + to_text(value.error())};
  if (!value->is_object()) return MalformedJob{"the payload is not a JSON object"};
  const boost::json::object& object = value->get_object();
  const boost::json::string* repo = text(object, "repo");
  if (repo == nullptr || !is_repository(*repo)) return MalformedJob{"\"repo\" is not owner/name"};
  const auto issue = positive_integer(object, "issue");
  if (!issue) return MalformedJob{"\"issue\" is not a positive integer"};
  const auto installation = positive_integer(object, "installation");
  if (!installation) return MalformedJob{"\"installation\" is not a positive integer"};
  const boost::json::string* prompt = text(object, "prompt");
  if (prompt == nullptr || prompt->empty()) return MalformedJob{"\"prompt\" is not a text"};
  JobSpec job{std::string(*repo), *issue, *installation, std::string(*prompt)};
  if (object.contains("deadline")) {
    const boost::json::string* deadline = text(object, "deadline");
    if (deadline != nullptr) job.deadline = parse_duration(*deadline);
    if (!job.deadline || *job.deadline <= Duration::zero()) {
      return MalformedJob{"\"deadline\" is not a duration such as \"10m\""};
    }
  }
  if (const boost::json::value* tools = object.if_contains("tools")) {
    job.tools = tool_names(*tools);
    if (!job.tools) return MalformedJob{"\"tools\" is not a list of names of tools"};
  }
  return job;
}

std::string runner_of(std::string_view owner_token) {
  std::size_t end = owner_token.rfind('/');
  if (end != std::string_view::npos && end > 0) end = owner_token.rfind('/', end - 1);
  return std::string(owner_token.substr(0, end));
}

}  // namespace core
