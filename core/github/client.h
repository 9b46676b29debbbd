// Requests to GitHub with an installation's token: single HTTP operations. Nothing is retried here; the tool's retry
// goes around them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/access.h"
#include "core/github/exchange.h"
#include "core/retry/retry.h"

namespace core {

struct GitHubRequest {
  std::string_view method = "GET";
  std::string path;       ///< Below the API's root, encoded, with its query.
  std::string body = {};  ///< JSON; empty: none is sent.
  std::size_t max_body_bytes = 8UL * 1024 * 1024;
};

/// A final failure of our own: nothing was sent, or nothing was done. `why` is for people and for the model.
AttemptFailure not_to_be_done(std::string_view why);

/// The path of something in a repository, "owner/name": "/repos/owner/name" and `below`. What is_repository() takes
/// leaves nothing to encode; that it is done all the same keeps this safe by itself.
std::string in_repository(std::string_view repo, std::string_view below);

class GitHubClient {
 public:
  /// Both must outlive the client.
  GitHubClient(const Environment& environment, const GitHubConfig& config)
      : environment_(environment), config_(config) {}

  /// What is passed must outlive the call. An `access.repo` that is none is a final failure, and nothing is sent. What
  /// classify() takes for no failure is the answer: a status below 300, as a rule.
  boost::asio::awaitable<GitHubAnswer> send(const Attempt& attempt, const GitHubAccess& access,
                                            const GitHubRequest& request);

  const GitHubConfig& config() const { return config_; }

 private:
  const Environment& environment_;
  const GitHubConfig& config_;
};

}  // namespace core
