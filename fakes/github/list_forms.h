// How a list of comments comes, within what GitHub and RFC 8288 allow: pages shorter than was asked for, and the next
// page named in other spellings of the Link header.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/http/http.h"
#include "core/random/random.h"

namespace fakes {

/// One page of a list.
struct ListPage {
  std::string_view url;  ///< Of the list, without its query.
  std::uint64_t per_page;
  std::uint64_t page, last;  ///< Counted from 1.
};

/// The pages next to this one, as GitHub names them. Nothing where there is one page alone.
void add_links(const ListPage& page, core::HttpHeaders& headers);

/// The same in another spelling.
void add_varied_links(const ListPage& page, core::HttpHeaders& headers, const core::Random& random);

/// How many comments a page really holds, of those that were asked for; once for a list, whose `size` is small where
/// pages are, so that there are never many of them.
std::uint64_t varied_page_size(std::uint64_t per_page, std::uint64_t size, const core::Random& random);

}  // namespace fakes
