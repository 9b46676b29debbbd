#include "fakes/github/address.h"

namespace fakes {

namespace {

constexpr std::string_view kEnterprisePath = "/api/v3";

std::string_view without_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// Whether `path` is `root` or lies below it.
bool is_below(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

/// `root` goes from the path to the base; they are neighbours in one text.
Url moved(const Url& url, std::size_t root) {
  return {{url.base.data(), url.base.size() + root}, url.path.substr(root), url.query};
}

}  // namespace

GitHubAddress address_of(std::string_view text, std::string_view api_url) {
  const Url url = split_url(text);
  const Url api = split_url(api_url);
  const std::string_view root = without_slash(api.path);
  if (url.base == api.base) return {moved(url, is_below(url.path, root) ? root.size() : 0), is_below(url.path, root)};
  if (!root.empty() && is_below(url.path, root)) return {moved(url, root.size())};
  return {moved(url, is_below(url.path, kEnterprisePath) ? kEnterprisePath.size() : 0)};
}

std::string html_root(std::string_view api_root) {
  const Url url = split_url(api_root);
  if (!without_slash(url.path).empty()) return std::string(url.base);
  constexpr std::string_view kApi = "://api.";
  const std::size_t at = url.base.find(kApi);
  if (at == std::string_view::npos) return "https://github.com";
  return std::string(url.base.substr(0, at)) + "://" + std::string(url.base.substr(at + kApi.size()));
}

void lead_back(core::HttpResponse& response, std::string_view url, std::string_view api_url) {
  const std::string_view here = split_url(url).base;
  const std::string_view api = split_url(api_url).base;
  if (api.empty() || here == api || response.status < 300 || response.status > 399) return;
  for (core::HttpHeader& header : response.headers) {
    if (!core::equal_ignoring_case(header.name, "location") || split_url(header.value).base != api) continue;
    header.value.replace(0, api.size(), here);
  }
}

}  // namespace fakes
