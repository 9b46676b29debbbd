// Who may use the pages of the server itself (/_rehearse/...). They change and tell what a test depends on, and a
// browser on the same machine would ask for them on behalf of any web page: directly, or after the page's own name has
// been made to lead here (DNS rebinding).
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/http/http.h"

namespace fakes::wire {

/// Why the request is refused; nothing: it is for this server by one of its names, and of no other site's page. Names
/// are those of loopback, `local` - the address that the connection has come to - and `names`. The port is left open:
/// it may have been mapped.
std::optional<std::string> refusal_of_own_page(const core::HttpRequest& request, const boost::asio::ip::address& local,
                                               const std::vector<std::string>& names);

}  // namespace fakes::wire
