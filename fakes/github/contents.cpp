// Files, and the search for what is in them.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "core/json/members.h"
#include "core/text/base64.h"
#include "fakes/github/call.h"

namespace fakes {

namespace {

namespace json = boost::json;

/// As git names a file's text, but by another hash.
std::string blob_sha(std::string_view text) {
  return fake_sha(fmt::format("blob {}", text));
}

json::object file_of(GitHubCall& call, std::string_view path, std::string_view text) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return {{"type", "file"},
          {"name", name},
          {"path", path},
          {"sha", blob_sha(text)},
          {"size", text.size()},
          {"html_url", fmt::format("{}/{}/blob/main/{}", call.roots().html, call.route().repository, path)}};
}

core::HttpResponse get_contents(GitHubCall& call) {
  const std::string path = percent_decode(call.route().rest);
  const std::string ref = call.query("ref").value_or(std::string(kMainBranch));
  const Branch* branch = call.state().contents().find(call.route().repository, ref);
  if (branch == nullptr) return call.error(404, "No commit found for the ref " + ref);
  const auto file = branch->files.find(path);
  if (file != branch->files.end()) {
    constexpr std::size_t kLargest = 1024 * 1024;
    json::object answer = file_of(call, path, file->second);
    const bool is_too_large = file->second.size() > kLargest;
    answer["encoding"] = is_too_large ? "none" : "base64";
    answer["content"] = is_too_large ? "" : core::base64_encode(file->second) + "\n";
    return call.respond(200, json::serialize(answer));
  }
  // A folder is a list of what is in it.
  json::array entries;
  const std::string folder = path + "/";
  for (auto each = branch->files.lower_bound(folder); each != branch->files.end(); ++each) {
    if (!each->first.starts_with(folder)) break;
    if (each->first.find('/', folder.size()) == std::string::npos) {
      entries.emplace_back(file_of(call, each->first, each->second));
    }
  }
  return entries.empty() ? call.error(404) : call.respond(200, json::serialize(entries));
}

/// Why GitHub does not write the file; nothing: it does.
std::optional<core::HttpResponse> refuse_contents(GitHubCall& call, const Branch& branch, const std::string& path,
                                                  const json::object& fields) {
  const std::string sha = core::text_member(fields, "sha").value_or("");
  const auto known = branch.files.find(path);
  if (known == branch.files.end()) return std::nullopt;  // GitHub passes over a sha for a path that does not exist.
  if (sha.empty()) return call.error(422, "Invalid request.\n\n\"sha\" wasn't supplied.");
  if (sha != blob_sha(known->second)) return call.error(409, path + " does not match " + sha);
  return std::nullopt;
}

core::HttpResponse put_contents(GitHubCall& call) {
  json::value document;
  if (auto refused = call.parse(document)) return std::move(*refused);
  const json::object& fields = document.get_object();
  const std::string path = percent_decode(call.route().rest),
                    message = core::text_member(fields, "message").value_or("");
  std::string name = core::text_member(fields, "branch").value_or("");
  if (name.empty()) name = kMainBranch;
  if (message.empty()) return call.error(422, "Invalid request.\n\n\"message\" wasn't supplied.");
  const auto text = core::base64_decode(core::text_member(fields, "content").value_or(""));
  if (!text) return call.error(422, "content is not valid Base64");
  Branch* branch = call.state().contents().change(call.route().repository, name);
  if (branch == nullptr) return call.error(404, fmt::format("Branch {} not found", name));
  if (auto refused = refuse_contents(call, *branch, path, fields)) return std::move(*refused);
  if (!call.state().has_room_for(*text)) return call.error(422, "There are too many files");
  const bool is_new = !branch->files.contains(path);
  branch->files[path] = *text;
  const std::string sha = fake_sha(branch->sha() + path + *text + message);
  branch->commits.push_back({sha, message, path, call.token()->app, call.second()});
  call.had_effect(std::string(call.route().repository), message);
  const std::string commit = github_commit(call.roots(), call.route().repository, branch->commits.back());
  return call.respond(is_new ? 201 : 200, fmt::format(R"({{"content":{},"commit":{}}})",
                                                      json::serialize(file_of(call, path, *text)), commit));
}

/// The words that are no qualifiers, in files of the main branch of the repository that `repo:` names.
core::HttpResponse search_code(GitHubCall& call) {
  const auto query = call.query("q");
  if (!query || is_blank(*query)) return call.invalid({"Search", "q", "missing", ""});
  std::string repository, word;
  for (std::size_t i = 0; i < query->size();) {
    const std::size_t end = std::min(query->find_first_of(" +", i), query->size());
    const std::string term = query->substr(i, end - i);
    if (term.starts_with("repo:"))
      repository = term.substr(5);
    else if (!term.empty() && word.empty() && term.find(':') == std::string::npos)
      word = term;
    i = end + 1;
  }
  json::array items;
  const Branch* main = repository.empty() ? nullptr : call.state().contents().find(repository, kMainBranch);
  if (main != nullptr && !word.empty()) {
    for (const auto& [path, text] : main->files) {
      if (text.find(word) == std::string::npos) continue;
      const std::size_t slash = path.rfind('/');
      items.push_back({{"name", slash == std::string::npos ? path : path.substr(slash + 1)},
                       {"path", path},
                       {"sha", blob_sha(text)},
                       {"repository", {{"full_name", repository}}}});
    }
  }
  const json::object answer{{"total_count", items.size()}, {"incomplete_results", false}, {"items", items}};
  return call.respond(200, json::serialize(answer));
}

}  // namespace

std::span<const GitHubEndpoint> content_endpoints() {
  using Root = GitHubEndpoint::Root;
  static constexpr GitHubEndpoint kEndpoints[] = {
      {"contents.get", "GET", Root::Repository, "contents/{rest}", &get_contents},
      {"contents.put", "PUT", Root::Repository, "contents/{rest}", &put_contents},
      {"search.code", "GET", Root::Service, "search/code", &search_code}};
  return kEndpoints;
}

}  // namespace fakes
