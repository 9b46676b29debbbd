// Comments on GitHub issues: single HTTP operations. Nothing is retried here; the tool's retry goes around them.
// Answers are bounded and checked: what is not what GitHub documents is a Malformed failure.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/access.h"
#include "core/retry/retry.h"

namespace core {

struct Comment {
  std::uint64_t id = 0;
  std::string url;                    ///< For people. In lists it may be missing.
  std::string body;                   ///< As the server gave it; for a new one that did not, as it was sent.
  std::optional<std::string> app_id;  ///< Of the App that wrote it, in decimal digits.
  std::optional<std::string> app_client_id;
  std::string bot;  ///< The login of the App's user that wrote it, "my-app[bot]"; empty: a person did, or nobody says.
};

/// Whether the App that is configured wrote it. Older servers of GitHub Enterprise, and an App that is configured by
/// its client id where the list tells only numbers, leave it to the user: nobody else can write as an App's.
bool is_own_comment(const Comment& comment, const GitHubConfig& config);

struct CommentPage {
  std::vector<Comment> comments;  ///< Oldest first, up to 100.
  std::optional<std::uint32_t> next_page;
};

class CommentsClient {
 public:
  /// Both must outlive the client.
  CommentsClient(const Environment& environment, const GitHubConfig& config)
      : environment_(environment), config_(config) {}

  /// What is passed must outlive the call. A `repo` that is none is a final failure, and nothing is sent.
  boost::asio::awaitable<AttemptResult<Comment>> create_comment(const Attempt& attempt, const GitHubAccess& access,
                                                                std::uint64_t issue, const std::string& body);

  /// Pages count from 1. Whether there are more is the server's word: whoever follows bounds how far.
  boost::asio::awaitable<AttemptResult<CommentPage>> list_comments(const Attempt& attempt, const GitHubAccess& access,
                                                                   std::uint64_t issue, std::uint32_t page);

 private:
  const Environment& environment_;
  const GitHubConfig& config_;
};

}  // namespace core
