// Tools that are one request.
#pragma once

#include <optional>
#include <string>

#include "core/tools/github_tool.h"

namespace core {

class RequestTool : public GitHubTool {
 public:
  using GitHubTool::GitHubTool;

 protected:
  virtual GitHubRequest request_of(const PendingEffect& effect) const = 0;
  /// The words for the model about GitHub's answer; nothing if that is not what GitHub documents.
  virtual std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect& effect) const = 0;
  /// The words for the model about a refusal which shows that it was done before; nothing if it does not show that.
  virtual std::optional<std::string> had_been_done(const Failure& failure) const;

 private:
  boost::asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) final;
};

}  // namespace core
