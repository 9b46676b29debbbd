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
  /// What the model is told of an answer; nothing: it is not what GitHub documents.
  virtual std::optional<std::string> answer_for(const HttpResponse& answer, const PendingEffect& effect) const = 0;
  /// What the model is told where the refusal says that it had been done; nothing: it does not.
  virtual std::optional<std::string> had_been_done(const Failure& failure) const;

 private:
  boost::asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) final;
};

/// Below the job's issue: "/repos/octo/hello/issues/7" and `below`.
std::string in_issue(const JobSpec& job, std::string_view below);

}  // namespace core
