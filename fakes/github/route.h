// Which endpoint of GitHub's API a request is for.
#pragma once

#include <cstdint>
#include <string_view>

#include "fakes/github/endpoint.h"

namespace fakes {

struct GitHubRoute {
  const GitHubEndpoint* endpoint = nullptr;  ///< Null: there is none at that address.
  std::string_view repository;               ///< "octo/hello"; a view into the path.
  std::uint64_t number = 0;                  ///< Of the issue, comment or installation.
  std::string_view rest;                     ///< What {rest} stands for, as it was sent.
  std::uint64_t repository_id = 0;           ///< Where the path names the repository by its number; else 0.

  /// "comments.create", ...; "other" where there is no endpoint.
  std::string_view operation() const { return endpoint == nullptr ? "other" : endpoint->operation; }
};

/// `path` begins below the API's root.
GitHubRoute route_of(std::string_view method, std::string_view path);

}  // namespace fakes
