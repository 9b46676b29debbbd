// Tools that post a text: a comment, an issue, a pull request, a review. The text carries a marker with an idempotency
// key that nobody can guess, by which it is found again.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "core/github/posts.h"
#include "core/tools/github_tool.h"

namespace core {

class PostingTool : public GitHubTool {
 public:
  /// `look_up` is the operation that lists what it has posted.
  PostingTool(const ToolContext& context, const ToolEntry& entry, const Api& look_up)
      : GitHubTool(context, entry), look_up_(look_up) {}

 protected:
  struct Posting {
    std::string path;  ///< Where it is posted: below the API's root.
    boost::json::object fields;
    std::string text;  ///< Becomes the field "body", with the marker.
    int status = 201;  ///< GitHub's, for one that was created.
  };
  virtual Posting posting_of(const PendingEffect& effect) const = 0;
  /// The list that has it once it exists, with its query.
  virtual std::string list_of(const PendingEffect& effect) const = 0;
  virtual std::string answer_for(const Post& post) const;

 private:
  boost::asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) final;
  boost::asio::awaitable<CallResult<std::optional<Done>>> find(const Attempt& attempt,
                                                               const PendingEffect& effect) final;

  const Api& look_up_;
};

}  // namespace core
