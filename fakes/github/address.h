// Where the fake's API lies within the URLs of its clients: at the root of a host, as api.github.com, or under a path,
// as GitHub Enterprise Server's /api/v3.
#pragma once

#include <string>
#include <string_view>

#include "core/http/http.h"
#include "fakes/http_text.h"

namespace fakes {

struct GitHubAddress {
  Url url;           ///< `base` is the API's root: what links to the API begin with.
  bool ours = true;  ///< False: the client's URL lies on the API's host and not below its root.
};

/// `api_url` is the root as the scenario's configuration has it; empty: unknown. A client that has another address of
/// the fake, as one on a socket has, may use the same path, /api/v3, or none.
GitHubAddress address_of(std::string_view url, std::string_view api_url);

/// Where people look at what is under that root: https://github.com for api.github.com, the host itself where the API
/// lies under a path.
std::string html_root(std::string_view api_root);

/// A rule's redirect names the address of the configuration. Where the client has another one, its host takes the
/// place.
void lead_back(core::HttpResponse& response, std::string_view url, std::string_view api_url);

}  // namespace fakes
