#include "fakes/github/list_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace fakes {

namespace {

struct Link {
  std::uint64_t to;
  std::string_view relation;
};

std::vector<Link> links_of(const ListPage& page) {
  std::vector<Link> links;
  if (page.page > 1) links.push_back({std::min(page.page - 1, page.last), "prev"});
  if (page.page < page.last) {
    links.push_back({page.page + 1, "next"});
    links.push_back({page.last, "last"});
  }
  if (page.page > 1) links.push_back({1, "first"});
  return links;
}

std::string target(const ListPage& page, const Link& link) {
  return fmt::format("{}?per_page={}&page={}", page.url, page.per_page, link.to);
}

std::string varied(const ListPage& page, const Link& link, std::uint64_t way) {
  switch (way) {
    case 0:
      return fmt::format(R"(<{}>; title="a, b; c"; rel={})", target(page, link), link.relation);
    case 1:
      return fmt::format(R"(<{}>;REL="{}")", target(page, link), link.relation);
    case 2:
      return fmt::format(R"(<{}&after=a,b;c>; rel="{}")", target(page, link), link.relation);
    case 3:
      return fmt::format(R"(<{}> ; rel="{} https://example.com/page")", target(page, link), link.relation);
    default:
      return fmt::format(R"(<{}>; rel="{}")", target(page, link), link.relation);
  }
}

}  // namespace

void add_links(const ListPage& page, core::HttpHeaders& headers) {
  std::string all;
  for (const Link& link : links_of(page)) {
    if (!all.empty()) all += ", ";
    all += fmt::format(R"(<{}>; rel="{}")", target(page, link), link.relation);
  }
  if (!all.empty()) headers.push_back({"link", std::move(all)});
}

void add_varied_links(const ListPage& page, core::HttpHeaders& headers, const core::Random& random) {
  const std::uint64_t way = random.between(0, 4, 0);
  const bool apart = random.chance(500'000, 1);  // Whether each link has its own header.
  std::string all;
  for (const Link& link : links_of(page)) {
    if (apart && !all.empty()) headers.push_back({"link", std::exchange(all, {})});
    if (!all.empty()) all += ", ";
    all += varied(page, link, way);
  }
  if (!all.empty()) headers.push_back({"link", std::move(all)});
}

std::uint64_t varied_page_size(std::uint64_t per_page, std::uint64_t size, const core::Random& random) {
  constexpr std::uint64_t kFew = 10;
  if (size <= kFew) return std::min(per_page, random.between(1, 4, 0));
  return std::min(per_page, random.between(60, 100, 0));
}

}  // namespace fakes
