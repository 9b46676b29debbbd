#include "core/github/link_header.h"

#include <algorithm>

#include "core/http/header_value.h"

namespace core {

namespace {

/// What stands before the first `end` outside quotes, taken off the front together with it.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') {
      quoted = !quoted;
    } else if (quoted && text[at] == '\\') {
      ++at;
    } else if (!quoted && ends.find(text[at]) != std::string_view::npos) {
      break;
    }
  }
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at, text.size()));
  return taken;
}

/// rel=next, rel="next", rel="prev next".
bool is_rel_next(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return false;
  if (!equal_ignoring_case(trimmed(parameter.substr(0, equals)), "rel")) return false;
  std::string_view relations = trimmed(parameter.substr(equals + 1));
  if (relations.size() >= 2 && relations.starts_with('"') && relations.ends_with('"')) {
    relations = relations.substr(1, relations.size() - 2);
  }
  while (!relations.empty()) {
    const std::size_t space = std::min(relations.find(' '), relations.size());
    if (equal_ignoring_case(relations.substr(0, space), "next")) return true;
    relations.remove_prefix(std::min(space + 1, relations.size()));
  }
  return false;
}

bool names_next(std::string_view links) {
  for (;;) {
    const std::size_t target = links.find('<');
    const std::size_t target_end = links.find('>', target);
    if (target_end == std::string_view::npos) return false;
    links.remove_prefix(target_end + 1);
    take_until(links, ";,");
    while (links.starts_with(';')) {
      links.remove_prefix(1);
      if (is_rel_next(take_until(links, ";,"))) return true;
    }
  }
}

}  // namespace

bool has_next_page(const HttpHeaders& headers) {
  return std::ranges::any_of(headers, [](const HttpHeader& header) {
    return equal_ignoring_case(header.name, "link") && names_next(header.value);
  });
}

}  // namespace core
