#include "core/tools/request_tool.h"

#include <utility>

namespace core {

std::optional<std::string> RequestTool::had_been_done(const Failure&) const {
  return std::nullopt;
}

boost::asio::awaitable<AttemptResult<RequestTool::Done>> RequestTool::perform(const Attempt& attempt,
                                                                              const PendingEffect& effect) {
  const GitHubRequest request = request_of(effect);
  const GitHubAnswer answer = co_await client().send(attempt, effect.access, request);
  if (!answer) {
    const Failure& failure = answer.error().failure;
    std::optional<std::string> done = had_been_done(failure);
    if (!done) co_return answer.error();
    co_return Success<Done>{{std::move(*done)}, failure.status.value_or(0)};
  }
  std::optional<std::string> told = answer_for(*answer, effect);
  if (!told) co_return AttemptFailure{malformed(answer->status, "the answer is not what GitHub documents")};
  co_return Success<Done>{{std::move(*told)}, answer->status};
}

}  // namespace core
