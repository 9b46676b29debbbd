#include "core/tools/contents.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>

#include "core/github/client.h"
#include "core/http/percent.h"
#include "core/json/filtered_json.h"
#include "core/json/members.h"
#include "core/text/base64.h"
#include "core/text/cut.h"
#include "core/text/utf8.h"

namespace core {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 6> kOfContents = {"type", "path", "name", "sha", "content", "encoding"};

}  // namespace

std::string contents_path(std::string_view repo, std::string_view path, std::string_view branch) {
  std::string encoded;
  for (std::string_view rest = path;;) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    encoded += '/' + percent_encode(rest.substr(0, slash));
    if (slash == rest.size()) break;
    rest.remove_prefix(slash + 1);
  }
  const std::string query = branch.empty() ? "" : "?ref=" + percent_encode(branch);
  return in_repository(repo, fmt::format("/contents{}{}", encoded, query));
}

std::optional<FileContents> read_file_contents(std::string_view answer) {
  const auto value = parse_filtered(answer, {.keys = kOfContents});
  const json::object* file = value && value->is_object() ? &value->get_object() : nullptr;
  if (file == nullptr || text_member(*file, "type") != "file") return std::nullopt;
  const auto sha = text_member(*file, "sha"), content = text_member(*file, "content");
  if (!sha) return std::nullopt;
  // What is too large for it has an empty content and no encoding: it is not an empty file.
  if (!content || text_member(*file, "encoding") != "base64") return FileContents{*sha, std::nullopt};
  auto text = base64_decode(*content);
  if (!text) return std::nullopt;
  return FileContents{*sha, std::move(*text)};
}

bool is_something_else(std::string_view answer) {
  const auto value = parse_filtered(answer, {.keys = kOfContents});
  if (!value) return false;
  return value->is_array() ||
         (value->is_object() && text_member(value->get_object(), "type").value_or("file") != "file");
}

std::optional<std::string> told_contents(std::string_view answer) {
  if (const auto file = read_file_contents(answer)) {
    json::object told{{"sha", file->sha}};
    if (!file->text) {
      told["error"] = "the file is too large to be read";
    } else if (!is_utf8(*file->text) || file->text->find('\0') != std::string::npos) {
      told["error"] = "the file is no text";
    } else {
      told["text"] = cut_for_a_model(*file->text);
    }
    return json::serialize(told);
  }
  const auto value = parse_filtered(answer, {.keys = kOfContents});
  if (value && value->is_object() && is_something_else(answer)) {
    const std::string type = text_member(value->get_object(), "type").value_or("");
    return json::serialize(json::object{{"error", "a " + type.substr(0, 20) + " is neither a file nor a folder"}});
  }
  if (!value || !value->is_array()) return std::nullopt;
  constexpr std::size_t kMostEntries = 1'000;  // GitHub's own bound.
  json::array entries;
  for (const json::value& each : value->get_array()) {
    const auto path = each.is_object() ? text_member(each.get_object(), "path") : std::nullopt;
    if (!path) return std::nullopt;
    if (entries.size() < kMostEntries) entries.emplace_back(*path);
  }
  return json::serialize(json::object{{"entries", std::move(entries)}});
}

}  // namespace core
