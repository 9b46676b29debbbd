// What people and Apps write on GitHub: comments, issues, pull requests and reviews. Each is a text by somebody, under
// an id, and is created and listed in the same way. Answers are bounded and checked: what is not what GitHub documents
// is a Malformed failure.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/github/client.h"

namespace core {

struct Post {
  std::uint64_t id = 0;
  std::uint64_t number = 0;           ///< Of an issue or a pull request; else 0.
  std::string url;                    ///< For people. In lists it may be missing.
  std::string body;                   ///< Of a new one whose body the server did not tell: empty.
  std::optional<std::string> app_id;  ///< Of the App that wrote it, in decimal digits.
  std::optional<std::string> app_client_id;
  std::string bot;  ///< The login of the App's user that wrote it, "my-app[bot]"; empty: a person did, or nobody says.
};

/// Whether the App that is configured wrote it. Older servers of GitHub Enterprise, and an App that is configured by
/// its client id where the list tells only numbers, leave it to the user: nobody else can write as an App's.
bool is_own_post(const Post& post, const GitHubConfig& config);

/// Nothing: it is none.
std::optional<Post> read_post(std::string_view text);

struct PostPage {
  std::vector<Post> posts;  ///< In the list's order, up to 100.
  std::optional<std::uint32_t> next_page;
};

/// Creates one, under that status.
boost::asio::awaitable<AttemptResult<Post>> create_post(GitHubClient& client, const Attempt& attempt,
                                                        const GitHubAccess& access, const GitHubRequest& request,
                                                        int status = 201);

/// A page of the list at `path`, which may have a query. Pages count from 1. The server says
/// whether there are more; the caller limits how many it reads. What is passed must outlive the call.
boost::asio::awaitable<AttemptResult<PostPage>> list_posts(GitHubClient& client, const Attempt& attempt,
                                                           const GitHubAccess& access, const std::string& path,
                                                           std::uint32_t page);

}  // namespace core
